// People as tiles: presenter, speakers and raised hands first, as many as fit; where there are cameras, in pages.

import {reactionIcon, reactionOf} from "../hands/reactions.js";
import {healthOf, isTalking} from "../media/model.js";
import {isMesh, isThere} from "../media/mine.js";
import {isPinned, pictureOf} from "../media/pictures.js";
import {unsent} from "../recording/unsent.js";
import {choice} from "../settings/preferences.js";
import {$, button, el, iconButton, set, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, SELDOM, touch, watch} from "../shell/store.js";
import {language, t} from "../shell/strings.js";
import {goTo} from "../shell/tabs.js";
import {serverNow} from "../shell/time.js";
import {avatar} from "./avatar.js";
import {nameOf, numberOf} from "./model.js";
import {nameNode, signs} from "./person.js";
import {hasMenu, openMenu} from "./person_menu.js";

const MOST = 24;
const WIDER = 1.5; // how much wider than high a tile looks best
const TALL = 240; // pixels from which on one's own picture lies over the others
const AT_ONCE = 6; // new tiles of one frame; the others come with the next ones

const tiles = new Map(); // user -> {node, face, more, shows, picture}
let rest = null;
let turner = null; // the tile that turns the pages
let turned = 0; // the page that is seen, from 0
/** Who spoke while out of sight, with the number of their turn: they stay in front, so that tiles do not dance. */
const called = new Map();

/** The size of the box for tiles, and the most columns and rows that fit; nothing while it is not seen. */
const HIDDEN = {clientWidth: 0, clientHeight: 0, columns: 2, rows: 1};
let space = HIDDEN;

/** Reads that from the layout, once it is clean; the style sheet has the smallest size of a tile, in rem. */
function measure() {
  const box = $("tiles");
  const style = getComputedStyle(box);
  if (!box.offsetParent) {
    space = HIDDEN;
    return;
  }
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const gap = parseFloat(style.rowGap) || 0;
  const {clientWidth, clientHeight} = box;
  const fit = (pixels, size) => Math.floor((pixels + gap + 1) / (parseFloat(style.getPropertyValue(size)) * rem + gap));
  space = {
    clientWidth, clientHeight, columns: Math.max(2, fit(clientWidth, "--tile-width")), rows: Math.max(1, fit(clientHeight, "--tile-height")),
  };
}

