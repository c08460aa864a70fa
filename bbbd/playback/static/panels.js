// The panels beside the slide: chat, contents, notes and search, as tabs.

import {$} from "../../page/shell/dom.js";

/** @type {PanelName[]} */
const PANELS = ["chat", "contents", "notes", "search"];

const tab = (name) => $(`tab-${name}`);
const available = () => PANELS.filter((name) => !tab(name).hidden);

/** Shows one panel; ``isWanted`` takes the focus there. */
export function showPanel(name, isWanted = false) {
  for (const one of PANELS) {
    const isShown = one === name;
    tab(one).setAttribute("aria-selected", String(isShown));
    tab(one).tabIndex = isShown ? 0 : -1;
    $(`panel-${one}`).hidden = !isShown;
  }
  if (isWanted) (name === "search" ? $("find-text") : tab(name)).focus();
}

/** Shows the tabs of the panels that have something in them, and the first of these. */
export function startPanels(has) {
  for (const name of PANELS) {
    tab(name).hidden = !has[name];
    tab(name).addEventListener("click", () => showPanel(name));
  }
  $("tabs").addEventListener("keydown", (event) => {
    const names = available();
    const at = names.findIndex((name) => tab(name) === document.activeElement);
    const forward = document.dir === "rtl" ? -1 : 1;
    const to = {ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: names.length - 1}[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const name = names[(to + names.length) % names.length];
    showPanel(name);
    tab(name).focus();
  });
  showPanel(available()[0]);
}
