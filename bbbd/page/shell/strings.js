// Translations: loads one language, fills in values, picks plural forms. The server sends keys and values only.

import {LANGUAGES, short} from "./languages.js";

// A name that is written the other way must not turn the sentence around it.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

let strings = {};
let current = "en";
let rules = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");
let formats = new Map(); // of times, by their options

export const language = () => current;

/** The locale for times and numbers: the browser's, where it is of the page's language. */
const localeNow = () => {
  const own = navigator.languages.find((tag) => short(tag) === short(current)) ?? current;
  // The page's own counts have European digits: all have the same.
  return short(own) === "ar" ? `${own}-u-nu-latn` : own;
};

let chosen = localeNow();

export const locale = () => chosen;

/** A time written with these options; a formatter is made once, since that takes longer than anything it does. */
export function written(at, options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(chosen, options));
  return formats.get(key).format(at);
}

async function read(tag) {
  const answer = await fetch(new URL(`../strings.${tag}.json`, import.meta.url));
  return answer.json();
}

/**
 * @param {string} tag
 * @param {{tag: string, words: any}} early words that are there, or on their way
 */
export async function load(tag, early = globalThis.early) {
  strings = (early?.tag === tag && await early.words) || await read(tag);
  current = tag;
  chosen = localeNow();
  rules = new Intl.PluralRules(tag);
  numbers = new Intl.NumberFormat(chosen);
  formats = new Map();
  // The first use of each takes longest: not in the first drawing.
  rules.select(1);
  numbers.format(1);
  document.documentElement.lang = tag;
  document.dir = tag === "ar" ? "rtl" : "ltr";
  translate(document);
}

export function t(key, values = {}) {
  const text = strings[key] ?? key;
  if (!text.includes("{")) return text;
  return text.replace(/\{(\w+)\}/g, (hole, name) => {
    const value = values[name];
    if (value === undefined) return hole;
    if (typeof value === "number") return numbers.format(value);
    return document.dir === "rtl" || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
  });
}

/** The sentence for so many: its key ends in the plural category of the number, as "one". */
export function plural(key, count, values = {}) {
  const exact = `${key}.${rules.select(count)}`;
  return t(exact in strings ? exact : `${key}.other`, {...values, count});
}

function translate(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of root.querySelectorAll("[data-t-placeholder]")) node.placeholder = t(node.dataset.tPlaceholder);
}

export const languages = () =>
  LANGUAGES.map((tag) => [tag, new Intl.DisplayNames(tag, {type: "language"}).of(tag)]);
