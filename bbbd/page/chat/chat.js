// The conversations on the screen. A message is appended once and never rebuilt; the scroll position stays.

import {nameOf, numbering, numberOf} from "../people/model.js";
import {$, button, el, set, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, SELDOM, touch, watch} from "../shell/store.js";
import {language, plural, t} from "../shell/strings.js";
import {isShown} from "../shell/tabs.js";
import {agreed} from "../shell/toast.js";
import {putHtml} from "../shell/trusted_html.js";
import {ask} from "../shell/wire.js";
import {takeBack} from "./composer.js";
import {messageNode, pendingNode} from "./message.js";
import {outbox} from "./outbox.js";
import {allRead, currentThread, markRead, openThread, unread} from "./threads.js";

const KEPT = 500; // messages in the document
const MORE = 100;
const MOST = 2 * KEPT; // while one reads further up
const NEAR = 48; // pixels from the end that count as the end

const logs = new Map(); // thread -> {node, items, older, nodes: n -> node, from, until, shows}
let joined = "";
let words = "";

/** @param {string} key */
function logOf(key) {
  if (logs.has(key)) return logs.get(key);
  const items = el("div", {class: "items"});
  const waiting = el("div", {class: "items"});
  const older = button("quiet small", t("chat.older"), () => showOlder(key));
  const top = el("div", {class: "log-top"}, older);
  const node = el("div", {class: "log", role: "log", "aria-live": "off", tabindex: "0"}, top, items, waiting);
  const log = {
    node, items, older, top, waiting, nodes: new Map(), from: null, until: null, pending: "", following: true, at: 0, numbering: null, wasHidden: true,
  };
  node.addEventListener("scroll", () => {
    if (!node.offsetParent) return;
    log.following = log.until === null && atEnd(log);
    log.at = node.scrollTop;
    if (log.until !== null && atEnd(log)) readOn(key);
    touch("reading");
  }, {passive: true});
  logs.set(key, log);
  $("logs").append(node);
  return log;
}

const atEnd = ({node}) => node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;

/** @param {State} state */
function draw(state) {
  const key = currentThread();
  if (words !== language()) {
    words = language();
    for (const {node} of logs.values()) node.remove();
    logs.clear();
  }
  const log = logOf(key);
  for (const [other, one] of logs) {
    if (one.node.hidden === (other !== key)) continue;
    one.node.hidden = other !== key;
    one.wasHidden = true;
  }
  set(log.node, {"aria-label": key ? t("chat.with", {name: nameOf(state, key)}) : t("chat.all")});
  const following = log.following || !log.nodes.size;
  const {messages, more} = state.threads.get(key) || {messages: [], more: false};
  if (log.from === null || (following && messages.length - log.from > KEPT)) log.from = Math.max(0, messages.length - KEPT);
  log.from = Math.min(log.from, messages.length);
  if (following) log.until = null;
  else if (messages[log.from + MOST]?.n < (log.until ?? Infinity)) log.until = messages[log.from + MOST].n;
  const shown = messages.slice(log.from).filter(({n}) => log.until === null || n < log.until);
  const prepends = log.nodes.size > 0 && shown.length > 0 && shown[0].n < log.nodes.keys().next().value;
  const height = prepends ? log.node.scrollHeight : 0;
  const changed = [place(log, shown, state), drawNumbers(log, state), drawWelcome(log, key, state), drawPending(log, key)];
  set(log.older, {hidden: !(more || log.from > 0)});
  if (following && (changed.some(Boolean) || log.wasHidden)) log.node.scrollTop = log.node.scrollHeight;
  else if (!following && (prepends || log.wasHidden)) log.node.scrollTop = log.at + (prepends ? log.node.scrollHeight - height : 0);
  log.wasHidden = false;
  reading(state);
}

/**
 * Who scrolls to the end of what is there while there is more: the next messages come, and the first ones go.
 * @param {string} key
 */
function readOn(key) {
  const log = logs.get(key);
  const {messages} = page.state.threads.get(key);
  const until = messages.findIndex(({n}) => n >= log.until) + MORE;
  log.until = until < messages.length ? messages[until].n : null;
  log.from = Math.max(log.from, Math.min(until, messages.length) - MOST);
  touch("thread");
}

/**
 * Adds and removes nodes until they match the messages. Returns whether any were.
 * @param {ChatMessage[]} messages
 * @param {State} state
 */
function place(log, messages, state) {
  let removed = false;
  const wanted = new Set(messages.map(({n}) => n));
  for (const [n, node] of log.nodes) {
    if (wanted.has(n)) continue;
    node.remove();
    log.nodes.delete(n);
    removed = true;
  }
  const first = log.nodes.size ? log.nodes.keys().next().value : Infinity;
  let [next, prepended, changed] = [log.items.firstChild, false, false];
  messages.forEach((message, at) => {
    const had = log.nodes.get(message.n);
    if (had) {
      next = had.nextSibling;
      return;
    }
    const node = messageNode(message, messages[at - 1], state);
    log.items.insertBefore(node, next);
    log.nodes.set(message.n, node);
    changed = true;
    prepended ||= message.n < first && first !== Infinity;
  });
  if (prepended) log.nodes = new Map([...log.nodes].sort((a, b) => a[0] - b[0]));
  return changed || removed;
}

