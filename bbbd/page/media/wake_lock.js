// Keeps the screen on while the person is in with sound or a camera: a device that sleeps hears nothing.

import {watch} from "../shell/store.js";
import {mine} from "./mine.js";

let lock = null;
let asked = false;

async function settle() {
  const wanted = !document.hidden && (mine.sound !== "out" || mine.camera || mine.screen);
  if (!wanted) {
    lock?.release();
    lock = null;
    return;
  }
  if (lock || asked || !navigator.wakeLock) return;
  asked = true;
  try {
    lock = await navigator.wakeLock.request("screen");
    // The browser takes it back when the page is hidden.
    lock.addEventListener("release", () => (lock = null));
  } catch { /* the battery is low, or a frame does not pass it on */ }
  asked = false;
}

export function startWakeLock() {
  watch(["media"], settle);
  document.addEventListener("visibilitychange", settle);
}
