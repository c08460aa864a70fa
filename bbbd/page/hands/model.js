// Hands and reactions in the meeting's model: both are facts of a person.

import {change} from "../people/model.js";

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const HAND_EVENTS = {
  HandRaised(state, {user, at}) {
    return ["hands", ...change(state, user, {hand: at})];
  },
  HandLowered(state, {user}) {
    return ["hands", ...change(state, user, {hand: 0})];
  },
  Reacted(state, {user, emoji, at}) {
    change(state, user, {reaction: {emoji, at}});
    return ["people"];
  },
};
