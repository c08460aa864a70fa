// The field for writing, with a draft for each conversation. Typed text survives whatever happens.

import {isLocked, nameOf} from "../people/model.js";
import {whyNotPrivate} from "../people/person_menu.js";
import {$, forbid, set, write} from "../shell/dom.js";
import {has} from "../shell/features.js";
import {icon} from "../shell/icons.js";
import {page, SELDOM, watch} from "../shell/store.js";
import {plural, t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {queueMessage} from "./outbox.js";
import {currentThread, onOpened} from "./threads.js";

const drafts = new Map();
let shown = "";

/**
 * The reason for which writing is off; "" when it is on.
 * @param {State} state
 */
function why(state) {
  const key = currentThread();
  if (!key) return isLocked(state, "publicChat") ? t("why.publicChat") : "";
  if (!state.people.has(key)) return t("why.gone", {name: nameOf(state, key)});
  return whyNotPrivate(state, state.people.get(key));
}

/** @param {State} state */
function draw(state) {
  const field = $("write");
  const key = currentThread();
  set($("writer"), {hidden: !has(state, "chat")});
  const reason = why(state);
  const label = key ? t("chat.writeTo", {name: nameOf(state, key)}) : t("chat.write");
  write($("write-label"), label);
  // Not "disabled": the focus and what is being typed stay.
  set(field, {placeholder: label, readonly: Boolean(reason), "aria-disabled": String(Boolean(reason))});
  set($("write-why"), {hidden: !reason});
  write($("write-why"), reason);
  forbid($("writer").querySelector("button"), reason);
}

/** Swaps at once, not with the next frame: typed text must not reach another person. */
function swapDraft() {
  const field = $("write");
  if (currentThread() === shown) return;
  drafts.set(shown, field.value);
  shown = currentThread();
  field.value = drafts.get(shown) || "";
  grow();
}

function submit(event) {
  event?.preventDefault();
  const field = $("write");
  const text = field.value.trim();
  const reason = why(page.state);
  const limit = page.limits.chat;
  if (reason) toast(reason);
  else if (text.length > limit) toast(plural("chat.tooLong", limit));
  else if (text) {
    queueMessage(currentThread(), text);
    field.value = "";
    grow();
    field.focus();
  }
}

// As high as its text, up to what CSS allows.
function grow() {
  const field = $("write");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

/** Puts a refused message back into the field, before the text typed meanwhile. */
export function takeBack(text) {
  const field = $("write");
  field.value = field.value ? `${text}\n${field.value}` : text;
  grow();
  field.focus();
}

export function startComposer() {
  $("writer").querySelector("button").append(icon("send"));
  $("writer").addEventListener("submit", submit);
  // Who writes on a phone needs the stage's room. The browser's own (:has) would be looked for in all that ever changes.
  const note = () => set(document.body, {"data-writing": $("writer").contains(document.activeElement) ? "on" : "off"});
  for (const name of ["focusin", "focusout"]) $("writer").addEventListener(name, note);
  onOpened(swapDraft);
  $("write").addEventListener("input", grow);
  $("write").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.isComposing) submit(event);
    if (event.key === "Escape") $("tab-chat").focus();
  });
  /** @param {State | null} state */
  const drawSeen = (state) => state && draw(state);
  watch(["thread", "you", "locks", "meeting", "words"], drawSeen);
  watch(["roster", "people"], drawSeen, SELDOM);
}
