// The words of a poll: its answers in the language of the page, numbers, and a result as one text.

import {locale, plural, t} from "../shell/strings.js";

/** Answers of the kinds that BigBlueButton spells in English. */
const ANSWERS = {Yes: "poll.yes", No: "poll.no", Abstention: "poll.abstention", True: "poll.true", False: "poll.false"};
const SPELT = new Set(["YN", "YNA", "TF"]);

/** @param {Poll} poll */
export const answerWords = ({kind}, text) => (SPELT.has(kind) && text in ANSWERS ? t(ANSWERS[text]) : text);

/** @param {Poll} poll */
export const questionOf = ({question}) => question || t("poll.noQuestion");

/**
 * The votes for each answer, those until now while the poll is open.
 * @param {Poll} poll
 * @returns {{text: string, votes: number}[]}
 */
export function totalsOf(poll) {
  if (poll.state !== "open") return poll.totals ?? [];
  const counts = new Map(poll.answers.map((answer) => [answer, 0]));
  for (const {answers = [], text} of Object.values(poll.ballots ?? {})) {
    for (const given of text ? [text] : answers.map((place) => poll.answers[place])) counts.set(given, (counts.get(given) ?? 0) + 1);
  }
  const found = [...counts].map(([text, votes]) => ({text, votes}));
  return poll.kind === "R-" ? found.sort((a, b) => b.votes - a.votes) : found;
}

/** @param {Poll} poll */
export const answeredBy = (poll) => (poll.state === "open" ? poll.voted ?? 0 : poll.responders ?? 0);

/**
 * A number of votes with its share of those who answered: "3 (60 %)".
 * @param {Poll} poll
 */
export function votesWords(poll, votes) {
  const of = answeredBy(poll);
  const share = of ? (votes / of).toLocaleString(locale(), {style: "percent"}) : "";
  return share ? t("poll.votes", {count: votes, share}) : votes.toLocaleString(locale());
}

/**
 * A result as one text, to be read aloud or saved.
 * @param {Poll} poll
 */
export function resultText(poll) {
  const answers = totalsOf(poll).map(({text, votes}) => `${answerWords(poll, text)} ${votesWords(poll, votes)}`);
  const answered = plural("poll.answered", poll.responders ?? 0);
  return [t("poll.result", {question: questionOf(poll)}), [...answers, answered].join(", ")].join(" ");
}
