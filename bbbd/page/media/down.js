// What this page receives: one link, whose offers are the server's.

import {page} from "../shell/store.js";
import {send} from "../shell/wire.js";

const PAUSE = 3000; // milliseconds until a failed link is asked for anew, doubled each time
const LONGEST = 60_000;

/** @type {RTCPeerConnection | null} */
let pc = null;
let queue = Promise.resolve();
let pause = PAUSE;
let retry = 0;
/** @type {((received: Received[]) => void)[]} */
const listeners = [];

/** @param {(received: Received[]) => void} listener */
export function onReceived(listener) {
  listeners.push(listener);
}

export const downLink = () => pc;

/** Says which tracks are received now. @param {Received[]} received */
export function report(received) {
  for (const listener of listeners) listener(received);
}

/** Takes an offer of the server, and answers it. */
export function takeOffer(message) {
  queue = queue.then(() => answer(message)).catch(broke);
}

async function answer({sdp, offer, fresh, feeds}) {
  if (fresh || !pc) open();
  const mine = pc;
  await mine.setRemoteDescription({type: "offer", sdp});
  await mine.setLocalDescription();
  send({t: "media.down", offer, sdp: mine.localDescription.sdp});
  const received = mine.getTransceivers()
    .filter(({mid, currentDirection}) => mid in feeds && currentDirection === "recvonly")
    .map(({mid, receiver}) => ({mid, track: receiver.track, ...feeds[mid]}));
  report(received);
}

function open() {
  close();
  const mine = new RTCPeerConnection({iceServers: page.media.ice, bundlePolicy: "max-bundle", iceTransportPolicy: page.media.relayOnly ? "relay" : "all"});
  pc = mine;
  mine.onconnectionstatechange = () => {
    if (pc !== mine) return;
    if (mine.connectionState === "connected") pause = PAUSE;
    if (mine.connectionState === "failed") broke();
  };
}

function broke() {
  clearTimeout(retry);
  retry = setTimeout(() => send({t: "media.restart"}), pause);
  pause = Math.min(2 * pause, LONGEST);
}

function close() {
  clearTimeout(retry);
  if (pc) pc.onconnectionstatechange = null;
  pc?.close();
  pc = null;
}

/** Ends the link; nothing is received any more. */
export function closeDown() {
  close();
  report([]);
}
