// People as tiles: presenter, speakers and raised hands first, as many as fit.

import {reactionIcon, reactionOf} from "../hands/reactions.js";
import {choice} from "../settings/preferences.js";
import {$, button, el, icon, write} from "../shell/dom.js";
import {language, t} from "../shell/strings.js";
import {goTo} from "../shell/tabs.js";
import {serverNow} from "../shell/time.js";
import {avatar} from "./avatar.js";
import {nameNode, numbers, signs} from "./person.js";

const [WIDTH, HEIGHT] = [10.5, 7]; // rem of a tile, before there is one to be measured
const MOST = 24;

const tiles = new Map(); // user -> {node, shows}
let rest = null;

/** The number of tiles that fit, in whole rows. */
function room(box) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const {rowGap, columnGap} = getComputedStyle(box);
  const one = box.firstElementChild.getBoundingClientRect();
  const [width, height] = [one.width || WIDTH * rem, one.height || HEIGHT * rem];
  const fit = (space, size, gap) => Math.floor((space + (parseFloat(gap) || 0) + 1) / (size + (parseFloat(gap) || 0)));
  const columns = Math.max(2, fit(box.clientWidth, width, columnGap));
  const rows = Math.max(1, fit(box.clientHeight, height, rowGap));
  return Math.min(MOST, columns * rows);
}

/** @param {Person} person */
function rank(person, {presenter, you}) {
  if (person.user === presenter) return 0;
  if (person.screen || person.cameras) return 1;
  if (person.hand) return 2;
  if (person.microphone === "on") return 3;
  return person.user === you.user ? 4 : person.role === "MODERATOR" ? 5 : 6;
}

/** @param {string} user */
function makeTile(user) {
  const node = el("li", {class: "tile"});
  tiles.set(user, {node, shows: ""});
  return tiles.get(user);
}

/**
 * @param {Person} person
 * @param {State} state
 */
function drawTile(tile, person, number, state) {
  const reaction = reactionOf(person, serverNow());
  const shows = JSON.stringify([person, reaction, number, state.presenter === person.user, language(), choice("pictures")]);
  if (tile.shows === shows) return;
  tile.shows = shows;
  tile.node.classList.toggle("presenting", state.presenter === person.user);
  tile.node.classList.toggle("away", person.away);
  tile.node.replaceChildren(...[
    avatar(person, "big"),
    el("span", {class: "plate"}, ...signs(person), nameNode(person, state, number)),
    person.hand && el("span", {class: "flag"}, icon("hand"), el("span", {class: "aside"}, t("people.hand"))),
    reaction && reactionIcon(reaction.emoji),
  ].filter(Boolean));
}

/** @param {State} state */
export function drawTiles(state) {
  const box = $("tiles");
  if (!rest) {
    rest = el("li", {class: "tile more"}, button("quiet", "", () => goTo("people")));
    box.append(rest);
  }
  if (!box.offsetParent) return;
  const people = [...state.people.values()].sort((a, b) => rank(a, state) - rank(b, state) || (a.hand - b.hand) || a.joined - b.joined);
  const fits = room(box);
  const shown = people.length > fits ? people.slice(0, fits - 1) : people;
  const twins = numbers(people);
  const wanted = new Set(shown.map(({user}) => user));
  for (const [user, {node}] of tiles) {
    if (wanted.has(user)) continue;
    node.remove();
    tiles.delete(user);
  }
  let next = box.firstChild;
  for (const person of shown) {
    const tile = tiles.get(person.user) ?? makeTile(person.user);
    drawTile(tile, person, twins.get(person.user), state);
    if (tile.node === next) next = next.nextSibling;
    else box.insertBefore(tile.node, next);
  }
  const left = state.count - shown.length;
  rest.hidden = left <= 0;
  write(rest.firstChild, t("more", {count: left}));
}
