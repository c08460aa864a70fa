// Lists of faults, received calls and callbacks, polled while they are shown.

import {outcome, outcomePill, write} from "./answers.js";
import {$, keyed, made, pill, put, several} from "./dom.js";
import {dateOf, timeOf} from "./spans.js";
import {ask, onClick, onSubmit} from "./surface.js";

const MOST = 200;

const FAULTS = {
  delay: "The call is executed and answered after so many seconds.", cut: "The connection is closed without an answer.",
  html: "Status 500 and an HTML page, like a proxy without its server.", malformed: "The first half of the answer.",
  missing: "The answer without one of its elements.", notFound: "The call is executed, but the answer says that there is no such meeting.",
  slow: "The answer is sent in small pieces over so many seconds.",
};
function faultRow(fault) {
  const [text, told] = [made("span", {className: "grow"}), made("output", {className: "told"})];
  const remove = made("button", {type: "button", textContent: "Remove", attributes: {"aria-label": `Remove ${fault.fault}`}});
  onClick(remove, told, async () => { await ask(`faults/${fault.id}`, null, "DELETE"); return "Removed."; });
  const row = made("li", {}, pill(fault.fault, "bad"), text, remove, told);
  row.fill = (one) => put(text, [
    one.call || "every call", one.share < 1 && `${Math.round(one.share * 1000) / 10} %`, ["delay", "slow"].includes(one.fault) && `${one.seconds} s`,
    one.element && `without ${one.element}`, `${several(one.hit, "hit")}${one.times ? ` of ${one.times}` : ""}`,
  ].filter(Boolean).join(" · "));
  return row;
}
export async function lookFaults() {
  const {faults} = await ask("faults");
  $("no-fault").hidden = faults.length > 0;
  $("no-faults").hidden = !faults.length;
  keyed($("fault-list"), faults, (one) => one.id, faultRow);
}

// A row of a table with details that can be opened.
function group(of, cells, details) {
  const button = made("button", {type: "button", className: "small", textContent: "Details", attributes: {"aria-expanded": "false", "aria-label": `Details of ${of}`}});
  const behind = made("td", {colSpan: cells.length + 1});
  const hidden = made("tr", {className: "behind", hidden: true}, behind);
  const body = made("tbody", {}, made("tr", {}, ...cells, made("td", {}, button)), hidden);
  const open = () => { if (!hidden.hidden) behind.replaceChildren(...details(body.item)); };
  button.addEventListener("click", () => {
    hidden.hidden = !hidden.hidden;
    button.setAttribute("aria-expanded", String(!hidden.hidden));
    open();
  });
  return {body, open};
}
const pairsList = (given) => made("dl", {className: "pairs"}, ...Object.entries(given).map(([name, value]) =>
  made("div", {}, made("dt", {textContent: name}), made("dd", {textContent: String(value)}))));
function block(title, text) {
  const pre = made("pre", {tabIndex: 0, attributes: {role: "region", "aria-label": title}});
  write(pre, text);
  return [made("h3", {textContent: title}), pre];
}
const clockCell = (at) => {
  const date = new Date(at);
  return made("td", {}, made("time", {textContent: timeOf(date), title: `${dateOf(date)} ${timeOf(date)}`, dateTime: date.toISOString()}));
};

