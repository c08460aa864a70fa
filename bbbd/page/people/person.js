// Parts that show one person: name, role, microphone, camera, screen.

import {healthOf, isTalking} from "../media/model.js";
import {bdi, el} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {t} from "../shell/strings.js";
import {numberOf} from "./model.js";

const SOUND = {listen: ["headphones", "sound.listen"], muted: ["mic-off", "sound.muted"], on: ["mic", "sound.on"]};
const sign = (name, words) => el("span", {class: "sign", title: words}, icon(name), el("span", {class: "aside"}, words));

const HEALTH = {poor: "health.poor", bad: "health.bad"};

/**
 * Icons, each with a word for screen readers.
 * @param {Person} person
 * @param {State} state
 */
export function signs({user, microphone, cameras, screen}, state) {
  const nodes = [];
  const health = HEALTH[healthOf(state, user)];
  if (health) nodes.push(sign("bars", t(health)));
  if (screen) nodes.push(sign("screen", t("sound.screen")));
  if (cameras) nodes.push(sign("camera", t("sound.camera")));
  if (isTalking(state, user)) nodes.push(sign("media/media.svg#speaker", t("sound.talking")));
  else if (SOUND[microphone]) nodes.push(sign(SOUND[microphone][0], t(SOUND[microphone][1])));
  return nodes;
}

/**
 * @param {Person} person
 * @param {State} state
 */
export function nameNode(person, state) {
  const number = numberOf(state, person.user);
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
