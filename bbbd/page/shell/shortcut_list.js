// The table of keyboard shortcuts, and the dialog that lists them.

import {isThere} from "../media/mine.js";
import {choice} from "../settings/preferences.js";
import {dialog} from "./dialog.js";
import {el} from "./dom.js";
import {has} from "./features.js";
import {page} from "./store.js";
import {t} from "./strings.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgentData?.platform || navigator.platform);
const HELD = MAC ? ["Ctrl", "Option"] : ["Alt", "Shift"];

/** The letters, with Alt+Shift (Ctrl+Option on a Mac). */
export const KEYS = {
  KeyH: ["H", "keys.hand"], KeyE: ["E", "keys.react"], KeyT: ["T", "keys.write"], KeyU: ["U", "keys.people"],
  KeyA: ["A", "keys.again"], KeyX: ["X", "keys.leave"],
};

/** Those of sound and cameras, where the server has them. */
const MEDIA_KEYS = {KeyM: ["M", "keys.microphone"], KeyV: ["V", "keys.camera"], KeyS: ["S", "keys.screen"]};

/** That of polls, where a meeting has them. */
const POLL_KEYS = {KeyQ: ["Q", "keys.poll"]};

/** Those of slides, where a meeting has them. */
export const SLIDE_KEYS = {
  KeyN: ["N", "keys.next"], KeyP: ["P", "keys.previous"], KeyF: ["F", "keys.follow"],
  KeyO: ["O", "keys.pointer"],
};

const ON_THE_PAGE = [
  ["← →", "keys.turn"], ["Home / End", "keys.ends"], ["+ − 0", "keys.zoom"], ["Shift", "← ↑ → ↓", "keys.move"],
];

/** What a letter does in this meeting. */
export const isKey = (code) => code in KEYS || (code in MEDIA_KEYS && isThere()) || (code in POLL_KEYS && has(page.state, "polls")) || (code in SLIDE_KEYS && has(page.state, "presentation"));

export const isHeld = (event) =>
  MAC ? event.ctrlKey && event.altKey && !event.metaKey : event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey;

const row = (keys, words) =>
  el("tr", {}, el("th", {scope: "row"}, ...keys.flatMap((key, index) => [index ? "+" : "", el("kbd", {}, key)])), el("td", {}, words));

function slideRows() {
  if (!has(page.state, "presentation")) return [];
  return [
    ...ON_THE_PAGE.map((keys) => row(keys.slice(0, -1), t(keys.at(-1)))),
    row([t("keys.enter")], t("keys.full")),
  ];
}

export function openShortcutList() {
  const letters = {...(isThere() && MEDIA_KEYS), ...KEYS, ...(has(page.state, "polls") && POLL_KEYS), ...(has(page.state, "presentation") && SLIDE_KEYS)};
  const rows = [
    ...Object.values(letters).map(([letter, key]) => row([...HELD, letter], t(key))),
    ...slideRows(),
    ...(isThere() && choice("pushToTalk") ? [row([t("keys.space")], t("keys.talk"))] : []),
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
