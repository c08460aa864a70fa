// The panel beside the stage: its two tabs, and collapsing it.

import {onOpened, unreadInAll} from "../chat/threads.js";
import {title} from "./document_title.js";
import {$, el, set, write} from "./dom.js";
import {has} from "./features.js";
import {icon} from "./icons.js";
import {page, SELDOM, touch, watch} from "./store.js";
import {plural, t} from "./strings.js";

const TABS = ["chat", "people"];
const LABELS = {chat: "tab.chat", people: "tab.people"};

let current = "chat";
let waiting = 0; // guests in the waiting room
let started = false;

const isOpen = () => document.body.dataset.panel !== "off";

export const isShown = (name) => current === name && isOpen();

function showTab(name) {
  current = name;
  document.body.dataset.panel = "on";
  for (const tab of TABS) {
    $(tab).hidden = tab !== name;
    const button = $(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
  }
  touch("tab", "unread");
}

/** @param {State} state */
function draw(state) {
  if (!started) {
    started = true;
    const panel = document.body.dataset.panel;
    showTab(document.body.dataset.first === "people" || !has(state, "chat") ? "people" : "chat");
    document.body.dataset.panel = panel;
  }
  set($("tab-chat"), {hidden: !has(state, "chat")});
  const count = unreadInAll(state);
  label("chat", count, count ? plural("tab.unread", count) : t("tab.chat"));
  label("people", state.count, t("tab.peopleCount", {count: state.count}));
  waiting = state.lobby?.length ?? 0;
  title({count, waiting: waiting ? plural("knock.pill", waiting) : "", name: state.meeting.name, where: t(LABELS[current])});
  drawCollapse(count);
}

function label(tab, count, words) {
  const button = $(`tab-${tab}`);
  if (!button.firstChild) button.append(icon(tab), el("span"), el("b", {class: "count"}));
  write(button.querySelector("span"), t(LABELS[tab]));
  write(button.querySelector("b"), count ? String(count) : "");
  set(button.querySelector("b"), {hidden: !count});
  set(button, {"aria-label": words});
}

function drawCollapse(count) {
  const button = $("collapse");
  if (!button.firstChild) button.append(icon("panel"), el("span"), el("b", {class: "count"}));
  write(button.querySelector("span"), t(isOpen() ? "panel.hide" : "panel.show"));
  const news = isOpen() ? 0 : count + waiting;
  set(button.querySelector("b"), {hidden: !news});
  button.classList.toggle("waited-for", Boolean(waiting));
  write(button.querySelector("b"), String(news));
  const parts = [t("panel.show"), count && plural("chat.fresh", count), waiting && plural("knock.title", waiting)];
  set(button, {"aria-expanded": String(isOpen()), "aria-label": isOpen() ? null : parts.filter(Boolean).join(", ")});
}

function step(event) {
  const shown = TABS.filter((tab) => !$(`tab-${tab}`).hidden);
  const at = shown.indexOf(current);
  const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const next = event.key === forward ? at + 1 : ["ArrowLeft", "ArrowRight"].includes(event.key) ? at - 1 : {Home: 0, End: shown.length - 1}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  showTab(shown[(next + shown.length) % shown.length]);
  $(`tab-${current}`).focus();
}

/** Opens the panel as it was last. Returns whether the layout shows it. */
export function openPanel() {
  showTab(current);
  return $("panel").offsetParent !== null;
}

/** Alt+Shift+T and U, and the skip links. */
export function goTo(name) {
  showTab(has(page.state, "chat") ? name : "people");
  if (current === "chat") $("write").focus();
  else $("people").focus();
}

export function startTabs() {
  for (const tab of TABS) $(`tab-${tab}`).onclick = () => showTab(tab);
  $("tabs").addEventListener("keydown", step);
  $("collapse").onclick = () => {
    document.body.dataset.panel = isOpen() ? "off" : "on";
    touch("tab", "unread");
  };
  $("skips").addEventListener("click", (event) => {
    const to = /** @type {Element} */ (event.target).closest("a")?.getAttribute("href");
    if (!to) return;
    event.preventDefault();
    if (to === "#bar") $("tools").querySelector("button").focus();
    else goTo(to === "#write" ? "chat" : "people");
  });
  onOpened(() => goTo("chat"));
  /** @param {State | null} state */
  const drawSeen = (state) => state && draw(state);
  watch(["unread", "lobby", "you", "tab", "meeting", "words"], drawSeen);
  watch(["chat", "roster"], drawSeen, SELDOM);
}
