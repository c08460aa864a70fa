// The keyboard: what each key does, and the list of them.

import {$, el} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";
import {nextTrack} from "./captions.js";
import {usesLetters} from "./choices.js";
import {openDialog} from "./dialog.js";
import {openLink} from "./link.js";
import {showPanel} from "./panels.js";
import {duration, isPaused, now, pause, play, seek} from "./timeline.js";
import {stepSpeed, toggleFull, toggleMuted, toggleSwap} from "./view.js";

/** Seconds that a key goes back or forward. */
export const STEP = 10;

export const togglePlay = () => isPaused() ? play() : pause();
export const jump = (seconds) => seek(now() + seconds);

/** @type {[keys: string[], label: string, act: () => void][]} */
const KEYS = [
  [["k", " "], "keys.play", togglePlay],
  [["j", "ArrowLeft"], "keys.back", () => jump(-STEP)],
  [["l", "ArrowRight"], "keys.on", () => jump(STEP)],
  [["Home"], "keys.begin", () => seek(0)],
  [["End"], "keys.end", () => seek(duration())],
  [["<"], "keys.slower", () => stepSpeed(-1)],
  [[">"], "keys.faster", () => stepSpeed(1)],
  [["c"], "keys.captions", nextTrack],
  [["m"], "keys.mute", toggleMuted],
  [["s"], "keys.swap", toggleSwap],
  [["f"], "keys.full", toggleFull],
  [["/"], "keys.search", () => showPanel("search", true)],
  [["u"], "keys.link", openLink],
  [["?"], "keys.list", openKeys],
];
const NAMES = {ArrowLeft: "←", ArrowRight: "→"};
const ACTS = new Map(KEYS.flatMap(([keys, _label, act]) => keys.map((key) => [key, act])));

const named = (key) => key === " " ? t("keys.space") : NAMES[key] || (key.length === 1 ? key.toUpperCase() : key);

export function openKeys() {
  const rows = KEYS.map(([keys, label]) => el("tr", {},
    el("th", {scope: "row"}, ...keys.flatMap((key, place) => [place ? " " : "", el("kbd", {}, named(key))])),
    el("td", {}, t(label))));
  openDialog(t("keys"), [el("table", {class: "keys"}, el("tbody", {}, ...rows))]);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const isRange = target.matches("input[type=range]");
  if (target.matches("select, textarea") || (target.matches("input") && !isRange)) return;
  const own = [" ", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key);
  if (own && (isRange || target.matches("summary, [role=tab]") || (event.key === " " && target.matches("button, a")))) return;
  if (["Home", "End"].includes(event.key) && target.matches(".scrolls")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isLetter = key.length === 1 && key !== " ";
  const act = isLetter && !usesLetters() ? null : ACTS.get(key);
  if (!act) return;
  event.preventDefault();
  act();
}

export function startKeys() {
  document.addEventListener("keydown", pressed);
  $("list-keys").addEventListener("click", openKeys);
}
