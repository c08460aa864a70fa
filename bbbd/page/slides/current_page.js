// The page on this person's stage: the one that everybody follows, or one of their own.

import {page, touch, watch} from "../shell/store.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {deckOf, presents, WHOLE} from "./model.js";

let own = null; // {deck, page} of a viewer who turned pages alone
let led = null; // {deck, page} that the presenter goes to, until the server confirms it
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
 * Drops a wish that later events have overtaken.
 * @param {State} state
 */
function settle(state) {
  if (presents(state)) own = null;
  else led = null;
  if (own && !deckOf(state, own.deck)) own = null;
  if (led && !asking) led = null;
}

/** Leads everybody to a page. Of several pages in quick succession the last counts. */
export async function lead(wanted) {
  led = wanted;
  touch("seen");
  if (asking) return;
  asking = true;
  let answer = {t: "ok"};
  for (let sent = null; led && led !== sent && answer.t === "ok";) {
    sent = led;
    answer = await ask({t: "slide.show", ...sent});
    if (answer.key === "tooMany") {
      await new Promise((resolve) => setTimeout(resolve, 1000 * (answer.wait || 0.5)));
      [sent, answer] = [null, {t: "ok"}];
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

export function startCurrentPage() {
  watch(["stage", "decks", "you", "roster"], (state) => state && settle(state));
}
