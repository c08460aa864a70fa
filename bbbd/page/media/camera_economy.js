// Sends one's camera smaller while this device is short of computing or of battery, and says so once.

import {watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {choice} from "../settings/preferences.js";
import {fitCamera} from "./camera.js";
import {halvings, next, START} from "./camera_steps.js";
import {mine} from "./mine.js";

let steps = START;
let battery = null;
let savesData = false;

/** Takes a measure of the links, every few seconds. @param {{isBusy: boolean}} facts */
export function noteShortage({isBusy}) {
  if (!mine.camera) return;
  const before = halvings(steps);
  steps = next(steps, {isBusy, battery});
  const now = halvings(steps);
  if (now === before) return;
  fitCamera(now);
  if (!before) toast(t(steps.busy ? "call.smallerBusy" : "call.smallerBattery"), "economy");
  if (!now) toast(t("call.fullSize"), "economy");
}

export function startEconomy() {
  savesData = choice("saveData");
  // Chromium alone tells of a battery.
  navigator.getBattery?.().then((found) => (battery = found), () => {});
  watch(["choices"], () => {
    if (savesData === choice("saveData")) return;
    savesData = choice("saveData");
    fitCamera(halvings(steps));
  });
}
