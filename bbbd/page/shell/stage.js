// The stage without slides: presenter, raised hands, and people as tiles.

import {avatar} from "../people/avatar.js";
import {nameOf} from "../people/model.js";
import {startTiles} from "../people/tiles.js";
import {choice} from "../settings/preferences.js";
import {welcome} from "./about.js";
import {$, bdi, el} from "./dom.js";
import {icon} from "./icons.js";
import {SELDOM, watch} from "./store.js";
import {language, plural, t} from "./strings.js";

const HANDS = 5;

/** @param {State} state */
const hands = (state) => [...state.people.values()].filter(({hand}) => hand).sort((a, b) => a.hand - b.hand);

/** @param {State} state */
function presenter(state) {
  const person = state.people.get(state.presenter);
  const me = state.presenter === state.you.user;
  const heading = person ? [bdi(nameOf(state, person.user)), me && el("span", {class: "you"}, ` ${t("you")}`)] : [t("now.nobody")];
  return el("div", {class: "now-who"}, person && avatar(person, "big"),
    el("div", {}, el("p", {class: "kicker"}, t(person ? "now.presents" : "now.here")), el("h2", {}, ...heading.filter(Boolean)),
      el("p", {class: "now-more"}, state.count === 1 ? t("now.alone") : plural("now.people", state.count))));
}

/** @param {State} state */
function raised(state) {
  const all = hands(state);
  if (!all.length) return null;
  const rest = all.length - HANDS;
  return el("ol", {class: "now-hands", "aria-label": t("people.hands", {count: all.length})},
    ...all.slice(0, HANDS).map(({user}, at) => el("li", {class: "chip-hand"}, icon("hand"), el("b", {}, String(at + 1)), bdi(nameOf(state, user)))),
    rest > 0 && el("li", {class: "chip-hand"}, t("more", {count: rest})));
}

let shows = "";

/** @param {State} state */
function draw(state) {
  const {meeting, count} = state;
  const person = state.people.get(state.presenter);
  const facts = JSON.stringify([nameOf(state, state.presenter), person?.avatar, state.you.user === state.presenter, meeting.welcome, count,
    hands(state).map(({user}) => nameOf(state, user)), language(), choice("pictures")]);
  if (shows === facts) return;
  shows = facts;
  // Alone one is the presenter, or nobody is: a tile would show the same person again.
  document.body.dataset.alone = count === 1 && state.people.size === 1 ? "on" : "off";
  const parts = [presenter(state), raised(state), meeting.welcome && welcome(meeting.welcome)];
  $("now").replaceChildren(...parts.filter(Boolean));
}

export function startStage() {
  watch(["roster", "people", "meeting", "choices", "words"], (state) => state && draw(state), SELDOM);
  startTiles();
}
