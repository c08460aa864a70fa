// Drawings of BigBlueButton 2.6 and later (tldraw.json), as plain SVG of our own; of shapes not known here the page says so.

import {address, number} from "./files.js";
import {drawn, lines} from "./drawings.js";
import {trailingDigits} from "./texts.js";

const COLOURS = {
  black: "#1d1d1d", grey: "#9fa8b2", gray: "#788492", lightGray: "#c6cbd1", white: "#ffffff", violet: "#ae3ec9",
  "light-violet": "#e085f4", indigo: "#4b5ae0", blue: "#4465e9", "light-blue": "#4ba1f1", cyan: "#0e98ad",
  green: "#099268", "light-green": "#4cb05e", yellow: "#f1ac4b", orange: "#e16919", red: "#e03131", "light-red": "#f87777",
};
const WIDTHS = {s: 2, m: 3.5, l: 5, xl: 10, small: 2, medium: 3.5, large: 5};
const SIZES = {s: 18, m: 24, l: 36, xl: 44, small: 28, medium: 48, large: 96};
const DASHES = {dashed: [3, 3], dotted: [0.1, 2]};
const ANCHORS = {start: "start", middle: "middle", end: "end", justify: "start"};
// Corners in parts of width and height.
const CORNERS = {
  triangle: [[0.5, 0], [1, 1], [0, 1]], diamond: [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]],
  pentagon: [[0.5, 0], [1, 0.38], [0.81, 1], [0.19, 1], [0, 0.38]],
  hexagon: [[0.25, 0], [0.75, 0], [1, 0.5], [0.75, 1], [0.25, 1], [0, 0.5]],
  octagon: [[0.3, 0], [0.7, 0], [1, 0.3], [1, 0.7], [0.7, 1], [0.3, 1], [0, 0.7], [0, 0.3]],
  rhombus: [[0.3, 0], [1, 0], [0.7, 1], [0, 1]], "rhombus-2": [[0, 0], [0.7, 0], [1, 1], [0.3, 1]],
  trapezoid: [[0.2, 0], [0.8, 0], [1, 1], [0, 1]],
  star: [[0.5, 0], [0.62, 0.36], [1, 0.38], [0.7, 0.6], [0.81, 1], [0.5, 0.77], [0.19, 1], [0.3, 0.6], [0, 0.38], [0.38, 0.36]],
  "arrow-right": [[0, 0.3], [0.6, 0.3], [0.6, 0], [1, 0.5], [0.6, 1], [0.6, 0.7], [0, 0.7]],
  "arrow-left": [[1, 0.3], [0.4, 0.3], [0.4, 0], [0, 0.5], [0.4, 1], [0.4, 0.7], [1, 0.7]],
  "arrow-up": [[0.3, 1], [0.3, 0.4], [0, 0.4], [0.5, 0], [1, 0.4], [0.7, 0.4], [0.7, 1]],
  "arrow-down": [[0.3, 0], [0.3, 0.6], [0, 0.6], [0.5, 1], [1, 0.6], [0.7, 0.6], [0.7, 0]],
};
const BOXES = new Set(["rectangle", "x-box", "check-box"]);
const MOST_POINTS = 20_000;
const MOST_TEXT = 5000;

const of = (table, name, otherwise) => Object.hasOwn(table, name) ? table[name] : otherwise;
const colour = (name) => of(COLOURS, name, COLOURS.black);
const extent = (value, otherwise = 0) => Math.max(0, number(value, otherwise));
/** @returns {[number, number]} */
const extents = (value) => Array.isArray(value) ? [extent(value[0]), extent(value[1])] : [0, 0];
/** @returns {[number, number]} */
const point = (value) => Array.isArray(value) ? [number(value[0]), number(value[1])] : [number(value?.x), number(value?.y)];
const text = (value) => typeof value === "string" ? value.slice(0, MOST_TEXT) : "";
const list = (value) => Array.isArray(value) ? value : [];
const path = (points, closed = false) => points.length
  ? `M${points.map(([x, y]) => `${x} ${y}`).join("L")}${closed ? "Z" : points.length === 1 ? "h.1" : ""}` : "M0 0";

