// Hands and reactions in the meeting's model: both are facts of a person.

import {change} from "../people/model.js";

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const HAND_EVENTS = {
  HandRaised(state, {user, at}) {
    change(state, user, {hand: at});
    return ["roster"];
  },
  HandLowered(state, {user}) {
    change(state, user, {hand: 0});
    return ["roster"];
  },
  Reacted(state, {user, emoji, at}) {
    change(state, user, {reaction: {emoji, at}});
    return ["people"];
  },
};
