// Drawings of shapes.svg, copied element by element from a fixed list: whatever else a file holds does not get in.

import {address, childrenOf, number} from "./files.js";
import {leadsOut, refers, trailingDigits} from "./texts.js";

export const SVG = "http://www.w3.org/2000/svg";
const XLINK = "http://www.w3.org/1999/xlink";
const ELEMENTS = new Set(["g", "line", "path", "polyline", "polygon", "circle", "ellipse", "rect", "text", "tspan", "image"]);
const ATTRIBUTES = new Set(["d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width",
  "height", "transform", "fill", "stroke", "stroke-width", "font-size", "font-family", "opacity", "fill-opacity"]);
const STYLES = ["fill", "stroke", "stroke-width", "stroke-opacity", "fill-opacity", "stroke-linecap", "stroke-linejoin",
  "font-size", "font-family", "opacity"];
// Elements within each other; a file with more than a few was made to harm.
const DEEPEST = 20;

/** An element of a drawing. */
export function drawn(name, facts = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) made.setAttribute(key, String(value));
  made.append(...children.filter(Boolean));
  return made;
}

const styleOf = (source) => {
  const style = document.createElement("i").style;
  style.cssText = source.getAttribute("data-style") || "";
  return style;
};

export const hrefOf = (element) => element.getAttributeNS(XLINK, "href") || element.getAttribute("href") || "";

function copied(source, depth = 0) {
  const name = source.localName;
  if (name === "foreignObject" || name === "switch") return written(source);
  if (!ELEMENTS.has(name) || depth > DEEPEST) return null;
  const made = document.createElementNS(SVG, name);
  if (name === "image") {
    const href = hrefOf(source);
    if (!href || leadsOut(href)) return null;
    made.setAttribute("href", address(href));
  }
  for (const attribute of source.attributes) {
    if (ATTRIBUTES.has(attribute.name) && !refers(attribute.value)) made.setAttribute(attribute.name, attribute.value);
  }
  const style = styleOf(source);
  for (const property of STYLES) {
    const value = style.getPropertyValue(property);
    if (value && !refers(value)) made.style.setProperty(property, value);
  }
  if (name === "text" || name === "tspan") {
    made.textContent = source.textContent;
  } else {
    for (const child of source.children) {
      const one = copied(child, depth + 1);
      if (one) made.append(one);
    }
  }
  return made;
}

/** Lines of text below each other. */
export function lines(texts, x, y, size, facts = {}) {
  return drawn("text", {"font-size": size, ...facts}, ...texts.map((text, place) => {
    const line = drawn("tspan", {x, y: y + size * (1 + place * 1.25)});
    line.textContent = text;
    return line;
  }));
}

function written(source) {
  const object = source.localName === "foreignObject" ? source : source.querySelector("foreignObject");
  if (!object) return null;
  const style = styleOf(object.closest("g.shape") || object);
  const size = number(style.getPropertyValue("font-size"), 16);
  const texts = childrenOf(object, "p").flatMap((p) => {
    const found = [""];
    for (const node of p.childNodes) {
      if (node.nodeName.toLowerCase() === "br") found.push("");
      else found[found.length - 1] += node.textContent;
    }
    return found;
  });
  const made = document.createElementNS(SVG, "text");
  made.style.setProperty("font-size", `${size}px`);
  made.style.setProperty("fill", style.getPropertyValue("color") || "#000");
  texts.forEach((line, place) => {
    const span = drawn("tspan", {x: number(object.getAttribute("x")), y: number(object.getAttribute("y")) + size * (place + 1)});
    span.textContent = line;
    made.append(span);
  });
  return made;
}

/**
 * The drawings of each slide, by the id of its image.
 * @param {Document} shapes
 * @returns {Map<string, Drawing[]>}
 */
export function readDrawings(shapes) {
  const found = new Map();
  for (const canvas of shapes.querySelectorAll("g.canvas")) {
    const shapesOfIt = childrenOf(canvas, "g").filter((child) => child.classList.contains("shape"));
    found.set(canvas.getAttribute("image"), shapesOfIt.map((shape) => ({
      begin: number(shape.getAttribute("timestamp")), undo: number(shape.getAttribute("undo"), -1),
      group: trailingDigits(shape.getAttribute("shape") || "") || shape.id, make: () => copied(shape),
    })));
  }
  return found;
}
