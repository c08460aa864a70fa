// The form with which a person answers: a button for each answer, boxes where several may be chosen, or a field.

import {bdi, button, el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {answerWords} from "./words.js";

/** @param {Poll} poll */
const vote = async (poll, facts) => agreed(await ask({t: "poll.vote", poll: poll.poll, ...facts}));

/** @param {Poll} poll */
function typed(poll) {
  const field = el("input", {type: "text", dir: "auto", maxlength: page.limits.answer, required: true, "aria-labelledby": "poll-title", autocomplete: "off"});
  const send = () => (field.value.trim() ? vote(poll, {text: field.value}) : toast(t("poll.nothing")));
  return el("form", {class: "poll-form", onsubmit: (event) => {
    event.preventDefault();
    send();
  }}, field, el("button", {type: "submit", class: "primary"}, t("poll.send")));
}

/** @param {Poll} poll */
function several(poll) {
  const boxes = poll.answers.map((answer) => {
    const box = el("input", {type: "checkbox"});
    return {box, label: el("label", {class: "check"}, box, bdi(answerWords(poll, answer), {dir: "auto"}))};
  });
  const send = () => {
    const answers = boxes.flatMap(({box}, place) => (box.checked ? [place] : []));
    if (answers.length) vote(poll, {answers});
    else toast(t("poll.nothing"));
  };
  return el("form", {class: "poll-form", onsubmit: (event) => {
    event.preventDefault();
    send();
  }}, el("fieldset", {"aria-labelledby": "poll-title"}, el("legend", {class: "aside-note"}, t("poll.several")), ...boxes.map(({label}) => label)),
  el("button", {type: "submit", class: "primary"}, t("poll.send")));
}

/** @param {Poll} poll */
function one(poll) {
  const buttons = poll.answers.map((answer, place) => button("quiet", bdi(answerWords(poll, answer), {dir: "auto"}), () => vote(poll, {answers: [place]})));
  return el("div", {class: "poll-form poll-choices", role: "group", "aria-labelledby": "poll-title", "data-kind": poll.kind}, ...buttons);
}

/** @param {Poll} poll */
export function voteForm(poll) {
  const form = poll.kind === "R-" ? typed(poll) : poll.multiple ? several(poll) : one(poll);
  return el("div", {}, form, el("p", {class: "aside-note"}, t(poll.secret ? "poll.secretVote" : "poll.openVote")));
}
