// Which page this person sees: the one that everybody follows, or one that they turned to alone.

import {page, touch, watch} from "../shell/store.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {deckOf, presents, WHOLE} from "./model.js";

let own = null; // {deck, page} of who turned pages alone
let led = null; // {deck, page} that who presents goes to, until the server says so
let asking = false;

/**
 * {deck, page, x, y, w, h}; null when nothing is on the stage.
 * @param {State} state
 */
export function seen(state) {
  const alone = presents(state) ? led : own;
  return state.stage && alone ? {...WHOLE, ...alone} : state.stage;
}

/** @param {State} state */
export const isFollowing = (state) => presents(state) || !own;

/**
 * What was said by events since may have overtaken what one wanted.
 * @param {State} state
 */
function settle(state) {
  if (presents(state)) own = null;
  else led = null;
  if (own && !deckOf(state, own.deck)) own = null;
  if (led && !asking) led = null;
}

/** Everybody goes to a page. Of those that are asked for in one breath, the last counts. */
export async function lead(wanted) {
  led = wanted;
  touch("seen");
  if (asking) return;
  asking = true;
  let answer = {t: "ok"};
  for (let told = null; led && led !== told && answer.t === "ok";) {
    told = led;
    answer = await ask({t: "slide.show", ...told});
    if (answer.key === "tooMany") {
      await new Promise((resolve) => setTimeout(resolve, 1000 * (answer.wait || 0.5)));
      [told, answer] = [null, {t: "ok"}];
    }
  }
  asking = false;
  const {stage} = page.state;
  if (agreed(answer) && led && !(stage && stage.deck === led.deck && stage.page === led.page)) return;
  led = null;
  touch("seen");
}

export function goTo(number) {
  const {state} = page;
  const now = seen(state);
  if (!now) return;
  const to = {deck: now.deck, page: Math.min(Math.max(number, 1), deckOf(state, now.deck).pages)};
  if (to.page === now.page) return;
  if (presents(state)) lead(to);
  else {
    own = to;
    touch("seen");
  }
}

export const turn = (by) => page.state.stage && goTo(seen(page.state).page + by);

export function follow() {
  own = null;
  touch("seen");
}

export function startFollowing() {
  watch(["stage", "decks", "you", "roster"], (state) => state && settle(state));
}
