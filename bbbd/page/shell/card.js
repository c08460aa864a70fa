// The cards: title, text and buttons of each state outside the meeting.

import {$, button, el} from "./dom.js";
import {icon} from "./icons.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";

const BADGES = {
  joining: "door", waiting: "door", full: "people", ended: "check", left: "check", elsewhere: "windows",
  denied: "stop", removed: "stop", unknown: "link", outdated: "again",
};

const name = () => page.meeting?.name || t("thisMeeting");

/** Title and sentence of a state. */
const WORDS = {
  joining: ({lead}) => [
    page.meeting ? t("joining.title", {name: name()}) : t("joining.titlePlain"), lead || t("joining.lead"),
  ],
  waiting: () => [t("waiting.title", {name: name()}), t("waiting.lead")],
  full: () => [t("full.title"), page.meeting?.maxParticipants ? plural("full.lead", page.meeting.maxParticipants) : t("full.leadPlain")],
  denied: () => [t("denied.title"), t("denied.lead")],
  removed: ({by}) => [t("removed.title"), by ? t("removed.leadBy", {name: by}) : t("removed.lead")],
  unknown: () => [t("unknown.title"), t("unknown.lead")],
  elsewhere: ({lead}) => [t("elsewhere.title"), lead || t("elsewhere.lead", {name: name()})],
  outdated: () => [t("outdated.title"), t("outdated.lead")],
  left: ({lead}) => [t("left.title"), lead || t("left.lead", {name: name()})],
  ended: ({lead}) => [t("ended.title"), lead],
};

/**
 * Draws the card and returns its heading. Facts: lead, by, lines (nodes), stats ([label, value]), note,
 * actions ([label, kind, act, icon]).
 * @param {string} state
 * @param {CardFacts} facts
 * @param {boolean} again
 */
export function drawCard(state, facts, again) {
  const [title, lead] = WORDS[state](facts);
  const {lines = [], stats = [], note, actions = []} = facts;
  const card = $("card");
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const focused = again && card.contains(active) ? active.dataset.key : null;
  const heading = again && card.querySelector("h1") ? card.querySelector("h1") : el("h1", {tabindex: "-1", dir: "auto", "data-key": "title"});
  if (heading.textContent !== title) heading.textContent = title;
  const buttons = actions.map(([label, kind, act, picture], index) => {
    const control = button(kind, label, act, picture);
    control.dataset.key = `action-${index}`;
    return control;
  });
  card.replaceChildren(
    el("div", {class: `card card-${state}`},
      el("span", {class: "badge"}, icon(BADGES[state])), heading, el("p", {class: "lead", dir: "auto"}, lead),
      stats.length ? el("dl", {class: "stats"}, ...stats.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value)))) : null,
      ...lines, note && el("p", {class: "note-card"}, note),
      buttons.length ? el("div", {class: "actions"}, ...buttons) : null),
    el("p", {class: "copyright", dir: "auto"}, page.meeting?.copyright || ""));
  if (focused) /** @type {HTMLElement | null} */ (card.querySelector(`[data-key="${focused}"]`))?.focus();
  return heading;
}

export const place = (number) =>
  el("p", {class: "place"}, dots(), el("span", {}, `${t("waiting.place")} `, el("strong", {}, String(number))));

export const quoted = (label, text) =>
  el("figure", {class: "quoted"}, el("figcaption", {}, label), el("blockquote", {dir: "auto"}, text));

export const dots = () => el("span", {class: "dots", "aria-hidden": "true"}, el("i"), el("i"), el("i"));
