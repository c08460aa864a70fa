// Renders one message of the chat.

import {avatar} from "../people/avatar.js";
import {numberOf} from "../people/model.js";
import {bars, turnout} from "../polls/bars.js";
import {questionOf} from "../polls/words.js";
import {bdi, button, el} from "../shell/dom.js";
import {t} from "../shell/strings.js";
import {hourOf} from "../shell/time.js";
import {refusal} from "../shell/toast.js";
import {linked} from "./links.js";
import {removeFromOutbox} from "./outbox.js";

const TOGETHER = 5 * 60_000;

/** Messages of one person within a few minutes stand under one name. */
const follows = (message, before) =>
  Boolean(before) && !before.poll && !message.poll && before.user === message.user && message.at - before.at < TOGETHER;

/** @param {Poll} poll */
const result = (poll) => el("div", {class: "poll-result"}, el("p", {class: "kicker"}, t("poll.resultTitle")),
  el("p", {class: "text", dir: "auto"}, questionOf(poll)), bars(poll), el("p", {class: "aside-note"}, turnout(poll)));

/**
 * @param {ChatMessage} message
 * @param {ChatMessage | undefined} before
 * @param {State} state
 */
export function messageNode(message, before, state) {
  const {user, name, at, text} = message;
  /** @type {Partial<Person> & {user: string}} */
  const person = state.people.get(user) || {user, name};
  const digit = numberOf(state, user);
  const number = () => el("span", {class: "number", "data-user": user}, digit ? ` (${digit})` : "");
  const time = el("time", {datetime: new Date(at).toISOString()}, hourOf(at));
  const body = message.poll ? result(message.poll) : el("p", {class: "text", dir: "auto"}, ...linked(text));
  if (follows(message, before)) {
    const who = el("span", {class: "aside"}, bdi(name), number(), " ", time);
    return el("article", {class: "message together"}, el("div", {class: "said"}, who, body));
  }
  const head = el("p", {class: "message-head"}, bdi(name, {class: "author", title: name}), number(),
    person.role === "MODERATOR" && el("span", {class: "tag"}, t("role.moderator")), time);
  return el("article", {class: "message"}, avatar({...person, name}), el("div", {class: "said"}, head, body));
}

/** A message without its event yet, or a refused one. */
export function pendingNode(message, takeBack) {
  const {text, why, id} = message;
  const foot = why
    ? el("p", {class: "pending-why"}, `${t("chat.notSent")} ${refusal(why)} `, button("link", t("chat.edit"), () => {
      removeFromOutbox(id);
      takeBack(text);
    }))
    : el("p", {class: "pending-why"}, t("chat.sending"));
  return el("article", {class: `message pending${why ? " refused" : ""}`}, el("div", {class: "said"}, el("p", {class: "text", dir: "auto"}, ...linked(text)), foot));
}
