// The stage without slides: presenter, raised hands, and people as tiles.

import {avatar} from "../people/avatar.js";
import {nameOf} from "../people/model.js";
import {startTiles} from "../people/tiles.js";
import {choice} from "../settings/preferences.js";
import {welcome} from "./about.js";
import {$, bdi, el, redraw, set, write} from "./dom.js";
import {icon} from "./icons.js";
import {SELDOM, watch} from "./store.js";
import {language, plural, t} from "./strings.js";

const HANDS = 5;

/** @param {State} state */
const hands = (state) => [...state.people.values()].filter(({hand}) => hand).sort((a, b) => a.hand - b.hand);

/** The parts of #now. */
function makeParts() {
  const [kicker, heading, more] = [el("p", {class: "kicker"}), el("h2"), el("p", {class: "now-more"})];
  const [face, greeting] = [el("span", {class: "part"}), el("div", {class: "part"})];
  const raised = el("ol", {class: "now-hands", hidden: true});
  $("now").append(el("div", {class: "now-who"}, face, el("div", {}, kicker, heading, more)), raised, greeting);
  return {face, kicker, heading, more, raised, greeting};
}

/** @type {ReturnType<typeof makeParts>} */
let parts = null;

/** @param {State} state */
function drawPresenter(state) {
  const person = state.people.get(state.presenter);
  const me = state.presenter === state.you.user;
  const name = person ? nameOf(state, person.user) : "";
  redraw(parts.face, [person?.user, person?.name, person?.avatar, choice("pictures")], () => [person && avatar(person, "big")]);
  write(parts.kicker, t(person ? "now.presents" : "now.here"));
  redraw(parts.heading, [person?.user, name, me, language()], () => (person
    ? [bdi(name), me && el("span", {class: "you"}, ` ${t("you")}`)] : [t("now.nobody")]));
  write(parts.more, state.count === 1 ? t("now.alone") : plural("now.people", state.count));
}

/** @param {State} state */
function drawHands(state) {
  const all = hands(state);
  const rest = all.length - HANDS;
  set(parts.raised, {hidden: !all.length, "aria-label": t("people.hands", {count: all.length})});
  $("now").classList.toggle("raised", all.length > 0);
  const first = all.slice(0, HANDS).map(({user}) => nameOf(state, user));
  redraw(parts.raised, [first, rest > 0, language()], () => [
    ...first.map((name, at) => el("li", {class: "chip-hand"}, icon("hand"), el("b", {}, String(at + 1)), bdi(name))),
    rest > 0 && el("li", {class: "chip-hand"}),
  ]);
  if (rest > 0) write(parts.raised.lastChild, t("more", {count: rest}));
}

/** @param {State} state */
function draw(state) {
  parts ??= makeParts();
  // Alone one is the presenter, or nobody is: a tile would show the same person again.
  set(document.body, {"data-alone": state.count === 1 && state.people.size === 1 ? "on" : "off"});
  drawPresenter(state);
  drawHands(state);
  const text = state.meeting.welcome;
  redraw(parts.greeting, text, () => [text && welcome(text)]);
}

export function startStage() {
  watch(["roster", "people", "hands", "meeting", "choices", "words"], (state) => state && draw(state), SELDOM);
  startTiles();
}
