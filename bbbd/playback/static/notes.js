// The shared notes: copied from their file element by element from a fixed list, without attributes but the addresses of
// links.

import {$, el} from "../../page/shell/dom.js";
import {readHtml} from "./files.js";
import {isWeb} from "./texts.js";

const ELEMENTS = new Set(["p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "ul", "ol", "li",
  "h1", "h2", "h3", "h4", "blockquote", "pre", "code", "table", "tbody", "thead", "tr", "td", "th", "a", "hr"]);
// The page has headings of its own above them.
const LOWER = {h1: "h3", h2: "h4", h3: "h5", h4: "h6"};
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "noscript", "head", "title", "svg", "math"]);
const BLOCKS = new Set(["p", "br", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "pre", "tr", "hr"]);
const DEEPEST = 60;

let notes = null;

export async function readNotes() {
  const found = await readHtml("notes.html");
  if (found) notes = found;
  if (!notesLines().length) notes = null;
}

function copyInto(target, source, depth) {
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      target.append(node.textContent);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      const name = node.localName;
      if (DROPPED.has(name)) continue;
      const isKnown = ELEMENTS.has(name) && depth < DEEPEST;
      const made = isKnown ? document.createElement(LOWER[name] || name) : target;
      if (depth < 10 * DEEPEST) copyInto(made, node, depth + 1);
      if (!isKnown) continue;
      const address = name === "a" && node.getAttribute("href");
      if (address && isWeb(address)) {
        made.href = address;
        made.target = "_blank";
        made.rel = "noopener noreferrer nofollow";
      }
      target.append(made);
    }
  }
}

/** The notes line by line, for the search. */
export function notesLines() {
  if (!notes) return [];
  const found = [""];
  const walk = (node, depth) => {
    if (node.nodeType === Node.TEXT_NODE) found[found.length - 1] += node.textContent;
    if (depth > 10 * DEEPEST || DROPPED.has(node.localName)) return;
    if (BLOCKS.has(node.localName)) found.push("");
    for (const child of node.childNodes) walk(child, depth + 1);
    if (BLOCKS.has(node.localName)) found.push("");
  };
  walk(notes, 0);
  return found.map((line) => line.trim()).filter(Boolean);
}

/** Shows the notes; returns whether there are any. */
export function startNotes() {
  if (!notes) return false;
  const body = el("div", {class: "notes", dir: "auto"});
  copyInto(body, notes, 0);
  $("notes").replaceChildren(body);
  return true;
}
