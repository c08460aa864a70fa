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
  for (const child of children) if (child !== null && child !== undefined && child !== false) node.append(child);
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
  if (node.textContent !== text) node.textContent = text;
}

/** A control that is forbidden stays in place and in the tab order, and says why. */
export function forbid(control, why) {
  if (why) {
    control.setAttribute("aria-disabled", "true");
    control.title = why;
    control.dataset.why = why;
  } else if (control.dataset.why) {
    control.removeAttribute("aria-disabled");
    control.removeAttribute("title");
    delete control.dataset.why;
  }
}
