// What this page asks the server for: sound, the screen, and the cameras whose tiles are in sight, in their size.

import {choice} from "../settings/preferences.js";
import {$} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {send, TAB} from "../shell/wire.js";
import {isAble, isAway, mine} from "./mine.js";

const GATHERED = 300;
const STEP = 60; // pixels: a smaller change of a tile's height asks for nothing
const UNSEEN = 10_000; // milliseconds after which a hidden page receives no cameras

/** Tiles in sight. @type {Set<HTMLElement>} */
const inSight = new Set();
/** Cameras that are seen elsewhere too, with the height of their picture, by the place. @type {Map<string, {user: string, height: number}>} */
const elsewhere = new Map();
let said = "";
let planned = 0;
let isHidden = false;
let hiding = 0;

function cameras() {
  if (!choice("cameras")) return {};
  /** @type {Record<string, number>} */
  const heights = {};
  const want = (user, high) => {
    const person = page.state.people.get(user);
    const full = Math.ceil((high * devicePixelRatio) / STEP) * STEP;
    // The smallest that there is.
    const height = choice("saveData") ? Math.min(full, STEP) : full;
    if (person?.cameras && user !== page.state.you.user && height) heights[user] = Math.max(heights[user] ?? 0, height);
  };
  for (const [place, {user, height}] of elsewhere) if (!isHidden || place === "floating") want(user, height);
  if (!isHidden) for (const node of $("tiles").querySelectorAll("li")) if (inSight.has(node)) want(node.dataset.user, node.clientHeight);
  return Object.fromEntries(Object.entries(heights).slice(0, page.media.cameras));
}

function say() {
  planned = 0;
  if (!page.state || !page.connected || isAway() || !isAble()) return;
  /** @type {ClientMessage} */
  const wish = {t: "media.watch", page: TAB, sound: mine.sound !== "out", screen: true, cameras: cameras()};
  const text = JSON.stringify(wish);
  if (text === said) return;
  if (send(wish)) said = text;
}

/** Asks for what is wanted now, in a moment. */
export function wish() {
  planned ||= setTimeout(say, GATHERED);
}

/** Asks at once, and whether or not it was asked before: the connection is new, or the server's engine. */
export function wishAgain() {
  said = "";
  clearTimeout(planned);
  say();
}

/**
 * Says that a camera is seen, in some height, in a place that is no tile; null that it is not any more.
 * @param {"whole" | "floating"} place
 * @param {{user: string, height: number} | null} shown
 */
export function seeElsewhere(place, shown) {
  if (shown) elsewhere.set(place, shown);
  else elsewhere.delete(place);
  wish();
}

function watchTiles() {
  const seen = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) inSight[isIntersecting ? "add" : "delete"](/** @type {HTMLElement} */ (target));
    wish();
  });
  const sizes = new ResizeObserver(wish);
  const observe = (node) => {
    if (node instanceof HTMLElement && node.dataset.user) [seen, sizes].forEach((one) => one.observe(node));
  };
  $("tiles").childNodes.forEach(observe);
  new MutationObserver((records) => {
    for (const {addedNodes, removedNodes} of records) {
      addedNodes.forEach(observe);
      for (const node of removedNodes) if (node instanceof HTMLElement && !node.isConnected) inSight.delete(node);
    }
    wish();
  }).observe($("tiles"), {childList: true});
}

export function startWishes() {
  watchTiles();
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    const set = () => {
      isHidden = document.hidden;
      wish();
    };
    if (document.hidden) hiding = setTimeout(set, UNSEEN);
    else set();
  });
  watch(["people", "roster", "choices", "media"], (state) => state && wish());
}
