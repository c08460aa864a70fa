// Slides in the meeting's model: decks, the page that everybody is shown, and where its presenter points.

import {has} from "../shell/features.js";

/** The part of a page, in percent, that is all of it. */
export const WHOLE = {x: 0, y: 0, w: 100, h: 100};

/** @param {State} state */
export const deckOf = (state, id) => state.decks.find(({deck}) => deck === id);

/**
 * @param {State} state
 * @param {Deck} deck
 * @returns {Topic[]}
 */
function putDeck(state, deck) {
  const known = deckOf(state, deck.deck);
  if (known) Object.assign(known, deck);
  else state.decks.push({...deck});
  return ["decks"];
}

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const SLIDE_EVENTS = {
  DeckAdded: (state, {deck}) => putDeck(state, deck),
  DeckConverted: (state, {deck}) => putDeck(state, deck),
  DeckFailed(state, {deck, why}) {
    Object.assign(deckOf(state, deck) ?? {}, {state: "failed", why});
    return ["decks"];
  },
  DeckRemoved(state, {deck, stage}) {
    state.decks = state.decks.filter((one) => one.deck !== deck);
    state.stage = stage;
    return ["decks", "stage"];
  },
  SlideShown(state, {deck, page}) {
    state.stage = {deck, page, ...WHOLE};
    return ["stage"];
  },
  SlideViewed(state, {x, y, w, h}) {
    if (state.stage) Object.assign(state.stage, {x, y, w, h});
    return ["stage"];
  },
};

/**
 * Stores the place of the presenter's pointer, which is no event; without a place, none. Returns the topics to draw.
 * @param {State} state
 * @param {{x?: number, y?: number}} place
 * @returns {Topic[]}
 */
export function point(state, {x, y}) {
  state.pointer = x === undefined ? null : {x, y, stage: state.stage, by: state.presenter};
  return ["pointer"];
}

/** The presenter's pointer, {x, y} in percent; null after the page has turned or the presenter has changed. */
export const pointed = ({pointer, stage, presenter}) =>
  pointer && pointer.stage === stage && pointer.by === presenter ? pointer : null;

/**
 * Whether this person presents, in a meeting that has slides.
 * @param {State} state
 */
export const presents = (state) => has(state, "presentation") && state.presenter === state.you.user;
