// A result as bars with numbers.

import {bdi, el} from "../shell/dom.js";
import {plural} from "../shell/strings.js";
import {answeredBy, answerWords, totalsOf, votesWords} from "./words.js";

/** @param {Poll} poll */
export function bars(poll) {
  const totals = totalsOf(poll);
  const most = Math.max(1, ...totals.map(({votes}) => votes));
  const rows = totals.map(({text, votes}) => {
    const bar = el("i", {class: "poll-bar", "aria-hidden": "true"});
    bar.style.inlineSize = `${(100 * votes) / most}%`;
    return el("li", {}, bdi(answerWords(poll, text)), " ", el("b", {}, votesWords(poll, votes)), bar);
  });
  return el("ul", {class: "poll-bars", role: "list"}, ...rows, poll.rest > 0 && el("li", {}, plural("poll.rest", poll.rest)));
}

/** How many have answered, and of how many once that is known. */
export const turnout = (poll) =>
  poll.state === "open" ? plural("poll.answered", answeredBy(poll)) : plural("poll.answeredOf", poll.responders ?? 0, {of: poll.respondents});