// A shape's style, in both forms that there have been.
function styleOf(shape) {
  const {style = {}, props = {}} = shape;
  const facts = shape.props ? props : style;
  const ink = colour(facts.color);
  const scale = extent(facts.scale, 1) || 1;
  const width = of(WIDTHS, facts.size, 3.5) * scale;
  const isFilled = shape.props ? Boolean(facts.fill) && facts.fill !== "none" : facts.isFilled === true;
  const dash = of(DASHES, facts.dash, null);
  return {
    ink, width, size: of(SIZES, facts.size, 24) * scale,
    stroke: {
      fill: isFilled ? ink : "none", "fill-opacity": isFilled ? (facts.fill === "solid" ? 0.9 : 0.3) : 1, stroke: ink, "stroke-width": width,
      "stroke-linecap": "round", "stroke-linejoin": "round", ...(dash && {"stroke-dasharray": dash.map((part) => part * width).join(" ")}),
    },
  };
}

// Texts of newer servers are a tree of paragraphs.
function richText(node, depth = 0) {
  if (!node || depth > 12) return "";
  if (typeof node.text === "string") return node.text;
  const parts = list(node.content).map((child) => richText(child, depth + 1));
  return parts.join(node.type === "doc" ? "\n" : "");
}

const textOf = (facts) => text(facts.text) || text(richText(facts.richText));

// Letters are taken to be as wide as they are on average.
function wrapped(content, width, size) {
  const most = width > 0 ? Math.max(1, Math.floor(width / (size * 0.55))) : Infinity;
  return content.split("\n").flatMap((line) => {
    const found = [""];
    for (const word of line.split(" ")) {
      const joined = found[found.length - 1] ? `${found[found.length - 1]} ${word}` : word;
      if (joined.length > most && found[found.length - 1]) found.push(word);
      else found[found.length - 1] = joined;
    }
    return found;
  });
}

function label(content, width, height, size, ink, anchor = "middle") {
  if (!content) return null;
  const texts = wrapped(content, width, size);
  const x = {start: size / 4, middle: width / 2, end: width - size / 4}[anchor];
  return lines(texts, x, Math.max(0, (height - texts.length * size * 1.25) / 2), size, {fill: ink, "text-anchor": anchor, direction: "ltr"});
}

const box = (width, height, facts) => drawn("rect", {width, height, ...facts});

function geometry(kind, width, height, facts) {
  if (kind === "ellipse" || kind === "oval" || kind === "cloud") {
    return drawn("ellipse", {cx: width / 2, cy: height / 2, rx: width / 2, ry: height / 2, ...facts});
  }
  if (BOXES.has(kind)) {
    const cross = kind === "x-box" ? `M0 0L${width} ${height}M${width} 0L0 ${height}`
      : `M${width * 0.2} ${height * 0.5}L${width * 0.45} ${height * 0.75}L${width * 0.8} ${height * 0.25}`;
    return drawn("g", {}, box(width, height, facts), kind !== "rectangle" && drawn("path", {d: cross, ...facts, fill: "none"}));
  }
  const corners = of(CORNERS, kind, null);
  return corners ? drawn("path", {d: path(corners.map(([x, y]) => [x * width, y * height]), true), ...facts}) : null;
}

function arrow(from, to, bend, {stroke, width}, isPointed) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const middle = [(from[0] + to[0]) / 2 + 2 * bend * dy / length, (from[1] + to[1]) / 2 - 2 * bend * dx / length];
  const line = `M${from.join(" ")}Q${middle.join(" ")} ${to.join(" ")}`;
  const angle = Math.atan2(to[1] - middle[1], to[0] - middle[0]);
  const tip = (turn) => [to[0] - Math.cos(angle + turn) * width * 5, to[1] - Math.sin(angle + turn) * width * 5].join(" ");
  const head = isPointed ? `M${tip(0.5)}L${to.join(" ")}L${tip(-0.5)}` : "";
  return drawn("path", {d: line + head, ...stroke, fill: "none"});
}

// The end of an arrow that is bound to another shape, in the arrow's own coordinates.
function boundTo({boundShapeId, normalizedAnchor}, shape, find) {
  const other = find(boundShapeId);
  if (!other?.props) return null;
  const size = [extent(other.props.w, 200), extent(other.props.h, 200)];
  const corner = [number(other.x) - number(shape.x), number(other.y) - number(shape.y)];
  const [x, y] = point(normalizedAnchor ?? {x: 0.5, y: 0.5});
  return {at: [corner[0] + x * size[0], corner[1] + y * size[1]], corner, size};
}

