// Breakout rooms in the meeting's model. What is seen of them comes whole, as the server sends it for this person.

import {isModerator} from "../people/model.js";
import {has} from "../shell/features.js";

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const BREAKOUT_EVENTS = {
  BreakoutsOpened: () => [],
  BreakoutMoved: () => [],
  BreakoutsExtended: () => [],
  BreakoutsAnnounced: () => [],
  BreakoutsClosed: () => [],
  DurationChanged(state, {duration, ends}) {
    Object.assign(state.meeting, {duration, ends});
    return ["meeting", "second"];
  },
};

/** @param {State} state */
export const mayOpenRooms = (state) => isModerator(state) && has(state, "breakoutRooms") && !state.meeting.breakout;

/**
 * The room where this person belongs, if there is one.
 * @param {State} state
 */
export const ownRoom = ({breakouts}) =>
  breakouts?.mine ? breakouts.rooms.find(({sequence}) => sequence === breakouts.mine) : undefined;

/**
 * Spreads people over so many rooms by chance, as evenly as it goes.
 * @param {string[]} users
 * @param {number} rooms
 * @param {() => number} random
 * @returns {Map<string, number>} the place of each one's room, from 0
 */
export function spread(users, rooms, random = Math.random) {
  const mixed = [...users];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return new Map(mixed.map((user, at) => [user, at % rooms]));
}
