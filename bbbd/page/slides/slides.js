// Loads the slides lazily, with the first deck or on demand, and shows them on the stage.

import {$, button, set, styleSheet, write} from "../shell/dom.js";
import {has} from "../shell/features.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {presents} from "./model.js";
import {collapse, isCollapsed, onStage} from "./presentation.js";

let loading = null;
let show = null; // slideshow.js, once it is there
let madeRoom = false;

function load() {
  loading ??= Promise.all([import("./slideshow.js"), styleSheet("slides/slides.css")]).then(([loaded]) => {
    loaded.start();
    show = loaded;
    touch("stage", "decks");
    return loaded;
  });
  // A load that failed is tried again.
  loading.catch(() => (loading = null));
  return loading;
}

const {dataset} = document.body;

/** Loads the slides, then does the action. */
const use = (act) => load().then(act, () => toast(t("no.lost")));

export const openDecks = () => use((parts) => parts.openDecks());

export const turnPage = (by) => onStage(page.state) && use(({turn}) => turn(by));

export const followAgain = () => onStage(page.state) && use(({follow}) => follow());

export const togglePointer = () => onStage(page.state) && use(({togglePointing}) => togglePointing());

/** On a phone held sideways the panel covers the page: it starts collapsed. */
function makeRoom() {
  if (madeRoom || !matchMedia("(max-height: 480px) and (min-width: 560px)").matches || $("panel").contains(document.activeElement)) return;
  madeRoom = true;
  dataset.panel = "off";
  touch("tab");
}

/** @param {State} state */
function draw(state) {
  if (!has(state, "presentation")) return;
  if (!show && state.decks.length) load();
  const on = Boolean(show) && onStage(state) && !isCollapsed();
  // Tiles without camera or screen would only take the page's room.
  set(document.body, {"data-row": [...state.people.values()].some(({cameras, screen}) => cameras || screen) ? "on" : "off"});
  set($("expand"), {hidden: !onStage(state) || !isCollapsed()});
  write($("expand"), t("slides.expand"));
  if (dataset.slides === (on ? "on" : "off")) return;
  dataset.slides = on ? "on" : "off";
  if (on) makeRoom();
  touch("people");
}

/** A file dropped in the wrong place must not replace the page. */
function watchDrops() {
  const hasFiles = ({dataTransfer}) => dataTransfer?.types.includes("Files");
  const taken = ({target}) => page.connected && presents(page.state) && $("stage").contains(target);
  addEventListener("dragover", (event) => {
    if (!page.state || !hasFiles(event)) return;
    event.preventDefault();
    const on = taken(event);
    event.dataTransfer.dropEffect = on ? "copy" : "none";
    $("stage").classList.toggle("dropping", on);
  });
  addEventListener("dragleave", ({relatedTarget}) => $("stage").contains(/** @type {Node | null} */ (relatedTarget)) || $("stage").classList.remove("dropping"));
  addEventListener("drop", (event) => {
    $("stage").classList.remove("dropping");
    if (!page.state || !hasFiles(event)) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (taken(event)) use(({sendFiles}) => sendFiles(files));
  });
}

export function startSlides() {
  const expand = button("quiet", "", () => collapse(false));
  expand.id = "expand";
  expand.hidden = true;
  $("stage").append(expand);
  watch(["stage", "decks", "roster", "people", "you", "meeting", "connection", "words"], (state) => state && draw(state));
  watchDrops();
}
