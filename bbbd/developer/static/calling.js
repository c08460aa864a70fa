// Forms for calls, made from the declarations.

import {outcome, write} from "./answers.js";
import {$, labelled, made, pill, put, several} from "./dom.js";
import {isUnsigned, prepared, send} from "./signing.js";
import {linesOf} from "./spans.js";
import {onClick, onSubmit, Said, wordsOf} from "./surface.js";

const COMMON = new Set(["name", "attendeePW", "moderatorPW", "record", "duration", "guestPolicy", "maxParticipants",
  "meta_*", "password", "role", "userID", "redirect", "guest"]);
const FEW = 7;
// Bodies other than forms.
const BODIES = {create: "xml", putRecordingTextTrack: "file"};
const WAYS = {get: "GET", form: "POST, a form", xml: "POST, with XML", file: "POST, with a file"};
const CARRIED = new Set(["meetingID", "recordID"]);
const carried = new Map();
let calls = new Map();
let fields = new Map();
let bodyField = null;

function control(declared) {
  const choice = declared.kind === "true or false" ? ["true", "false"] : /^one of (.+)$/.exec(declared.kind)?.[1].split(", ");
  if (choice) {
    return made("select", {}, made("option", {value: "", textContent: declared.default ? `– (${declared.default})` : "–"}),
      ...choice.map((value) => made("option", {value, textContent: value})));
  }
  if (declared.name.endsWith("*")) return made("textarea", {rows: 2, placeholder: "name=value, one per line", spellcheck: false});
  if (declared.kind === "a config.xml") return made("textarea", {rows: 3, placeholder: "<config/>", spellcheck: false});
  return made("input", {placeholder: declared.default, autocomplete: "off", spellcheck: false});
}
function parameter(declared) {
  const input = control(declared);
  const id = `p-${declared.name}`;
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-help`);
  if (declared.required) input.setAttribute("aria-required", "true");
  if (CARRIED.has(declared.name)) {
    input.value = carried.get(declared.name) || "";
    input.addEventListener("input", () => carried.set(declared.name, input.value));
  }
  fields.set(declared, input);
  const label = made("label", {htmlFor: id, textContent: declared.name});
  if (declared.required) label.append(" ", pill("required", "warn"));
  const help = made("p", {id: `${id}-help`, className: "help", textContent: declared.meaning},
    made("span", {className: "kind", textContent: input.tagName === "INPUT" ? ` · ${declared.kind}` : ""}));
  return made("div", {className: "field", data: {text: `${declared.name} ${declared.meaning}`.toLowerCase()}}, label, input, help);
}

function showCall() {
  const call = calls.get($("call").value);
  const body = BODIES[call.name];
  fields = new Map();
  put($("meaning"), call.meaning);
  const isMain = (one) => one.required || COMMON.has(one.name) || call.parameters.length <= FEW;
  const [main, more] = [call.parameters.filter(isMain), call.parameters.filter((one) => !isMain(one))];
  main.sort((a, b) => b.required - a.required);
  $("main-parameters").replaceChildren(...main.map(parameter));
  $("more-parameters").replaceChildren(...more.map(parameter));
  $("more").hidden = !more.length;
  put($("more-title"), several(more.length, "more parameter"));
  const ways = call.post ? [body || "form"] : isUnsigned(call) ? ["get"] : ["get", "form", ...(body ? [body] : [])];
  $("how").replaceChildren(...ways.map((value) => made("option", {value, textContent: WAYS[value]})));
  $("how").disabled = ways.length === 1;
  filter();
  showBody();
}
function showBody() {
  const way = $("how").value;
  bodyField = null;
  if (way === "file") bodyField = labelled("File (SRT, SSA, ASS or WebVTT; without one the track is removed)", made("input", {id: "b-file", type: "file"}));
  if (way === "xml") {
    bodyField = labelled("Body: slides as XML", made("textarea", {id: "b-xml", rows: 4, className: "code", spellcheck: false,
      placeholder: '<modules><module name="presentation"><document url="…" filename="…"/></module></modules>'}));
  }
  $("bodies").replaceChildren(...(bodyField ? [bodyField] : []));
  showURL();
}
function filter() {
  const wanted = $("filter").value.trim().toLowerCase();
  for (const one of $("more-parameters").children) one.hidden = !one.dataset.text.includes(wanted);
  $("none-left").hidden = [...$("more-parameters").children].some((one) => !one.hidden);
}

function pairs() {
  const given = [];
  for (const [declared, input] of fields) {
    if (declared.name.endsWith("*")) given.push(...linesOf(input.value, declared.name.slice(0, -1)));
    else if (input.value) given.push([declared.name, input.value]);
  }
  return [...given, ...linesOf($("extra").value)];
}
function typed() {
  const way = $("how").value;
  let body = null;
  if (way === "xml") body = $("b-xml").value;
  if (way === "file" && $("b-file").files.length) {
    body = new FormData();
    body.append("file", $("b-file").files[0]);
  }
  return prepared(calls.get($("call").value), pairs(), way, body);
}

let turn = 0;
async function showURL() {
  const mine = ++turn;
  let [url, problem] = ["", ""];
  try {
    const {url: address, options} = await typed();
    url = typeof options.body === "string" ? `${address}\n\n${options.body}` : address;
    if (options.method === "GET") $("open").href = address;
  } catch (fault) { problem = wordsOf(fault); }
  if (mine !== turn) return;
  $("url").value = url;
  $("url").placeholder = problem;
  $("copy").disabled = !url;
  $("open").hidden = !url || $("how").value !== "get";
}

async function callNow() {
  $("answer").hidden = true;
  const name = $("call").value;
  const {answer, text, took} = await send(await typed());
  const facts = [];
  if (answer.type === "opaqueredirect") {
    $("answer-text").textContent = "A redirect, which pages cannot read. “Open in a tab” follows it; “Received” lists the call.";
    facts.push(pill("redirect", "soft"));
  } else {
    const wrong = write($("answer-text"), text);
    const told = outcome(text);
    if (told.code) facts.push(pill(told.code, told.code === "SUCCESS" ? "soft" : "bad"));
    if (told.key) facts.push(pill(told.key));
    if (wrong) facts.push(pill(wrong, "bad"));
    facts.push(`HTTP ${answer.status}`, answer.headers.get("Content-Type") || "", `${text.length} characters`);
  }
  $("answer-facts").replaceChildren(...[...facts, `${took.toFixed(1)} ms`].map((one) => (typeof one === "string" ? made("span", {textContent: one}) : one)));
  $("answer").hidden = false;
  const {code, key} = outcome(text);
  if (code === "FAILED") throw new Said(`${name}: ${key || code}`);
  return `${name}: ${code || "answered"}`;
}

// Makes a call for other views, signed with the secret in the field.
export async function callFor(name, ...given) {
  const {text} = await send(await prepared(calls.get(name), given, "get"));
  const {code, key} = outcome(text);
  if (code !== "SUCCESS") throw new Said(`${name}: ${key || "unreadable answer"}`);
}

/** Sets up the form; ``declared`` are the calls as declared by the server. */
export function beginCalling(declared) {
  calls = new Map(declared.map((call) => [call.name, call]));
  $("call").append(...declared.map(({name}) => made("option", {value: name, textContent: name})));
  for (const name of ["secret", "algorithm", "extra"]) $(name).addEventListener("input", showURL);
  for (const name of ["main-parameters", "more-parameters", "bodies"]) $(name).addEventListener("input", showURL);
  $("call").addEventListener("change", showCall);
  $("how").addEventListener("change", showBody);
  $("filter").addEventListener("input", filter);
  onSubmit($("caller"), $("call-told"), callNow);
  onClick($("copy"), $("call-told"), async () => {
    $("url").select();
    await navigator.clipboard?.writeText($("url").value).catch(() => { throw new Said("Copying failed; the text is selected."); });
    return navigator.clipboard ? "Copied." : "Selected.";
  });
  showCall();
}