// Such an arrow ends where it meets the other shape.
function atEdge({at, corner, size}, towards) {
  if (!corner) return at;
  const way = [towards[0] - at[0], towards[1] - at[1]];
  const parts = [0, 1].map((axis) => {
    const edge = way[axis] > 0 ? corner[axis] + size[axis] : corner[axis];
    return way[axis] ? (edge - at[axis]) / way[axis] : 1;
  });
  const part = Math.min(1, Math.max(0, Math.min(...parts)));
  return [at[0] + way[0] * part, at[1] + way[1] * part];
}

function sticky(facts, width, height, ink) {
  return drawn("g", {}, box(width, height, {fill: ink, "fill-opacity": 0.35, rx: 4}),
    label(textOf(facts), width, height, Math.min(24, of(SIZES, facts.size, 24)), "#1d1d1d"));
}

function poll({w, h, question, answers, numResponders}) {
  const [width, height] = [extent(w, 200), extent(h, 200)];
  let rows = answers;
  if (typeof answers === "string") try { rows = JSON.parse(answers); } catch { rows = []; }
  rows = list(rows).slice(0, 30);
  const size = Math.min(20, height / (rows.length * 1.6 + 3));
  const most = Math.max(1, number(numResponders), ...rows.map((row) => extent(row?.numVotes)));
  return drawn("g", {}, box(width, height, {fill: "#fff", stroke: "#1d1d1d", "stroke-width": 2}),
    lines([text(question)], size / 2, 0, size, {fill: "#1d1d1d"}),
    ...rows.flatMap((row, place) => {
      const y = size * (2 + place * 1.6);
      return [
        drawn("rect", {x: width * 0.5, y: y + size * 0.2, width: width * 0.45 * extent(row?.numVotes) / most, height: size, fill: "#4465e9"}),
        lines([`${text(row?.key)}: ${extent(row?.numVotes)}`], size / 2, y, size, {fill: "#1d1d1d"}),
      ];
    }));
}

const FILE = /^\/presentation\/[A-Za-z0-9-]+\/(file-uploads\/[a-f0-9-]+\.(?:png|jpe?g|gif|webp))$/;

// BigBlueButton 3: a place, a rotation about it, and facts by the kind of a shape.
const KINDS = {
  draw: ({segments, isClosed}, {stroke}) => {
    const points = list(segments).flatMap((one) => list(one?.points)).slice(0, MOST_POINTS).map(point);
    return drawn("path", {d: path(points, isClosed === true), ...stroke});
  },
  highlight: ({segments}, {ink, width}) => {
    const points = list(segments).flatMap((one) => list(one?.points)).slice(0, MOST_POINTS).map(point);
    const stroke = ink === COLOURS.black ? "#ff0" : ink;
    return drawn("path", {d: path(points), fill: "none", stroke, "stroke-width": width * 6, "stroke-linecap": "round", "stroke-opacity": 0.4});
  },
  geo: (facts, {stroke, size}) => {
    const [width, height] = [extent(facts.w), extent(facts.h) + extent(facts.growY)];
    const form = geometry(facts.geo, width, height, stroke);
    return form && drawn("g", {}, form, label(textOf(facts), width, height, size, colour(facts.labelColor), of(ANCHORS, facts.align, "middle")));
  },
  arrow: (facts, style, shape, find) => {
    const ends = [facts.start, facts.end].map((end) => end?.type === "binding" ? boundTo(end, shape, find) : {at: point(end), corner: null, size: null});
    if (!ends.every(Boolean)) return null;
    const [from, to] = [atEdge(ends[0], ends[1].at), atEdge(ends[1], ends[0].at)];
    return arrow(from, to, number(facts.bend), style, facts.arrowheadEnd !== "none");
  },
  line: ({points, handles}, {stroke}) => {
    const found = Object.values(points || handles || {}).slice(0, MOST_POINTS);
    found.sort((a, b) => String(a?.index) < String(b?.index) ? -1 : 1);
    return drawn("path", {d: path(found.map(point)), ...stroke, fill: "none"});
  },
  text: (facts, {ink, size}) => {
    const width = facts.autoSize === false ? extent(facts.w) : 0;
    return lines(wrapped(textOf(facts), width, size), 0, 0, size, {fill: ink});
  },
  note: (facts, {ink}) => sticky(facts, 200, 200 + extent(facts.growY), ink),
  frame: (facts) => box(extent(facts.w), extent(facts.h), {fill: "none", stroke: "#788492"}),
  poll,
  image: ({w, h}, _style, shape) => {
    const name = FILE.exec(text(shape.meta?.bbbImageSrc))?.[1];
    return name ? drawn("image", {href: address(name), width: extent(w), height: extent(h)}) : null;
  },
  group: () => drawn("g"),
};