/**
 * A second person of a name gives the first a number, in messages of before too. Returns whether that may have happened.
 * @param {State} state
 */
function drawNumbers(log, state) {
  if (log.numbering === numbering(state)) return false;
  log.numbering = numbering(state);
  for (const node of log.items.querySelectorAll("[data-user]")) {
    const number = numberOf(state, node.dataset.user);
    write(node, number ? ` (${number})` : "");
  }
  return true;
}

/** @param {string} key */
function drawWelcome(log, key, {meeting}) {
  const shows = key ? "" : `${meeting.welcome}\n${meeting.moderatorOnly || ""}`;
  if (log.welcome === shows) return false;
  log.welcome = shows;
  log.top.querySelectorAll(".welcome").forEach((node) => node.remove());
  for (const [html, kind] of [[meeting.welcome, ""], [meeting.moderatorOnly, t("welcome.moderators")]]) {
    if (key || !html) continue;
    const text = el("div", {dir: "auto"});
    putHtml(text, html);
    log.top.append(el("div", {class: `welcome${kind ? " only" : ""}`}, kind && el("p", {class: "kicker"}, icon("lock"), kind), text));
  }
  return true;
}

/** @param {string} key */
function drawPending(log, key) {
  const mine = outbox.filter(({to}) => to === key);
  const shows = JSON.stringify(mine) + language();
  if (log.pending === shows) return false;
  log.pending = shows;
  log.waiting.replaceChildren(...mine.map((message) => pendingNode(message, takeBack)));
  return true;
}

/** @param {string} key */
async function showOlder(key) {
  const log = logs.get(key);
  const {messages} = page.state.threads.get(key);
  if (log.from > 0) {
    log.from = Math.max(0, log.from - MORE);
    touch("chat");
    return;
  }
  const oldest = messages.length ? messages[0].n : page.state.n + 1;
  log.older.setAttribute("aria-disabled", "true");
  log.from = 0;
  await agreed(await ask({t: "chat.more", before: oldest, ...(key && {with: key})}));
  log.older.removeAttribute("aria-disabled");
}

/**
 * Messages in sight are read; a button shows the number of the others.
 * @param {State} state
 */
function reading(state) {
  const key = currentThread();
  const log = logs.get(key);
  if (!log) return;
  const end = log.following || (log.until === null && atEnd(log));
  if (end && isShown("chat") && !document.hidden && !$("app").hidden) markRead(key);
  const count = unread(state, key);
  set($("fresh"), {hidden: end || !count});
  if (count) write($("fresh"), plural("chat.fresh", count));
}

/** @param {State} state */
function drawThreads(state) {
  const box = $("threads");
  const keys = [...state.threads.keys()];
  if (currentThread() && !keys.includes(currentThread())) keys.push(currentThread());
  set(box, {hidden: keys.length < 2});
  const had = new Map(Array.from(/** @type {HTMLCollectionOf<HTMLElement>} */ (box.children), (node) => [node.dataset.key, node]));
  for (const key of keys) {
    const chip = had.get(key) || box.appendChild(el("button", {type: "button", class: "chip", "data-key": key, onclick: () => openThread(key)}, el("bdi"), el("b")));
    write(chip.querySelector("bdi"), key ? nameOf(state, key) : t("chat.all"));
    const count = unread(state, key);
    set(chip.querySelector("b"), {hidden: !count});
    write(chip.querySelector("b"), count ? String(count) : "");
    const words = count ? plural("chat.threadUnread", count, {name: key ? nameOf(state, key) : t("chat.all")}) : null;
    set(chip, {"aria-pressed": String(key === currentThread()), "aria-label": words});
  }
}

export function startChat() {
  $("fresh").onclick = () => {
    const log = logs.get(currentThread());
    log.following = true;
    touch("thread");
    log.node.scrollTop = log.node.scrollHeight;
    $("write").focus();
  };
  /** @param {State | null} state */
  const drawSeen = (state) => {
    if (!state) return;
    // On entering a meeting all its messages count as read.
    if (joined !== state.epoch) {
      joined = state.epoch;
      allRead(state);
    }
    // What is not seen is drawn once it is.
    if (isShown("chat")) draw(state);
    else for (const log of logs.values()) log.wasHidden = true;
  };
  watch(["thread", "tab", "words"], drawSeen);
  watch(["chat", "roster", "meeting"], drawSeen, SELDOM);
  watch(["reading"], (state) => state && reading(state));
  watch(["thread", "unread", "words"], (state) => state && drawThreads(state));
  watch(["chat", "roster"], (state) => state && drawThreads(state), SELDOM);
  document.addEventListener("visibilitychange", () => touch("reading"));
  new ResizeObserver(() => {
    const log = logs.get(currentThread());
    if (log) log.node.scrollTop = log.following ? log.node.scrollHeight : log.at;
  }).observe($("logs"));
}
