// The recording's files. The page says which there are, and has the small ones; the others are asked for at once.

import {$} from "../../page/shell/dom.js";
import {unarmed} from "./texts.js";

/** @type {RecordingFacts} */
export const recording = JSON.parse(document.body.dataset.recording);

/** What came with the page: words of one language, and texts of the recording. @type {PageGift} */
export const given = JSON.parse($("given").textContent);

// The only place where a text becomes a document. It stays apart from the page, and nothing in it runs.
const POLICY = self.trustedTypes?.createPolicy("bbbd", {createHTML: (text) => text});
const inert = (text) => POLICY ? POLICY.createHTML(text) : text;

/** The address of one of the recording's files. */
export const address = (name) => recording.base + name;

async function read(name, understand) {
  if (!recording.data.includes(name)) return null;
  try {
    if (name in given.texts) return understand(given.texts[name]);
    const answer = await fetch(address(name));
    return answer.ok ? understand(await answer.text()) : null;
  } catch {
    return null;
  }
}

/** An XML file; null if it is missing or broken. Of drawings the styles are in ``data-style``. */
export const readXml = (name) => read(name, (text) => {
  const known = name.endsWith(".svg") ? unarmed(text) : text;
  const found = new DOMParser().parseFromString(inert(known), "text/xml");
  return found.querySelector("parsererror") ? null : found;
});

export const readJson = (name) => read(name, JSON.parse);

/** What an HTML file holds, in a template: of another document, the page's policy would report what it forbids there. */
export const readHtml = (name) => read(name, (text) => {
  const template = document.createElement("template");
  template.innerHTML = inert(unarmed(text));
  return template.content;
});

/** The children of an element that have a name. Elements below them are not searched. */
export const childrenOf = (element, name) => [...element.children].filter((child) => child.localName === name);

/** A number of a file, within what a drawing or a time can be. */
export const number = (value, otherwise = 0) => {
  const found = typeof value === "number" ? value : parseFloat(value);
  return Number.isFinite(found) ? Math.min(Math.max(found, -1e7), 1e7) : otherwise;
};

/** The last of a list in order of time that has begun. */
export function last(list, now) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].begin <= now) low = middle + 1;
    else high = middle;
  }
  return low ? list[low - 1] : null;
}
