// Light or dark, from the device or the preferences.

import {touch, watch} from "../shell/store.js";
import {choice} from "./preferences.js";

const PAPER = ["#f3f5f4", "#101614"]; // --paper of page.css, for the browser's own bars
const device = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => ({dark: true, light: false})[choice("theme")] ?? device.matches;

/** Whether a colour is to be the dark one: the meta's own, unless the person chose a theme. */
const chosen = (meta) => ({dark: true, light: false})[choice("theme")] ?? meta.media.includes("dark");

export function startTheme() {
  const draw = () => {
    document.documentElement.dataset.theme = choice("theme");
    /** @type {NodeListOf<HTMLMetaElement>} */
    const metas = document.head.querySelectorAll('meta[name="theme-color"]');
    for (const meta of metas) meta.content = PAPER[Number(chosen(meta))];
  };
  draw();
  watch(["choices"], draw);
  device.addEventListener("change", () => touch("choices"));
}
