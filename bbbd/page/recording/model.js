// The recording in the meeting's model: whether it runs, since when, and for how long it ran before.

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const RECORDING_EVENTS = {
  RecordingMarked(state, {on, total, at}) {
    state.recording = {on, total, since: on ? at : 0, marked: state.recording.marked || on};
    return ["recording"];
  },
};

/** Milliseconds of recording so far. */
export const recorded = ({on, since, total}, now) => total + (on ? Math.max(0, now - since) : 0);
