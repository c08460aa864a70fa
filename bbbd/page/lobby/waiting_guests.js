// The list of waiting guests, which moderators see above chat and people, and the pill in the header that leads to it.

import {dialog} from "../shell/dialog.js";
import {$, bdi, button, el, iconButton, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {touch, watch} from "../shell/store.js";
import {language, plural, t} from "../shell/strings.js";
import {openPanel} from "../shell/tabs.js";
import {ago, serverNow} from "../shell/time.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {openGuestPolicy} from "./guest_policy.js";

const rows = new Map(); // user -> {node, note}
let parts = null;
let words = "";
let opened = null; // the dialog with the list, if there was one

const answer = async (whom, admit) => {
  const remember = parts.remember.checked;
  agreed(await ask({t: "guest.answer", admit, ...whom, ...(remember && {remember})}));
};

function build(box) {
  const [title, list] = [el("h2", {id: "knock-title", tabindex: "-1"}), el("ul", {role: "list"})];
  const remember = el("input", {type: "checkbox", checked: parts?.remember.checked ?? false});
  const all = el("div", {class: "knock-all"},
    button("quiet small", t("knock.admitAll"), () => answer({all: true}, true)),
    button("quiet small", t("knock.refuseAll"), () => answer({all: true}, false)));
  const foot = el("div", {class: "knock-foot"},
    el("label", {class: "check"}, remember, el("span", {}, t("knock.remember"))), button("link", t("guests"), openGuestPolicy));
  box.replaceChildren(title, list, all, foot);
  parts = {title, list, all, remember};
  rows.clear();
}

function makeRow({user, name}) {
  const note = el("small");
  const node = el("li", {},
    el("span", {class: "knock-who"}, bdi(name, {title: name}), note),
    el("span", {class: "knock-acts"},
      iconButton("check", t("knock.admit", {name}), () => answer({who: [user]}, true), "icon-button admit"),
      iconButton("close", t("knock.refuse", {name}), () => answer({who: [user]}, false), "icon-button refuse")));
  return {node, note};
}

/** @param {State} state */
function draw(state) {
  const box = $("knock");
  const waiting = state.lobby ?? [];
  const hadFocus = box.contains(document.activeElement) ? document.activeElement : null;
  box.hidden = !waiting.length;
  if (box.hidden) {
    opened?.abort();
    if (hadFocus) /** @type {HTMLElement} */ ($("tabs").querySelector("[aria-selected=true]")).focus();
    return;
  }
  if (words !== language() || !parts) {
    words = language();
    build(box);
  }
  const text = plural("knock.title", waiting.length);
  if (parts.title.textContent !== text) parts.title.replaceChildren(icon("door"), el("span", {}, text));
  parts.all.hidden = waiting.length < 2;
  drawRows(waiting);
  // After an answer by keyboard the focus goes on to the next guest.
  if (hadFocus && !hadFocus.isConnected) (parts.list.querySelector("button") ?? parts.title).focus();
}

function drawRows(waiting) {
  const wanted = new Set(waiting.map(({user}) => user));
  for (const [user, {node}] of rows) {
    if (wanted.has(user)) continue;
    node.remove();
    rows.delete(user);
  }
  let next = parts.list.firstChild;
  for (const guest of waiting) {
    if (!rows.has(guest.user)) rows.set(guest.user, makeRow(guest));
    const {node, note} = rows.get(guest.user);
    if (node === next) next = next.nextSibling;
    else parts.list.insertBefore(node, next);
    const waited = serverNow() - guest.since;
    write(note, guest.away ? t("knock.away") : waited < 60_000 ? t("knock.new") : t("knock.since", {ago: ago(waited)}));
    node.classList.toggle("away", guest.away);
  }
}

/** @param {State} state */
function drawPill(state) {
  const pill = $("knocking");
  const count = state.lobby?.length ?? 0;
  pill.hidden = !count;
  const text = plural("knock.pill", count);
  if (count && pill.textContent !== text) pill.replaceChildren(icon("door"), el("span", {}, text));
}

/** Leads to the list; where the meeting's layout has no panel, the list is shown in a dialog. */
async function openList() {
  const box = $("knock");
  if (!openPanel()) {
    const [before, after] = [box.parentNode, box.nextSibling];
    opened = new AbortController();
    dialog({title: t("guests"), content: [box], signal: opened.signal}).then(() => before.insertBefore(box, after));
  }
  parts.title.focus();
}

export function startWaitingGuests() {
  $("knocking").onclick = openList;
  watch(["lobby", "you", "words"], (state) => state && drawPill(state));
  watch(["lobby", "you", "words"], (state) => state && draw(state));
  setInterval(() => touch("lobby"), 10_000);
}
