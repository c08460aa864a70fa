// Preferences of this browser. Where storage is refused (a frame), they last as long as the page.

import {touch} from "../shell/store.js";
import {store, stored} from "./stored.js";

const DEFAULTS = {
  language: "", theme: "", say: "all", shortcuts: true, sounds: false, notices: false, pictures: true, cameras: true, pushToTalk: false,
  saveData: Boolean(navigator.connection?.saveData), echo: true, noise: true, gain: true, blur: false,
  muted: false, microphone: "", camera: "", loudspeaker: "",
};

const chosen = stored();

// The integrator's values, which count where the person chose nothing.
const suggested = {};

export const choice = (name) => chosen[name] ?? suggested[name] ?? DEFAULTS[name];

export function suggest(name, value) {
  suggested[name] = value;
}

export function choose(name, value) {
  chosen[name] = value;
  store(chosen);
  touch("choices");
}