// BigBlueButton 2.6 and 2.7: a point, and a rotation about the middle.
const OLD_KINDS = {
  draw: ({points}, {stroke}) => drawn("path", {d: path(list(points).slice(0, MOST_POINTS).map(point)), ...stroke}),
  rectangle: ({size}, {stroke}) => geometry("rectangle", ...extents(size), stroke),
  triangle: ({size}, {stroke}) => geometry("triangle", ...extents(size), stroke),
  ellipse: ({radius}, {stroke}) => {
    const [rx, ry] = extents(radius);
    return drawn("ellipse", {cx: rx, cy: ry, rx, ry, ...stroke});
  },
  arrow: ({handles, decorations}, style) => {
    const [from, to, bend] = [handles?.start, handles?.end, handles?.bend].map((handle) => point(handle?.point));
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const away = ((bend[0] - middle[0]) * dy - (bend[1] - middle[1]) * dx) / (Math.hypot(dx, dy) || 1);
    return arrow(from, to, away, style, Boolean(decorations?.end));
  },
  line: (shape, style) => OLD_KINDS.arrow({...shape, decorations: null}, style),
  text: (shape, {ink, size}) => lines(wrapped(text(shape.text), 0, size), 0, 0, size, {fill: ink}),
  sticky: (shape, {ink}) => sticky(shape, ...extents(shape.size), ink),
  group: () => drawn("g"),
};

/** One shape as SVG, null if it is not known here. */
function made(shape, find) {
  const style = styleOf(shape);
  const isNew = Boolean(shape.props);
  const node = isNew ? of(KINDS, shape.type, null)?.(shape.props, style, shape, find) : of(OLD_KINDS, shape.type, null)?.(shape, style);
  if (!node) return null;
  const [x, y] = isNew ? [number(shape.x), number(shape.y)] : point(shape.point);
  const [width, height] = shape.radius ? point(shape.radius).map((half) => half * 2) : point(shape.size);
  const turn = number(shape.rotation) * 180 / Math.PI;
  const about = isNew ? "" : ` ${width / 2} ${height / 2}`;
  node.setAttribute("transform", `translate(${x} ${y}) rotate(${turn}${about})`);
  if (shape.opacity !== undefined) node.setAttribute("opacity", String(number(shape.opacity, 1)));
  return node;
}

// Before 2.6.1 a whiteboard was larger.
function isOld(version) {
  const [major, minor, patch] = String(version ?? "").split(".").map((part) => parseInt(part, 10) || 0);
  return major > 0 && (major < 2 || (major === 2 && (minor < 6 || (minor === 6 && patch < 1))));
}

/** Pixels of a whiteboard for one of a slide's picture. */
export const scaleOf = (version, {width, height}) =>
  isOld(version) ? Math.min(2048 / width, 1536 / height) : Math.min(1440 / width, 1080 / height);

/**
 * The drawings of each slide, by the number of its image.
 * @returns {Map<string, Drawing[]>}
 */
export function readTldraw(file, slides) {
  const found = new Map();
  for (const slide of slides) {
    const page = file?.[trailingDigits(slide.id)];
    if (found.has(slide.id) || !page) continue;
    const scale = 1 / scaleOf(file.bbb_version, slide);
    const shapes = list(page.shapes).filter((one) => one?.shape_data);
    // The last version of a shape that there was at a time, else the first that came.
    const versions = new Map();
    for (const one of shapes) {
      if (!versions.has(one.shape_data.id)) versions.set(one.shape_data.id, []);
      versions.get(one.shape_data.id).push(one);
    }
    const finder = (time) => (id) => {
      const own = versions.get(id) || [];
      return (own.findLast((one) => number(one.timestamp) <= time) || own[0])?.shape_data;
    };
    found.set(slide.id, shapes.map((one, place) => ({
      begin: number(one.timestamp), undo: number(one.undo, -1), group: String(one.shape_data.id ?? `none-${place}`),
      make: () => {
        const node = made(one.shape_data, finder(number(one.timestamp)));
        return node && drawn("g", {transform: `scale(${scale})`}, node);
      },
    })));
  }
  return found;
}
