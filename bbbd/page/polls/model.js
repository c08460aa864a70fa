// Polls in the meeting's model: the one that is open or on the stage, and published results, which stand in the chat too.

import {insert} from "../chat/model.js";

/**
 * Whether this person asks: the presenter does, and does not answer.
 * @param {State} state
 */
export const asks = (state) => state.presenter === state.you.user;

/**
 * Whether this person sees what is voted: the presenter and moderators do.
 * @param {State} state
 */
export const leads = (state) => state.you.role === "MODERATOR" || asks(state);

/**
 * The poll of an event, if it is still the one that is open or on the stage.
 * @param {State} state
 * @param {string} id
 */
const now = (state, id) => (state.poll?.poll === id ? state.poll : null);

/**
 * A published result, as the chat shows it.
 * @param {State} state
 * @param {Poll} poll
 * @returns {ChatMessage}
 */
export const asMessage = (state, poll) => ({
  n: poll.publishedN, at: poll.published, user: poll.by, name: state.names.get(poll.by) ?? "", text: "", to: "", poll,
});

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const POLL_EVENTS = {
  PollStarted(state, {poll}) {
    state.poll = {...poll, voted: 0, ballots: {}};
    return ["poll"];
  },
  PollVoted(state, {poll: id, user, answers, text, voted}) {
    const poll = now(state, id);
    if (!poll) return [];
    if (user === state.you.user) poll.mine = true;
    if (user && !poll.secret) poll.ballots = {...poll.ballots, [user]: {answers, text}};
    poll.voted = voted ?? Object.keys(poll.ballots ?? {}).length;
    return ["poll"];
  },
  PollReopened(state, {poll: id}) {
    Object.assign(now(state, id) ?? {}, {mine: false, voted: 0, ballots: {}});
    return ["poll"];
  },
  PollEnded(state, {poll: id, totals, rest, respondents, responders}) {
    Object.assign(now(state, id) ?? {}, {state: "ended", totals, rest, respondents, responders, published: 0});
    return ["poll"];
  },
  PollPublished(state, {n, poll: id, totals, rest, respondents, responders, published}) {
    const poll = now(state, id);
    if (!poll) return [];
    Object.assign(poll, {state: "published", totals, rest, respondents, responders, published});
    insert(state, asMessage(state, {...poll, publishedN: n}));
    return ["poll", "chat"];
  },
  PollClosed(state, {poll: id}) {
    if (now(state, id)) state.poll = null;
    return ["poll"];
  },
};