function callRow(call) {
  const [answer, status, took] = [made("td", {className: "signs"}), made("td", {className: "wide"}), made("td", {className: "wide"})];
  const {body, open} = group(`call ${call.id}`, [clockCell(call.at), made("td", {className: "name", textContent: call.call || "(root)"}), answer, status, took], (one) => [
    made("p", {className: "facts", textContent: `Call ${one.id} · ${one.method} · HTTP ${one.status || "–"} · ${one.ms} ms`}),
    made("h3", {textContent: "Parameters"}),
    Object.keys(one.parameters).length ? pairsList(one.parameters) : made("p", {className: "help", textContent: "none"}),
    ...block("Answer", one.answer),
  ]);
  body.fill = (one) => {
    const told = `${one.status} ${one.answer.length}`;
    if (body.told === told) return;
    body.told = told;
    body.item = one;
    const {code, key} = outcome(one.answer);
    const shown = [code && outcomePill({code, key}), !code && pill(one.status ? `${one.status}` : "no answer"), one.fault && pill(`fault: ${one.fault}`, "warn")];
    answer.replaceChildren(...shown.filter(Boolean));
    put(status, one.status ? String(one.status) : "–");
    put(took, one.ms.toFixed(1));
    open();
  };
  return body;
}
let came = [];
export async function lookCame() {
  // The last known call is requested again: if it is missing, the list was cleared and numbers start again.
  const last = came.at(-1);
  const open = came.slice(-MOST).find((one) => !one.status && one.fault !== "cut");
  const after = last ? Math.min(last.id, open ? open.id : last.id) - 1 : 0;
  let told = (await ask(`calls?after=${after}`)).calls;
  const goesOn = last && told.some((one) => one.id === last.id && one.at === last.at);
  if (last && !goesOn) told = (await ask("calls?after=0")).calls;
  came = [...(goesOn ? came.filter((one) => one.id <= after) : []), ...told];
  showCame();
}
function showCame() {
  const shown = came.filter((one) => !$("came-call").value || one.call === $("came-call").value).slice(-MOST).reverse();
  $("no-calls").hidden = shown.length > 0;
  $("calls").hidden = !shown.length;
  keyed($("calls"), shown, (one) => `${one.id} ${one.at}`, callRow, 2);
}

function tryRow(one) {
  const told = made("output", {className: "told grow"});
  const again = made("button", {type: "button", textContent: "Send again"});
  onClick(again, told, async () => { await ask("callbacks/again", {id: one.id}); return "Queued again."; });
  const good = one.status >= 200 && one.status < 300;
  const cells = [clockCell(one.at), made("td", {textContent: one.kind}),
    made("td", {className: "signs"}, pill(one.status ? String(one.status) : "no answer", good ? "soft" : "bad"), ...(one.tries > 1 ? [pill(`try ${one.tries}`)] : [])),
    made("td", {className: "wide name", textContent: one.url})];
  const {body} = group(`callback ${one.id}`, cells, () => [
    pairsList({URL: one.url, Try: one.tries, Answer: one.answer, ...(one.refusal ? {"Receiver's words": one.refusal} : {}), ...(one.meeting ? {Meeting: one.meeting} : {})}),
    ...(one.said ? block("Content", one.said) : []), made("div", {className: "row"}, again, told),
  ]);
  body.fill = () => {};
  return body;
}
export async function lookCallbacks() {
  const tries = (await ask("callbacks")).callbacks.slice(-MOST).reverse();
  $("no-tries").hidden = tries.length > 0;
  $("tries").hidden = !tries.length;
  keyed($("tries"), tries, (one) => `${one.id} ${one.at}`, tryRow, 2);
}

/** Clears the shown calls, after the server cleared them. */
export function forgetCame() {
  came = [];
}

/** Sets up the forms of the lists; ``faults`` and ``calls`` are the names to choose from. */
export function beginLists(faults, calls) {
  const options = (names) => names.map((value) => made("option", {value, textContent: value}));
  for (const name of ["f-call", "came-call"]) $(name).append(...options(calls));
  $("f-fault").append(...options(faults));
  const chosen = () => {
    const fault = $("f-fault").value;
    put($("fault-help"), FAULTS[fault] || "");
    for (const field of document.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(fault);
  };
  $("f-fault").addEventListener("change", chosen);
  chosen();
  onSubmit($("fault"), $("fault-told"), async () => {
    const body = {fault: $("f-fault").value, call: $("f-call").value};
    for (const name of ["times", "share", "seconds", "seed"]) {
      if ($(`f-${name}`).value && !$(`f-${name}`).parentElement.hidden) body[name] = Number($(`f-${name}`).value);
    }
    if (!$("f-element").parentElement.hidden) body.element = $("f-element").value.trim();
    return `Added: ${(await ask("faults", body)).fault}.`;
  });
  onClick($("no-faults"), $("fault-told"), async () => { await ask("faults", null, "DELETE"); return "All removed."; });
  $("came-call").addEventListener("change", showCame);
  onClick($("forget"), $("came-told"), async () => { await ask("calls", null, "DELETE"); return "Cleared."; });
}
