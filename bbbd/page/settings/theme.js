// Light or dark, from the device or the preferences.

import {touch, watch} from "../shell/store.js";
import {choice} from "./preferences.js";

const device = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => ({dark: true, light: false})[choice("theme")] ?? device.matches;

export function startTheme() {
  const draw = () => {
    document.documentElement.dataset.theme = choice("theme");
  };
  draw();
  watch(["choices"], draw);
  device.addEventListener("change", () => touch("choices"));
}
