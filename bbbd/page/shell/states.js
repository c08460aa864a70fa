// Shows a state of the page. Each has a heading, which takes the focus, and a title.

import {sayAtOnce} from "./announcer.js";
import {drawCard} from "./card.js";
import {title} from "./document_title.js";
import {$} from "./dom.js";

/** States in which the meeting is on the screen; the others are a card. */
const INSIDE = new Set(["meeting", "recorded", "reconnecting", "idle"]);
const LOUD = new Set(["removed", "ended", "denied", "elsewhere"]);

export const current = () => document.body.dataset.state;

/**
 * @param {string} state
 * @param {CardFacts} facts
 */
export function show(state, facts = {}) {
  const before = current();
  document.body.dataset.state = state;
  const inside = INSIDE.has(state);
  const entering = inside && $("app").hidden;
  $("app").hidden = !inside;
  $("card").hidden = inside;
  if (inside) {
    $("card").replaceChildren();
    if (entering) $("name").focus({preventScroll: true});
    return;
  }
  /** @type {NodeListOf<HTMLDialogElement>} */
  const dialogs = document.querySelectorAll("dialog[open]");
  for (const open of dialogs) open.close("");
  if (document.fullscreenElement) document.exitFullscreen();
  // A change within a state (the place in the line) leaves the focus where it is.
  const heading = drawCard(state, facts, state === before);
  title({count: 0, waiting: "", where: heading.textContent});
  if (state !== before) heading.focus();
  if (state !== before && LOUD.has(state)) sayAtOnce(heading.textContent);
}
