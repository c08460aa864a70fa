// Dialogs and menus on the browser's own <dialog>, which takes the focus and gives it back.

import {$, button, el, iconButton} from "./dom.js";
import {icon} from "./icons.js";
import {watch} from "./store.js";
import {t} from "./strings.js";

let count = 0;
let drawReasons = null; // of the open menu, if there is one

/**
 * Opens a dialog. ``actions`` are buttons of [label, kind, value]; resolves with the value, or "" when dismissed.
 * @param {DialogFacts} facts
 * @returns {Promise<string>}
 */
export function dialog({title, lead, content = [], actions = [], kind = "", must = false, signal}) {
  count += 1;
  const opener = document.activeElement;
  const heading = el("h2", {id: `dialog-${count}`, tabindex: "-1"}, title);
  const buttons = actions.map(([label, look, value]) => button(look, label, () => box.close(value)));
  const box = el("dialog", {class: `dialog ${kind}`, "aria-labelledby": heading.id},
    el("div", {class: "dialog-head"}, heading, !must && iconButton("close", t("close"), () => box.close(""))),
    lead && el("p", {class: "lead"}, lead), ...content,
    actions.length > 0 && el("div", {class: "actions"}, ...buttons));
  if (must) insist(box);
  if (!must) dismissOutside(box);
  document.body.append(box);
  box.showModal();
  if (must || !content.length) heading.focus();
  signal?.addEventListener("abort", () => box.close(""));
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      giveBack(opener);
      resolve(box.returnValue);
    });
  });
}

// A browser closes on a second Escape, whatever "cancel" was answered.
function insist(box) {
  const hold = (event) => {
    if (event.type === "cancel" || event.key === "Escape") event.preventDefault();
  };
  box.addEventListener("cancel", hold);
  box.addEventListener("keydown", hold);
}

// The browser gives the focus back by itself, but what opened a dialog may be gone meanwhile.
function giveBack(opener) {
  if (document.querySelector("dialog[open]") || document.activeElement !== document.body) return;
  if (opener?.isConnected && opener !== document.body) opener.focus();
  else $("name").focus();
}

function dismissOutside(box) {
  box.addEventListener("click", (event) => {
    if (event.target !== box) return;
    const {left, right, top, bottom} = box.getBoundingClientRect();
    const outside = event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
    if (outside) box.close("");
  });
}

/**
 * A list of things to do, beside what opened it; a sheet from below on a phone.
 * Items: {icon, emoji, label, why, act, danger}; ``why`` returns the reason for which it cannot be done now, or "".
 * @param {HTMLElement} opener
 * @param {string} label
 * @param {(MenuItem | false | undefined | 0 | "")[]} items
 */
export function menu(opener, label, items, kind = "") {
  const list = el("ul", {role: "list"});
  // A sheet has a title and a button to close it; a menu beside its button shows neither.
  const head = el("div", {class: "menu-head"}, el("h2", {}, label), iconButton("close", t("close"), () => box.close()));
  const box = el("dialog", {class: `menu ${kind}`, "aria-label": label}, head, list);
  let chosen = null;
  const reasons = [];
  for (const item of items) {
    if (!item) continue;
    const words = el("span", {}, item.label);
    const choice = button(`menu-item${item.danger ? " bad" : ""}`, words, () => {
      if (item.why?.()) return;
      chosen = item;
      box.close();
    }, item.icon);
    if (item.emoji) choice.prepend(icon(item.emoji, "emoji"));
    if (item.why) reasons.push(() => giveReason(choice, words, item.label, item.why()));
    list.append(el("li", {}, choice));
  }
  drawReasons = () => reasons.forEach((draw) => draw());
  drawReasons();
  box.addEventListener("keydown", (event) => step(event, list));
  box.addEventListener("close", () => {
    drawReasons = null;
    box.remove();
    giveBack(opener);
    chosen?.act();
  });
  dismissOutside(box);
  document.body.append(box);
  box.showModal();
  // Not "autofocus": in a frame of another site browsers ignore it.
  list.querySelector("button").focus();
  beside(box, opener);
}

function giveReason(choice, words, label, why) {
  words.replaceChildren(label, ...(why ? [el("small", {}, why)] : []));
  choice.setAttribute("aria-disabled", String(Boolean(why)));
}

watch(["locks", "people", "you"], () => drawReasons?.());

function step(event, list) {
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const next = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  buttons[(next + buttons.length) % buttons.length].focus();
}

function beside(box, opener) {
  const from = opener.getBoundingClientRect();
  const {width, height} = box.getBoundingClientRect();
  const below = from.bottom + height + 12 < innerHeight;
  const left = document.dir === "rtl" ? from.left : from.right - width;
  box.style.setProperty("--x", `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`);
  box.style.setProperty("--y", `${Math.max(8, below ? from.bottom + 6 : from.top - height - 6)}px`);
}

/** Asks once. */
export const confirm = (title, lead, yes, look = "primary") =>
  dialog({title, lead, actions: [[t("cancel"), "quiet", ""], [yes, look, "yes"]]}).then((answer) => answer === "yes");
