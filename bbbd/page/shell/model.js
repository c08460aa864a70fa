// The meeting as this person may see it: the fold of the events over a snapshot. Knows no document, socket or clock.
// Each feature's model has the rules for its own events; a new one is added to EVENTS.

import {BREAKOUT_EVENTS} from "../breakouts/model.js";
import {CHAT_EVENTS, insert, keepOlder} from "../chat/model.js";
import {HAND_EVENTS} from "../hands/model.js";
import {LOBBY_EVENTS} from "../lobby/model.js";
import {PEOPLE_EVENTS, remember} from "../people/model.js";
import {asMessage, POLL_EVENTS} from "../polls/model.js";
import {RECORDING_EVENTS} from "../recording/model.js";
import {SLIDE_EVENTS} from "../slides/model.js";

/** @type {Rules} */
const EVENTS = {
  ...PEOPLE_EVENTS, ...CHAT_EVENTS, ...HAND_EVENTS, ...POLL_EVENTS, ...RECORDING_EVENTS, ...SLIDE_EVENTS, ...LOBBY_EVENTS,
  ...BREAKOUT_EVENTS,
};

/**
 * Reads a snapshot; of the state before, older chat that was fetched on request stays.
 * @param {Snapshot} snapshot
 * @param {State | null} before
 * @returns {State}
 */
export function fromSnapshot(snapshot, before = null) {
  const {people, chat, more, recording, lobby, userdata, results, t: _, ...rest} = snapshot;
  const state = {
    lobby: null,
    pointer: null,
    talking: [],
    health: before?.health ?? {},
    apart: before?.apart ?? [],
    ...rest,
    decks: snapshot.decks.map((deck) => ({...deck})),
    people: new Map(people.map((person) => [person.user, {...person}])),
    names: new Map(before && before.epoch === snapshot.epoch ? before.names : []),
    threads: new Map([["", {messages: [], more}]]),
    recording: {...recording},
    userdata: userdata || {},
    breakouts: snapshot.breakouts ?? null,
    kept: snapshot.kept ?? [],
  };
  if (lobby) state.lobby = lobby;
  for (const {user, name} of [...people].sort((a, b) => a.joined - b.joined)) remember(state, user, name);
  // Results stand among the messages; those before the oldest message that is known are left out.
  const since = more && chat.length ? chat[0].n : 0;
  const shown = results.filter(({publishedN}) => publishedN >= since).map((poll) => asMessage(state, poll));
  for (const message of [...chat, ...shown].sort((a, b) => a.n - b.n)) insert(state, message, more);
  if (before && before.epoch === snapshot.epoch && more) keepOlder(state, before, chat.length ? chat[0].n : Infinity);
  return state;
}

/**
 * Whether an event is still to be applied. Events without a number replace a whole value, and always are.
 * @param {State} state
 * @param {{n?: number}} event
 */
export const isNews = (state, {n}) => n === undefined || n > state.n;

/**
 * Applies one event and returns the topics to draw. Unknown events change nothing.
 * @param {State} state
 * @param {MeetingEvent} event
 * @returns {Topic[]}
 */
export function apply(state, event) {
  if (event.n !== undefined) state.n = event.n;
  return EVENTS[event.e]?.(state, /** @type {any} */ (event)) ?? [];
}
