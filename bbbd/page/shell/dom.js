// Small functions to make elements. Text enters the document only as text.

import {icon} from "./icons.js";

const BASE = new URL("..", import.meta.url).href;

/**
 * @template {string} Id
 * @param {Id} id
 * @returns {Id extends keyof Elements ? Elements[Id] : HTMLElement}
 */
export const $ = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * An element; what starts with "on" is listened to, false and null are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} facts
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false && child !== "") node.append(child);
  return node;
}

/** Adds a style sheet, and waits until it counts. */
export const styleSheet = (name) => new Promise((resolve, reject) => {
  document.head.append(el("link", {rel: "stylesheet", href: BASE + name, onload: resolve, onerror: reject}));
});

/** What a person wrote, kept from turning the text around it. */
export const bdi = (text, facts = {}) => el("bdi", facts, text);

export const button = (kind, label, onPress, iconName) =>
  el("button", {type: "button", class: kind, onclick: onPress}, iconName && icon(iconName), label);

export const iconButton = (iconName, label, onPress, kind = "icon-button") =>
  el("button", {type: "button", class: kind, "aria-label": label, title: label, onclick: onPress}, icon(iconName));

/**
 * Text is changed only where it differs, so that nothing is drawn or read twice.
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent === text) return;
  const only = node.firstChild;
  // A text that is there keeps its place in the layout.
  if (only instanceof Text && !only.nextSibling) only.data = text;
  else node.textContent = text;
}

/**
 * Attributes are changed only where they differ: one that is set to what it is has the browser compute its styles again.
 * @param {Element} node
 * @param {Record<string, string | number | boolean | null>} facts true and false: there, empty, and not there
 */
export function set(node, facts) {
  for (const [name, value] of Object.entries(facts)) {
    const text = value === true ? "" : value === false || value === null ? null : String(value);
    if (node.getAttribute(name) === text) continue;
    if (text === null) node.removeAttribute(name);
    else node.setAttribute(name, text);
  }
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Draws what is in an element anew where that shows other facts than before.
 * @param {Element} node
 * @param {unknown} facts
 * @param {() => Child[]} make
 */
export function redraw(node, facts, make) {
  const shows = JSON.stringify(facts);
  if (drawn.get(node) === shows) return;
  drawn.set(node, shows);
  node.replaceChildren(.../** @type {(Node | string)[]} */ (make().filter(Boolean)));
}

/** A control that is forbidden stays in place and in the tab order, and says why. */
export function forbid(control, why) {
  if (why || control.dataset.why) set(control, {"aria-disabled": why ? "true" : null, title: why || null, "data-why": why || null});
}
