// The keys and what they do.

import {dialog} from "./dialog.js";
import {el} from "./dom.js";
import {t} from "./strings.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgentData?.platform || navigator.platform);
const HELD = MAC ? ["Ctrl", "Option"] : ["Alt", "Shift"];

/** The letters, with Alt+Shift (Ctrl+Option on a Mac). */
export const KEYS = {
  KeyH: ["H", "keys.hand"], KeyE: ["E", "keys.react"], KeyT: ["T", "keys.write"], KeyU: ["U", "keys.people"],
  KeyA: ["A", "keys.again"], KeyX: ["X", "keys.leave"],
};

export const isHeld = (event) =>
  MAC ? event.ctrlKey && event.altKey && !event.metaKey : event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey;

const row = (keys, words) =>
  el("tr", {}, el("th", {scope: "row"}, ...keys.flatMap((key, index) => [index ? "+" : "", el("kbd", {}, key)])), el("td", {}, words));

export function openKeys() {
  const rows = [
    ...Object.values(KEYS).map(([letter, key]) => row([...HELD, letter], t(key))),
    row(["?"], t("keys.list")),
    row([t("keys.enter")], t("keys.send")),
    row(["Shift", t("keys.enter")], t("keys.line")),
    row(["Esc"], t("keys.escape")),
  ];
  dialog({
    title: t("keys"), lead: t("keys.lead"), content: [el("table", {class: "keys"}, el("tbody", {}, ...rows))],
    actions: [[t("close"), "quiet", ""]],
  });
}
