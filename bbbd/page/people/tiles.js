// People as tiles, as many as fit; where there are cameras, in pages.

import {isThere} from "../media/mine.js";
import {pictureOf} from "../media/pictures.js";
import {$, button, el, iconButton, set, write} from "../shell/dom.js";
import {page, SELDOM, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {goTo} from "../shell/tabs.js";
import {drawTile, makeTile} from "./tile.js";
import {byRank, callTalkers, inPlaces, pagesOf, withHeld} from "./tile_order.js";

const MOST = 24;
const WIDER = 1.5; // how much wider than high a tile looks best
const TALL = 240; // pixels from which on one's own picture lies over the others
const AT_ONCE = 6; // new tiles of one frame; the others come with the next ones

/** User -> tile, in their order in the document. @type {Map<string, ReturnType<typeof makeTile>>} */
let tiles = new Map();
let rest = null;
let turner = null; // the tile that turns the pages
let turned = 0; // the page that is seen, from 0
let cells = 1; // of the grid

/** The size of the box for tiles, and the most columns and rows that fit; nothing while it is not seen. */
const HIDDEN = {clientWidth: 0, clientHeight: 0, gap: 0, columns: 2, rows: 1};
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
    clientWidth, clientHeight, gap, columns: Math.max(2, fit(clientWidth, "--tile-width")), rows: Math.max(1, fit(clientHeight, "--tile-height")),
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
  // Not "disabled", which would take the keyboard from who has just come to the last page.
  set(before, {"aria-disabled": String(turned === 0), "aria-label": t("tiles.before")});
  set(after, {"aria-disabled": String(turned >= pages - 1), "aria-label": t("tiles.after")});
  write(node.children[1], `${turned + 1} / ${pages}`);
}

/** A tile in which somebody is with the keyboard stays, on whatever page. @param {Person} person */
const isHeld = ({user}) => Boolean(tiles.get(user)?.node.contains(document.activeElement));

/**
 * Makes the document match, some tiles at a time. Returns whether all are there.
 * @param {Person[]} shown
 * @param {State} state
 */
function place(box, shown, state) {
  const focused = box.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const before = tiles;
  tiles = new Map();
  let [next, made] = [box.firstChild, 0];
  const wanted = new Set(shown.map(({user}) => user));
  const unwanted = [...before].filter(([user]) => !wanted.has(user)).map(([, tile]) => tile.node);
  for (const person of shown) {
    let tile = before.get(person.user);
    if (!tile) {
      made += 1;
      if (made > AT_ONCE) continue;
      tile = makeTile(person.user);
    }
    tiles.set(person.user, tile);
    drawTile(tile, person, state);
    while (unwanted.includes(next)) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
    if (tile.node === next) next = next.nextSibling;
    else box.insertBefore(tile.node, next);
  }
  unwanted.forEach((node) => node.remove());
  // Who was moved keeps the keyboard.
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({preventScroll: true});
  return made <= AT_ONCE;
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
  callTalkers(state, (user) => tiles.has(user));
  const people = byRank(drawn, state);
  const fits = Math.min(MOST, space.columns * space.rows);
  const cameras = isThere() ? page.media.cameras ?? fits : Infinity;
  const me = state.you.user;
  const whole = pagesOf(people, me, fits, cameras);
  const pages = whole.length > 1 && isThere() ? pagesOf(people, me, Math.max(1, fits - 1), cameras) : whole;
  turned = Math.min(Math.max(0, turned), pages.length - 1);
  const paged = isThere() && pages.length > 1;
  const first = people.length > fits ? people.slice(0, fits - 1) : people;
  const shown = withHeld(paged ? pages[turned] : first, me, people.find(isHeld));
  if (!place(box, inPlaces([...tiles.keys()], shown, state), state)) touch("tiles");
  const own = tiles.get(me);
  const floats = Boolean(own?.picture) && shown.length > 1 && !paged && people.length <= fits && space.clientHeight >= TALL;
  own?.node.classList.toggle("floats", floats);
  const left = paged ? 0 : state.count - shown.length;
  drawTurner(paged ? pages.length : 1);
  cells = shown.length + Number(left > 0 || paged) - Number(floats);
  drawSize(box);
  set(rest, {hidden: left <= 0});
  write(rest.firstChild, t("more", {count: left}));
}

/** Says how many columns there are, and how large a tile is: a query of its own size for each would be a layout of its own. */
function drawSize(box) {
  const columns = columnsFor(cells);
  const {clientWidth, clientHeight, gap} = space;
  const side = (pixels, parts) => Math.max(0, (pixels - gap * (parts - 1)) / parts);
  const smaller = Math.min(side(clientWidth, columns), side(clientHeight, Math.ceil(cells / columns)));
  for (const [name, value] of Object.entries({"--columns": String(columns), "--side": `${Math.round(smaller)}px`})) {
    if (box.style.getPropertyValue(name) !== value) box.style.setProperty(name, value);
  }
}

export function startTiles() {
  const draw = (state) => state && drawTiles(state);
  // Observers come after the layout of a frame: reading it then costs nothing.
  const sizes = new ResizeObserver(() => {
    measure();
    // In this frame, and not after it.
    if (space !== HIDDEN) drawSize($("tiles"));
    touch("tiles");
  });
  sizes.observe($("stage"));
  sizes.observe($("tiles"));
  watch(["you", "choices", "tab", "tiles", "pictures", "words"], draw);
  watch(["roster", "people", "hands", "second", "talking", "media"], draw, SELDOM);
}
