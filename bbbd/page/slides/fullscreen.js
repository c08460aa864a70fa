// Full screen for the slides; where the browser refuses it, the whole window.

import {touch} from "../shell/store.js";

const {dataset} = document.body;

export const isFull = () => dataset.full === "on";

function set(on) {
  dataset.full = on ? "on" : "off";
  touch("seen");
}

export async function toggleFull(section) {
  const on = !isFull();
  set(on);
  try {
    if (on && document.fullscreenEnabled) await section.requestFullscreen();
    else if (!on && document.fullscreenElement) await document.exitFullscreen();
  } catch { /* the window is left */ }
}

export function watchFull(section) {
  document.addEventListener("fullscreenchange", () => set(document.fullscreenElement === section));
  section.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isFull()) toggleFull(section);
  });
}
