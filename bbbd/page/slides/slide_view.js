// The slide on the stage: its image, the visible part of it, and its text as the alternative.

import {say} from "../shell/announcer.js";
import {$, button, el, write} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {seen} from "./current_page.js";
import {isFull, toggleFull, watchFull} from "./fullscreen.js";
import {watchGestures} from "./gestures.js";
import {deckOf, presents} from "./model.js";
import {dot, isPointing} from "./pointer.js";
import {isWhole} from "./rectangle.js";
import {pictureOf, put, textOf} from "./slide_files.js";
import {pressed} from "./slide_keys.js";
import {watchText} from "./slide_text.js";
import {drawBar, makeBar} from "./toolbar.js";
import {viewOf} from "./zoom.js";

const LONGEST = 1000; // characters of a page's text that stand for its picture
const SETTLED = 300; // milliseconds without another page, before it is said

let parts = null;
let wanted = ""; // which page is to be seen
let pictured = ""; // and which is
let failed = false;
let saying = 0;
let said = "";

const keyOf = ({deck, page: number}) => `${deck}/${number}`;

/**
 * @param {State} state
 * @param {Stage} now
 */
const placeOf = (state, now) => t("slides.page", {page: now.page, pages: deckOf(state, now.deck).pages});

/**
 * Announces the page once it stays.
 * @param {State} state
 * @param {Stage} now
 */
function announce(state, now) {
  const [place, {name}] = [placeOf(state, now), deckOf(state, now.deck)];
  clearTimeout(saying);
  saying = setTimeout(() => {
    say(said === now.deck ? place : t("said.deck", {name, place}));
    said = now.deck;
  }, SETTLED);
}

/**
 * @param {State} state
 * @param {Stage} now
 */
async function show(state, now, again) {
  const key = keyOf(now);
  if (wanted === key && !(failed && again)) return;
  if (wanted !== key) announce(state, now);
  [wanted, failed] = [key, false];
  parts.frame.classList.add("busy");
  const image = el("img", {alt: placeOf(state, now), draggable: "false"});
  try {
    await put(image, await pictureOf(now.deck, now.page));
  } catch {
    if (wanted === key) failed = true;
  }
  if (wanted !== key) return;
  parts.frame.classList.remove("busy");
  parts.trouble.hidden = !failed;
  if (failed) return;
  parts.paper.replaceChildren(image, dot);
  pictured = key;
  draw(page.state);
  fetchAround(image, now);
}

/** The page's text, and the next page's picture. */
async function fetchAround(image, {deck, page: number}) {
  if (number < (deckOf(page.state, deck)?.pages ?? 0)) pictureOf(deck, number + 1).catch(() => {});
  const text = await textOf(deck, number).catch(() => "");
  if (text) image.alt = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/**
 * @param {State} state
 * @param {Stage} now
 */
function drawPart(state, now) {
  const {frame, paper} = parts;
  const image = paper.querySelector("img");
  if (!image || pictured !== keyOf(now)) return;
  const view = viewOf(now);
  for (const name of ["x", "y", "w", "h"]) paper.style.setProperty(`--${name}`, view[name]);
  frame.style.setProperty("--ratio", (image.naturalWidth * view.w) / (image.naturalHeight * view.h));
  frame.classList.toggle("held", presents(state) && !isWhole(view));
}

/** @param {State} state */
function draw(state, again = false) {
  if (document.body.dataset.slides !== "on") {
    // Nothing else could be seen of the page.
    if (isFull()) toggleFull(parts.section);
    return;
  }
  const now = seen(state);
  if (!now || !deckOf(state, now.deck)) return;
  parts.section.setAttribute("aria-label", t("slides"));
  parts.frame.setAttribute("aria-label", placeOf(state, now));
  parts.frame.classList.toggle("led", presents(state));
  parts.frame.classList.toggle("pointing", isPointing());
  write(parts.trouble.firstChild, t("slides.trouble"));
  write(parts.trouble.lastChild, t("tryAgain"));
  drawPart(state, now);
  drawBar(state, now);
  show(state, now, again);
}

export function startSlideView() {
  const paper = el("div", {class: "paper"});
  const trouble = el("div", {class: "slide-trouble", hidden: true}, el("p"), button("quiet small", "", () => draw(page.state, true)));
  const frame = el("div", {id: "slide-frame", role: "group", tabindex: "0"}, paper, trouble);
  const section = el("section", {id: "slide"}, frame);
  section.append(makeBar(section));
  parts = {section, frame, paper, trouble};
  $("stage").prepend(section);
  frame.addEventListener("keydown", (event) => event.target === frame && pressed(event, section));
  watchGestures(frame, paper);
  watchFull(section);
  watch(["stage", "decks", "seen", "you", "roster", "people", "words"], (state) => state && draw(state));
  watch(["connection"], (state) => state && draw(state, page.connected));
  watchText();
}
