// One's own sound, camera and screen: what the person wants, which outlives a link that breaks.

import {page} from "../shell/store.js";

/**
 * ``sound``: out, only listening, or with a microphone. ``asking``: what the browser asks the person for now.
 * @type {Mine}
 */
export const mine = {sound: "out", camera: false, screen: false, asking: ""};

/** Whether the server has an engine. */
export const isThere = () => Boolean(page.media) && page.media.engine !== "off";

/** Whether this browser has links at all: some builds of WebKit have none. */
export const isAble = () => "RTCPeerConnection" in window;

/** Whether sound and cameras go from browser to browser. */
export const isMesh = () => page.media?.engine === "mesh";

/** What is kept of people's media while recording is on: "all", "sound" or "off". */
export const keeps = () => page.media?.keeps ?? "off";

/** The reason for which nothing of it works now, or "". */
export const isAway = () => isThere() && !page.media.up;

/**
 * This person, as everybody sees them.
 * @param {State} state
 */
export const me = (state) => state.people.get(state.you.user);
