// The slide of now, with its part in view, the drawings on it and the pointer.

import {$} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";
import {hrefOf, readDrawings} from "./drawings.js";
import {address, childrenOf, last, number, readJson, readXml} from "./files.js";
import {leadsOut, slideOf, words} from "./texts.js";
import {readTldraw, scaleOf} from "./tldraw.js";

/** @type {Slide[]} */
let slides = [];
/** @type {Map<string, Drawing[]>} */
let drawings = new Map();
let pans = [];
let cursors = [];
// Views and pointers are in a whiteboard's pixels, not in the slide's.
let tldraw = {isUsed: false, version: undefined};
const nodes = new WeakMap(); // those of drawings that were made already
const ahead = new Image();
let shown = {slide: null, box: "", drawings: ""};

// Old recordings have whole paths in their files.
const relative = (href) => href.startsWith("/") ? href.slice(href.indexOf("/presentation/", 1) + 1) : href;

function readImages(shapes, texts) {
  const found = [];
  for (const image of shapes.querySelectorAll("image.slide, svg > image")) {
    const href = relative(hrefOf(image));
    if (!href || href.includes("deskshare") || href.endsWith("logo.png") || leadsOut(href)) continue;
    const [presentation, slide] = slideOf(href);
    const text = presentation && texts?.[presentation] ? texts[presentation][slide] || "" : "";
    const ends = words(image.getAttribute("out") || "");
    words(image.getAttribute("in") || "0").forEach((begin, place) => {
      found.push({
        id: image.id, href, text: String(text), begin: number(begin), end: number(ends[place], Infinity),
        width: number(image.getAttribute("width"), 800) || 800, height: number(image.getAttribute("height"), 600) || 600,
      });
    });
  }
  return found.sort((a, b) => a.begin - b.begin);
}

function timed(file, name, read) {
  if (!file) return [];
  return childrenOf(file.documentElement, "event").map((event) => ({
    begin: number(event.getAttribute("timestamp")), value: read(words((event.querySelector(name) || event).textContent)),
  })).sort((a, b) => a.begin - b.begin);
}

export async function readSlides() {
  const [shapes, texts, panzooms, cursor, board] = await Promise.all([
    readXml("shapes.svg"), readJson("presentation_text.json"), readXml("panzooms.xml"), readXml("cursor.xml"),
    readJson("tldraw.json"),
  ]);
  if (shapes) {
    slides = readImages(shapes, texts);
    drawings = readDrawings(shapes);
  }
  const marked = [panzooms, cursor].some((file) => file?.documentElement.getAttribute("tldraw") === "true");
  tldraw = {isUsed: marked || Boolean(board), version: board?.bbb_version};
  if (board) {
    for (const [id, list] of readTldraw(board, slides)) drawings.set(id, [...(drawings.get(id) || []), ...list]);
  }
  pans = timed(panzooms, "viewBox", (parts) => [0, 1, 2, 3].map((place) => number(parts[place])));
  cursors = timed(cursor, "cursor", (parts) => [number(parts[0], -1), number(parts[1], -1)]);
}

export const allSlides = () => slides;

/** The time of the last thing that happens on slides. */
export const lastOnSlides = () => Math.max(0, ...slides.map(({begin, end}) => Number.isFinite(end) ? end : begin));

/** @returns {Slide | null} */
function slideAt(time) {
  let [low, high] = [0, slides.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slides[middle].begin <= time) low = middle + 1;
    else high = middle;
  }
  // Of those that have begun, the last that has not ended.
  for (let place = low - 1; place >= 0; place -= 1) {
    const {begin, end} = slides[place];
    if (time < end || end <= begin) return slides[place];
    if (low - place > 50) break;
  }
  return null;
}

/** @returns {[number, number, number, number]} */
function boxAt(slide, time) {
  const pan = last(pans, time);
  const [x, y, width, height] = pan && pan.begin >= slide.begin - 0.05 ? pan.value : [0, 0, 0, 0];
  if (!(width > 0 && height > 0)) return [0, 0, slide.width, slide.height];
  if (!tldraw.isUsed) return [x, y, width, height];
  // A camera's place is how far the board was moved.
  const scale = scaleOf(tldraw.version, slide);
  return [-x / scale, -y / scale, width, height];
}

function drawCursor(slide, [left, top, width, height], time) {
  const cursor = last(cursors, time);
  const [x, y] = cursor ? cursor.value : [-1, -1];
  const isAway = x < 0 || y < 0 || (!tldraw.isUsed && (x > 1 || y > 1));
  $("cursor").toggleAttribute("hidden", isAway);
  if (isAway) return;
  const scale = tldraw.isUsed ? 1 / scaleOf(tldraw.version, slide) : 1;
  $("cursor").setAttribute("cx", String(tldraw.isUsed ? x * scale : left + x * width));
  $("cursor").setAttribute("cy", String(tldraw.isUsed ? y * scale : top + y * height));
  $("cursor").setAttribute("r", String(width / 160));
}

function drawnAt(slide, time) {
  // Later versions of a drawing replace earlier ones, in the place of the first.
  const versions = new Map();
  for (const one of drawings.get(slide.id) || []) {
    if (one.begin <= time && (one.undo < 0 || time < one.undo)) versions.set(one.group, one);
  }
  return [...versions.values()];
}

function nodeOf(drawing) {
  if (nodes.has(drawing)) return nodes.get(drawing);
  let node = null;
  try {
    node = drawing.make();
  } catch { /* it is not what such a drawing is: as good as unknown */ }
  nodes.set(drawing, node);
  return node;
}

// The next picture is fetched while this one is looked at.
function fetchAhead(slide) {
  const next = slides[slides.indexOf(slide) + 1];
  if (next) ahead.src = address(next.href);
}

/** Shows the slide of a time; returns how many of its drawings cannot be shown. */
export function drawSlide(time) {
  const slide = slideAt(time);
  $("empty").hidden = Boolean(slide);
  $("slide").toggleAttribute("data-empty", !slide);
  if (!slide) {
    shown = {slide: null, box: "", drawings: ""};
    return 0;
  }
  if (shown.slide !== slide) {
    const picture = $("picture");
    picture.setAttribute("href", address(slide.href));
    picture.setAttribute("width", String(slide.width));
    picture.setAttribute("height", String(slide.height));
    $("slide").setAttribute("aria-label", slide.text ? t("slide.text", {text: slide.text}) : t("slide"));
    fetchAhead(slide);
  }
  const box = boxAt(slide, time);
  if (shown.box !== box.join(" ")) $("slide").setAttribute("viewBox", box.join(" "));
  const visible = drawnAt(slide, time);
  const key = visible.map(({group, begin}) => `${group}@${begin}`).join();
  if (shown.slide !== slide || shown.drawings !== key) {
    $("drawings").replaceChildren(...visible.map(nodeOf).filter(Boolean));
  }
  drawCursor(slide, box, time);
  shown = {slide, box: box.join(" "), drawings: key};
  return visible.filter((one) => !nodeOf(one)).length;
}

