// The poll on the stage: the question to answer, how many have, and the result. Loaded with the first poll.

import {nameOf} from "../people/model.js";
import {$, bdi, button, el, iconButton, write} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {language, t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {bars, turnout} from "./bars.js";
import {asks, leads} from "./model.js";
import {openStart} from "./start.js";
import {voteForm} from "./vote.js";
import {answerWords, questionOf} from "./words.js";

let card = null;
let shows = "";
let aside = ""; // the poll and state that this person put aside

const stateOf = (poll) => `${poll.poll} ${poll.state} ${poll.state === "open" && !poll.mine}`;

/**
 * Which of its faces the poll has for this person; "" for none.
 * @param {State} state
 */
function face(state) {
  const {poll} = state;
  if (!poll || aside === stateOf(poll)) return "";
  if (poll.state === "published") return "result";
  if (poll.state === "ended") return leads(state) && poll.totals ? "ended" : "";
  if (asks(state)) return "lead";
  return poll.mine ? "mine" : "vote";
}

export const isShown = () => Boolean(card && !card.hidden);

/** @param {State} state */
export function toggle(state) {
  const {poll} = state;
  if (!poll || (asks(state) && poll.state === "ended" && !poll.totals)) openStart();
  else if (asks(state) && poll.state !== "open" && aside === stateOf(poll)) openStart();
  else {
    aside = isShown() ? stateOf(poll) : "";
    touch("poll");
  }
}

/** @param {State} state */
export function focus(state) {
  aside = "";
  draw(state);
  (card.querySelector("input, textarea, .poll-body button") ?? card.querySelector("h2")).focus();
}

const act = (message) => async () => agreed(await ask(message));

/** @param {State} state */
function actions(state, kind) {
  const {poll} = state;
  if (!asks(state)) return [];
  if (kind === "lead") {
    return [button("primary", t("poll.endAndPublish"), act({t: "poll.stop", poll: poll.poll, publish: true})),
      button("quiet", t("poll.end"), act({t: "poll.stop", poll: poll.poll}))];
  }
  return [kind === "ended" && button("primary", t("poll.publish"), act({t: "poll.publish", poll: poll.poll})),
    button("quiet", t("poll.close"), act({t: "poll.close", poll: poll.poll})), button("quiet", t("poll.another"), openStart)];
}

/**
 * Who answered what, for those who lead an open poll.
 * @param {State} state
 */
function names(state) {
  const {poll} = state;
  const given = (/** @type {Ballot} */ {answers = [], text}) => text || answers.map((place) => answerWords(poll, poll.answers[place])).join(", ");
  return Object.entries(poll.ballots ?? {}).map(([user, ballot]) => el("li", {}, bdi(nameOf(state, user)), ": ", bdi(given(ballot))));
}

/** @param {State} state */
function live(state) {
  const {poll} = state;
  if (poll.secret) return [el("p", {class: "aside-note"}, t("poll.secretLead"))];
  const who = names(state);
  const open = card.querySelector("details")?.open;
  return [bars(poll), who.length > 0 && el("details", {open}, el("summary", {}, t("poll.who")), el("ul", {role: "list", class: "poll-who"}, ...who))];
}

/** @param {State} state */
function body(state, kind) {
  const {poll} = state;
  if (kind === "vote") return [voteForm(poll)];
  const changing = el("div", {class: "poll-live"});
  return [kind === "mine" && el("p", {}, t("poll.thanks")), changing, el("p", {class: "aside-note poll-turnout"})];
}

/** Draws what changes with every vote, and leaves the buttons alone. */
function drawLive(state, kind) {
  const {poll} = state;
  const box = card.querySelector(".poll-live");
  if (!box) return;
  const counts = leads(state) || poll.state === "published";
  if (counts) box.replaceChildren(...(poll.state === "open" ? live(state) : [bars(poll)]).filter(Boolean));
  write(card.querySelector(".poll-turnout"), kind === "mine" && !leads(state) ? t("poll.wait") : turnout(poll));
}

/** @param {State} state */
function draw(state) {
  const kind = face(state);
  if (card.hidden === Boolean(kind)) touch("you");
  card.hidden = !kind;
  if (!kind) {
    shows = "";
    return;
  }
  const {poll} = state;
  const facts = JSON.stringify([stateOf(poll), kind, asks(state), leads(state), language(), page.connected]);
  if (shows !== facts) {
    shows = facts;
    const focused = card.contains(document.activeElement);
    const title = {vote: "poll.title", mine: "poll.title", lead: "poll.title", ended: "poll.ended", result: "poll.resultTitle"}[kind];
    const heading = el("h2", {id: "poll-title", tabindex: "-1"}, el("span", {class: "kicker"}, t(title)), bdi(questionOf(poll), {dir: "auto"}));
    const close = iconButton("close", t("poll.aside"), () => {
      aside = stateOf(poll);
      touch("poll");
      [$("tool-poll"), $("tool-more")].find((tool) => tool.offsetParent)?.focus();
    });
    const buttons = actions(state, kind).filter(Boolean);
    card.replaceChildren(el("div", {class: "poll-head"}, heading, close), el("div", {class: "poll-body"}, ...body(state, kind)),
      ...(buttons.length ? [el("div", {class: "poll-actions"}, ...buttons)] : []));
    if (focused) heading.focus();
  }
  drawLive(state, kind);
}

const style = () => new Promise((resolve, reject) => {
  const href = new URL("polls.css", import.meta.url);
  document.head.append(el("link", {rel: "stylesheet", href, onload: resolve, onerror: reject}));
});

export async function start() {
  await style();
  card = el("section", {id: "poll", "aria-labelledby": "poll-title", hidden: true});
  $("bar").before(card);
  watch(["poll", "roster", "people", "connection", "words"], (state) => state && draw(state));
}
