// The recording in the meeting's model: whether it runs, since when, for how long it ran before, and whether this person
// agreed to it.

import {keeps} from "../media/mine.js";

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const RECORDING_EVENTS = {
  RecordingMarked(state, {on, by, total, at}) {
    state.recording = {on, total, since: on ? at : 0, marked: state.recording.marked || on};
    // The person who starts the recording knows of it.
    if (on && by === state.you.user && state.consent !== false) Object.assign(state, {consent: true, agreedTo: keeps()});
    return ["recording"];
  },
  RecordingConsent(state, {agrees}) {
    Object.assign(state, {consent: agrees, agreedTo: keeps()});
    return ["recording"];
  },
};

/** Milliseconds of recording so far. */
export const recorded = ({on, since, total}, now) => total + (on ? Math.max(0, now - since) : 0);
