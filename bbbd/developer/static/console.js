// Console of developer mode: calls the API (signed in the browser), shows the server's state, and controls it.
//
// It uses the control API like any other client. Data from the server is only ever set as text.

import {beginCalling} from "./calling.js";
import {$, put, several} from "./dom.js";
import {beginLists, forgetCame, lookCallbacks, lookCame, lookFaults} from "./lists.js";
import {beginMeetings, showState} from "./meetings.js";
import {API} from "./signing.js";
import {linesOf, secondsOf, spanOf} from "./spans.js";
import {amount, ask, doing, onClick, onSubmit, reach, Said, wordsOf} from "./surface.js";

// Polling, each second while the page is visible.

const LISTS = {faults: lookFaults, came: lookCame, callbacks: lookCallbacks};
let [looked, shownLook] = [0, 0];
async function look() {
  const mine = ++looked;
  try {
    const [state, clock] = await Promise.all([ask("state"), ask("clock"), LISTS[document.body.dataset.view]?.()]);
    if (mine < shownLook) return true;
    shownLook = mine;
    showState(state, clock);
    put($("lost"), "");
    return true;
  } catch (fault) {
    put($("lost"), `${wordsOf(fault)} Retrying every few seconds.`);
    return false;
  }
}
async function watch() {
  const good = document.visibilityState !== "visible" || await look();
  setTimeout(watch, good ? 1000 : 5000);
}

function showView() {
  // The skip link is not a view.
  if (location.hash === "#work") return;
  const links = [...document.querySelectorAll("#views a")];
  const chosen = links.find((link) => link.hash === location.hash) || links[0];
  for (const link of links) link.removeAttribute("aria-current");
  chosen.setAttribute("aria-current", "page");
  const view = document.body.dataset.view = chosen.hash.slice(2);
  for (const section of document.querySelectorAll("#work > section")) section.hidden = section.dataset.view !== view;
  look();
}

function forms() {
  const advance = (given) => async () => {
    const seconds = given();
    await ask("clock", {advance: seconds});
    return `The clock was moved by ${spanOf(seconds)}.`;
  };
  for (const button of document.querySelectorAll("[data-advance]")) {
    onClick(button, $("clock-told"), advance(() => Number(button.dataset.advance)));
  }
  onSubmit($("clock"), $("clock-told"), advance(() => secondsOf($("span").value.trim())));

  onSubmit($("recordings"), $("recordings-told"), async () => {
    const body = {formats: $("r-formats").value.split(",").map((one) => one.trim()).filter(Boolean), state: $("r-state").value,
      meta: Object.fromEntries(linesOf($("r-meta").value)), notify: $("r-notify").checked};
    for (const name of ["meetingID", "name"]) if ($(`r-${name}`).value) body[name] = $(`r-${name}`).value;
    for (const name of ["count", "minutes", "participants", "previews", "size", "seed"]) if ($(`r-${name}`).value) body[name] = amount($(`r-${name}`));
    if ($("r-start").value) body.start = new Date($("r-start").value).getTime();
    $("record-ids").hidden = true;
    const {recordIDs} = await ask("recordings", body);
    $("record-ids").textContent = recordIDs.join("\n");
    $("record-ids").hidden = false;
    return `${several(recordIDs.length, "recording")} made:`;
  });
}

function server(namespace) {
  const root = new URL(namespace ? "../../" : "../", location.href);
  put($("space"), namespace ? `Namespace ${namespace}` : "Main server");
  document.title = `Developer mode${namespace ? ` – ${namespace}` : ""}`;
  put($("own-api"), API);
  $("to-main").hidden = !namespace;
  $("to-main").href = new URL("developer/", root).href;
  onSubmit($("namespaces"), $("namespace-told"), async () => {
    const name = $("namespace").value.trim();
    const target = new URL(`${encodeURIComponent(name)}/developer/`, root);
    if (!name || !(await reach(target, {method: "HEAD"})).ok) throw new Said("Not a valid name of a namespace, or too many namespaces.");
    location.assign(target);
    return "";
  });
  $("all-label").hidden = Boolean(namespace);
  $("reset").addEventListener("click", () => $("sure").showModal());
  $("keep").addEventListener("click", () => $("sure").close());
  $("drop").addEventListener("click", () => {
    $("sure").close();
    doing($("reset-told"), async () => {
      await ask("reset", $("all").checked ? {all: true} : {});
      forgetCame();
      return "All data deleted.";
    });
  });
}

async function start() {
  const [words, declared] = await Promise.all([ask("console.json"), ask("declarations")]);
  beginCalling(declared.calls);
  beginMeetings(declared.actions);
  beginLists(words.faults, declared.calls.map(({name}) => name));
  server(words.namespace);
  forms();
  document.addEventListener("done", look);
  addEventListener("hashchange", showView);
  // Browsers may keep a hidden page in memory, so the secret is cleared.
  addEventListener("pagehide", () => { $("secret").value = ""; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
  showView();
  document.body.dataset.ready = "true";
  watch();
}

start().catch((fault) => put($("lost"), `The console could not start: ${wordsOf(fault)}`));
