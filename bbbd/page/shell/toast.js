// Toasts: a short text at the foot of the page, mostly why something failed.

import {say} from "./announcer.js";
import {$, el} from "./dom.js";
import {t} from "./strings.js";

const SHOWN = 6000;

const REFUSED = {
  notAllowed: "no.notAllowed", locked: "no.locked", tooMany: "no.tooMany", tooLong: "no.tooLong", gone: "no.gone",
  full: "no.full", lost: "no.lost", unavailable: "no.unavailable",
};

export const refusal = (key) => t(REFUSED[key] || "no.unknown");

/** A later toast of the same kind takes the place of the earlier one. */
export function toast(text, kind = "") {
  if (kind) document.querySelector(`.toast[data-kind="${kind}"]`)?.remove();
  const node = el("p", {class: "toast", "data-kind": kind}, el("span", {dir: "auto"}, text));
  // An open dialog makes everything below it unreachable and unseen.
  ([...document.querySelectorAll("dialog[open]")].pop() || $("toasts")).append(node);
  setTimeout(() => node.remove(), SHOWN);
  say(text);
}

/** Shows a toast when the server refused. Returns whether it agreed. */
export function agreed(answer) {
  if (answer.t === "no") toast(refusal(answer.key));
  return answer.t !== "no";
}
