// People as tiles: presenter, speakers and raised hands first, as many as fit.

import {reactionIcon, reactionOf} from "../hands/reactions.js";
import {choice} from "../settings/preferences.js";
import {$, button, el, icon, write} from "../shell/dom.js";
import {language, t} from "../shell/strings.js";
import {goTo} from "../shell/tabs.js";
import {serverNow} from "../shell/time.js";
import {avatar} from "./avatar.js";
import {numberOf} from "./model.js";
import {nameNode, signs} from "./person.js";

const MOST = 24;
const WIDER = 1.5; // how much wider than high a tile looks best

const tiles = new Map(); // user -> {node, shows}
let rest = null;

/** The most columns and rows that fit; the style sheet has the smallest size of a tile, in rem. */
function room(box) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const style = getComputedStyle(box);
  const gap = parseFloat(style.rowGap) || 0;
  const fit = (space, size) => Math.floor((space + gap + 1) / (parseFloat(style.getPropertyValue(size)) * rem + gap));
  return {columns: Math.max(2, fit(box.clientWidth, "--tile-width")), rows: Math.max(1, fit(box.clientHeight, "--tile-height"))};
}

/** The number of columns with which so many tiles are largest. */
function columnsFor(count, box, most) {
  let [best, largest] = [most.columns, 0];
  for (let columns = 1; columns <= Math.min(most.columns, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const size = Math.min(box.clientWidth / columns / WIDER, box.clientHeight / rows);
    if (rows <= most.rows && size > largest) [best, largest] = [columns, size];
  }
  return best;
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
function drawTile(tile, person, state) {
  const reaction = reactionOf(person, serverNow());
  const shows = JSON.stringify([person, reaction, numberOf(state, person.user), state.presenter === person.user, language(), choice("pictures")]);
  if (tile.shows === shows) return;
  tile.shows = shows;
  tile.node.classList.toggle("presenting", state.presenter === person.user);
  tile.node.classList.toggle("away", person.away);
  tile.node.replaceChildren(...[
    avatar(person, "big"),
    el("span", {class: "plate"}, ...signs(person), nameNode(person, state)),
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
  const most = room(box);
  const fits = Math.min(MOST, most.columns * most.rows);
  const shown = people.length > fits ? people.slice(0, fits - 1) : people;
  const wanted = new Set(shown.map(({user}) => user));
  for (const [user, {node}] of tiles) {
    if (wanted.has(user)) continue;
    node.remove();
    tiles.delete(user);
  }
  let next = box.firstChild;
  for (const person of shown) {
    const tile = tiles.get(person.user) ?? makeTile(person.user);
    drawTile(tile, person, state);
    if (tile.node === next) next = next.nextSibling;
    else box.insertBefore(tile.node, next);
  }
  const left = state.count - shown.length;
  box.style.setProperty("--columns", String(columnsFor(shown.length + Number(left > 0), box, most)));
  rest.hidden = left <= 0;
  write(rest.firstChild, t("more", {count: left}));
}
