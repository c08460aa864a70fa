// Translations: loads one language, fills in values, picks plural forms. The server sends keys and values only.

const LANGUAGES = ["en", "de", "fr", "es"];
// A name that is written from right to left must not turn the sentence around it.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

let strings = {};
let current = "en";
let rules = new Intl.PluralRules("en");

export const language = () => current;

/** The locale for times and numbers: the browser's, where it is of the page's language. */
export const locale = () => navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === current) ?? current;

/** The first of the wanted languages ("de-AT", "pt_BR") that the page has, else English. */
export function choose(...wanted) {
  for (const tag of wanted) {
    const short = String(tag || "").toLowerCase().split(/[-_]/)[0];
    if (LANGUAGES.includes(short)) return short;
  }
  return "en";
}

export async function load(wanted) {
  const answer = await fetch(new URL(`../strings.${wanted}.json`, import.meta.url));
  strings = await answer.json();
  current = wanted;
  rules = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted;
  translate(document);
}

export function t(key, values = {}) {
  const text = strings[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (hole, name) => {
    const value = values[name];
    if (value === undefined) return hole;
    if (typeof value === "number") return value.toLocaleString(current);
    return RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
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
