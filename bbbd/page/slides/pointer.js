// The presenter's pointer: a dot for everybody on that page, until it rests.

import {el} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {send} from "../shell/wire.js";
import {seen} from "./current_page.js";
import {point, pointed, presents} from "./model.js";
import {isOf, viewOf} from "./zoom.js";

const EVERY = 80; // milliseconds
const RESTS = 2000;

export const dot = el("div", {class: "pointer", "aria-hidden": "true", hidden: true});

let on = false;
let drawn = null;
let resting = 0;
let due = 0;
let last = 0;

export const isPointing = () => on;

/** Fine enough for any screen, and short to send. */
const percent = (number) => Math.min(100, Math.round(number * 100) / 100);

/** Shown here at once, and sent to the others several times a second. */
function place(to) {
  const {state} = page;
  if (!to && !pointed(state)) return;
  touch(...point(state, to ?? {}));
  due ||= setTimeout(sendNow, Math.max(0, last + EVERY - performance.now()));
}

function sendNow() {
  due = 0;
  last = performance.now();
  const {x, y} = pointed(page.state) ?? {};
  if (presents(page.state)) send({t: "pointer", x, y});
}

/** Points at (atX, atY) of the visible part, from 0 to 1; outside of it, at nothing. */
export function pointAt(atX, atY) {
  const shown = seen(page.state);
  const isBeside = [atX, atY].some((at) => at < 0 || at > 1);
  // While the server has not confirmed the page, nothing on it can be shown.
  if (isBeside || !page.connected || !shown || !isOf(shown, page.state.stage)) {
    place(null);
    return;
  }
  const {x, y, w, h} = viewOf(shown);
  place({x: percent(x + atX * w), y: percent(y + atY * h)});
}

export const pointAway = () => place(null);

export function togglePointing() {
  if (!on && !(presents(page.state) && page.connected)) return;
  on = !on;
  if (!on) pointAway();
  touch("seen");
}

/** @param {State} state */
function draw(state) {
  const shown = seen(state);
  const now = shown && isOf(shown, state.stage) ? pointed(state) : null;
  dot.hidden = !now;
  if (!now || now === drawn) return;
  drawn = now;
  dot.style.setProperty("--at-x", now.x);
  dot.style.setProperty("--at-y", now.y);
  dot.classList.remove("rests");
  clearTimeout(resting);
  resting = setTimeout(() => dot.classList.add("rests"), RESTS);
}

export function startPointer() {
  watch(["you", "roster"], (state) => {
    if (state && !presents(state)) on = false;
  });
  watch(["pointer", "stage", "seen", "you", "roster"], (state) => state && draw(state));
}
