// The presenter's zoom: shown here at once, and sent to everybody a few times a second.

import {page, touch, watch} from "../shell/store.js";
import {ask} from "../shell/wire.js";
import {seen} from "./current_page.js";
import {presents, WHOLE} from "./model.js";
import {isSame, moved, nearer} from "./rectangle.js";

const STEP = 1.5;
const EVERY = 220; // milliseconds

let chosen = null; // {deck, page, x, y, w, h} until everybody sees it
let due = 0;
let last = 0;

export const isOf = (one, other) => one.deck === other.deck && one.page === other.page;

/** The part of a page that is seen. */
export const viewOf = (shown) => (chosen && isOf(chosen, shown) ? chosen : shown);

function choose(change) {
  const {state} = page;
  const shown = presents(state) && page.connected && seen(state);
  // While the server has not confirmed the page, nothing on it can be shown.
  if (!shown || !isOf(shown, state.stage)) return;
  const before = viewOf(shown);
  const after = change(before);
  if (isSame(before, after)) return;
  chosen = {deck: shown.deck, page: shown.page, ...after};
  touch("seen");
  due ||= setTimeout(sendNow, Math.max(0, last + EVERY - performance.now()));
}

async function sendNow() {
  due = 0;
  last = performance.now();
  if (!chosen) return;
  const {x, y, w, h} = chosen;
  const sent = chosen;
  const {t, key, wait} = await ask({t: "slide.view", x, y, w, h});
  if (t === "ok" || chosen !== sent) return;
  if (key === "tooMany") due ||= setTimeout(sendNow, 1000 * (wait || 0.5));
  else {
    chosen = null;
    touch("seen");
  }
}

/** @param {State} state */
function settle(state) {
  const {stage} = state;
  if (!chosen || (stage && isOf(stage, chosen) && presents(state) && !(isSame(stage, chosen) && !due))) return;
  chosen = null;
}

export const zoomBy = (factor, atX, atY) => choose((view) => nearer(view, factor, atX, atY));
export const zoomIn = () => zoomBy(STEP);
export const zoomOut = () => zoomBy(1 / STEP);
export const zoomWhole = () => choose(() => WHOLE);
export const moveBy = (byX, byY) => choose((view) => moved(view, byX, byY));

export function startZoom() {
  watch(["stage", "you", "roster"], (state) => state && settle(state));
}
