// Parts that show one person: name, role, microphone, camera, screen.

import {bdi, el, icon} from "../shell/dom.js";
import {t} from "../shell/strings.js";

const SOUND = {listen: ["headphones", "sound.listen"], muted: ["mic-off", "sound.muted"], on: ["mic", "sound.on"]};
const said = (name, words) => el("span", {class: "sign", title: words}, icon(name), el("span", {class: "aside"}, words));

/**
 * Icons, each with a word for screen readers.
 * @param {Person} person
 */
export function signs({microphone, cameras, screen}) {
  const nodes = [];
  if (screen) nodes.push(said("screen", t("sound.screen")));
  if (cameras) nodes.push(said("camera", t("sound.camera")));
  if (SOUND[microphone]) nodes.push(said(SOUND[microphone][0], t(SOUND[microphone][1])));
  return nodes;
}

/** A name as it looks: without invisible characters, each letter in one form. */
const looks = (name) => name.normalize("NFKC").replace(/\p{Cf}/gu, "").replace(/\s+/g, " ").trim().toLocaleLowerCase();

/** People whose names look the same get a number to distinguish them: user -> number, in the order they came. */
export function numbers(people) {
  const named = new Map();
  for (const person of people) {
    const key = looks(person.name);
    if (!named.has(key)) named.set(key, []);
    named.get(key).push(person);
  }
  const found = new Map();
  for (const same of named.values()) {
    if (same.length < 2) continue;
    same.sort((a, b) => a.joined - b.joined).forEach((person, index) => found.set(person.user, index + 1));
  }
  return found;
}

/**
 * @param {Person} person
 * @param {State} state
 */
export function nameNode(person, state, number) {
  return el("span", {class: "name"}, bdi(person.name, {title: person.name}),
    number ? el("span", {class: "number"}, ` (${number})`) : null,
    person.user === state.you.user ? el("span", {class: "you"}, ` ${t("you")}`) : null);
}

/**
 * "Moderator · Presenter · guest".
 * @param {Person} person
 * @param {State} state
 */
export function kinds(person, state) {
  const words = [t(person.role === "MODERATOR" ? "role.moderator" : "role.viewer")];
  if (state.presenter === person.user) words.push(t("presenter"));
  if (person.guest) words.push(t("guest"));
  if (person.away) words.push(t("away"));
  return words.join(" · ");
}