/** The number of columns with which so many tiles are largest. */
function columnsFor(count) {
  const most = space;
  let [best, largest] = [most.columns, 0];
  for (let columns = 1; columns <= Math.min(most.columns, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const size = Math.min(most.clientWidth / columns / WIDER, most.clientHeight / rows);
    if (rows <= most.rows && size > largest) [best, largest] = [columns, size];
  }
  return best;
}

/** @param {Person} person */
function rank(person, {presenter, you}) {
  const me = person.user === you.user;
  if (isPinned(person.user)) return 0;
  if (person.user === presenter && !(me && person.cameras)) return 1;
  if (called.has(person.user)) return 2;
  // One's own camera comes after those of others.
  if (person.screen || person.cameras) return me ? 4 : 3;
  if (person.hand) return 5;
  if (person.microphone === "on") return 6;
  return me ? 7 : person.role === "MODERATOR" ? 8 : 9;
}

/** @param {State} state */
function callTalkers(state) {
  for (const user of called.keys()) if (!state.people.has(user)) called.delete(user);
  for (const user of state.talking) {
    if (tiles.has(user) || !state.people.has(user)) continue;
    called.delete(user);
    called.set(user, Math.max(0, ...called.values()) + 1);
  }
}

/** The people of each page: as many as fit, and of cameras no more than one receives. */
function pagesOf(people, fits, most) {
  const pages = [[]];
  let cameras = 0;
  for (const person of people) {
    const has = person.user !== page.state.you.user && person.cameras > 0;
    if (pages.at(-1).length === fits || (has && cameras === most)) {
      pages.push([]);
      cameras = 0;
    }
    pages.at(-1).push(person);
    cameras += Number(has);
  }
  return pages;
}

/** @param {string} user */
function makeTile(user) {
  const node = el("li", {class: "tile", "data-user": user});
  const more = iconButton("more", "", () => openMenu(more, page.state.people.get(user)), "icon-button tile-menu");
  const face = el("div", {class: "face"});
  node.append(face);
  tiles.set(user, {node, face, more, shows: "", picture: null});
  return tiles.get(user);
}

/** Whether something of oneself is really kept: where pages record, the server has just taken it. @param {State} state */
const isKept = (state) => state.kept.length > 0 && (!isMesh() || unsent.isKept);

/**
 * @param {Person} person
 * @param {State} state
 */
function drawTile(tile, person, state) {
  const reaction = reactionOf(person, serverNow());
  const talking = isTalking(state, person.user);
  const picture = pictureOf(person.user);
  const actions = isThere() && hasMenu(state, person);
  const shows = JSON.stringify([person, reaction, numberOf(state, person.user), state.presenter === person.user, language(), choice("pictures"),
    talking, healthOf(state, person.user), isPinned(person.user), actions, person.user === state.you.user && isKept(state)]);
  if (tile.shows === shows && tile.picture === picture) return;
  tile.shows = shows;
  tile.picture = picture;
  tile.node.classList.toggle("talking", talking);
  tile.more.setAttribute("aria-label", person.user === state.you.user ? t("people.menuYou") : t("people.menu", {name: nameOf(state, person.user)}));
  tile.node.classList.toggle("presenting", state.presenter === person.user);
  tile.node.classList.toggle("away", person.away);
  tile.face.replaceChildren(...[
    avatar(person, "big"),
    el("span", {class: "plate"}, ...signs(person, state), isPinned(person.user) && icon("media/media.svg#pin"), nameNode(person, state)),
    person.hand && el("span", {class: "flag"}, icon("hand"), el("span", {class: "aside"}, t("people.hand"))),
    reaction && reactionIcon(reaction.emoji),
    person.user === state.you.user && isKept(state) && el("span", {class: "kept", title: t("people.kept")}, el("span", {class: "aside"}, t("people.kept"))),
  ].filter(Boolean));
  for (const video of tile.node.querySelectorAll("video")) if (video !== picture) video.remove();
  if (picture && picture.parentNode !== tile.node) {
    tile.node.prepend(picture);
    picture.play().catch(() => {});
  }
  if (!actions) tile.more.remove();
  else if (!tile.more.isConnected) tile.node.append(tile.more);
}

function makeTurner(box) {
  const turn = (by) => () => {
    turned += by;
    touch("pictures");
  };
  const [before, after] = [iconButton("media/media.svg#before", "", turn(-1)), iconButton("media/media.svg#after", "", turn(1))];
  const node = el("li", {class: "tile turner", hidden: true}, before, el("bdi", {dir: "ltr"}), after);
  box.append(node);
  return {node, before, after};
}

function drawTurner(pages) {
  const {node, before, after} = turner;
  set(node, {hidden: pages < 2});
  set(before, {disabled: turned === 0, "aria-label": t("tiles.before")});
  set(after, {disabled: turned >= pages - 1, "aria-label": t("tiles.after")});
  write(node.children[1], `${turned + 1} / ${pages}`);
}

/** @param {State} state */
function drawTiles(state) {
  const box = $("tiles");
  if (!rest) {
    rest = el("li", {class: "tile more"}, button("quiet", "", () => goTo("people")));
    box.append(rest);
    turner = makeTurner(box);
  }
  // A box that is not seen is shown again by the style sheet once somebody's picture is in it.
  const drawn = [...state.people.values()].filter((person) => space !== HIDDEN || pictureOf(person.user));
  if (!drawn.length) return;
  callTalkers(state);
  const ranks = new Map(drawn.map((person) => [person, rank(person, state)]));
  const people = [...ranks.keys()].sort((a, b) => ranks.get(a) - ranks.get(b)
    || (called.get(b.user) ?? 0) - (called.get(a.user) ?? 0) || (a.hand - b.hand) || a.joined - b.joined);
  const fits = Math.min(MOST, space.columns * space.rows);
  const cameras = isThere() ? page.media.cameras ?? fits : Infinity;
  const whole = pagesOf(people, fits, cameras);
  const pages = whole.length > 1 && isThere() ? pagesOf(people, Math.max(1, fits - 1), cameras) : whole;
  turned = Math.min(Math.max(0, turned), pages.length - 1);
  const paged = isThere() && pages.length > 1;
  const shown = paged ? pages[turned] : people.length > fits ? people.slice(0, fits - 1) : people;
  const wanted = new Set(shown.map(({user}) => user));
  for (const [user, {node}] of tiles) {
    if (wanted.has(user)) continue;
    node.remove();
    tiles.delete(user);
  }
  let next = box.firstChild;
  let made = 0;
  for (const person of shown) {
    if (!tiles.has(person.user)) made += 1;
    if (made > AT_ONCE) {
      touch("tiles");
      break;
    }
    const tile = tiles.get(person.user) ?? makeTile(person.user);
    drawTile(tile, person, state);
    if (tile.node === next) next = next.nextSibling;
    else box.insertBefore(tile.node, next);
  }
  const own = tiles.get(state.you.user);
  const floats = Boolean(own?.picture) && shown.length > 1 && !paged && people.length <= fits && space.clientHeight >= TALL;
  own?.node.classList.toggle("floats", floats);
  const left = paged ? 0 : state.count - shown.length;
  drawTurner(paged ? pages.length : 1);
  box.style.setProperty("--columns", String(columnsFor(shown.length + Number(left > 0 || paged) - Number(floats))));
  set(rest, {hidden: left <= 0});
  write(rest.firstChild, t("more", {count: left}));
}

export function startTiles() {
  const draw = (state) => state && drawTiles(state);
  // Observers come after the layout of a frame: reading it then costs nothing.
  const sizes = new ResizeObserver(() => {
    measure();
    touch("tiles");
  });
  sizes.observe($("stage"));
  sizes.observe($("tiles"));
  watch(["you", "choices", "tab", "tiles", "pictures", "words"], draw);
  watch(["roster", "people", "hands", "second", "talking", "media"], draw, SELDOM);
}
