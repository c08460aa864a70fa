// Preferences of this browser. Where storage is refused (a frame), they last as long as the page.

import {touch} from "../shell/store.js";

const NAME = "bbbd.choices";
const DEFAULTS = {
  language: "", theme: "", say: "all", shortcuts: true, sounds: false, pictures: true, cameras: true, pushToTalk: false,
  muted: false, microphone: "", camera: "", loudspeaker: "",
};

let chosen = {};
try {
  chosen = JSON.parse(localStorage.getItem(NAME) || "{}");
} catch { /* no storage */ }

// The integrator's values, which count where the person chose nothing.
const suggested = {};

export const choice = (name) => chosen[name] ?? suggested[name] ?? DEFAULTS[name];

export function suggest(name, value) {
  suggested[name] = value;
}

export function choose(name, value) {
  chosen[name] = value;
  try {
    localStorage.setItem(NAME, JSON.stringify(chosen));
  } catch { /* no storage */ }
  touch("choices");
}
