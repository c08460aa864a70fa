// What this page sends: one link, with a new offer for each change of its tracks. Where everything goes from browser to
// browser, the server is told what is sent, and mesh.js has the links.

import {page, touch} from "../shell/store.js";
import {ask, TAB} from "../shell/wire.js";
import {refill} from "./mesh.js";
import {isMesh} from "./mine.js";

const PATIENCE = 25_000; // milliseconds until a link has to be there
const PAUSES = [0.5, 1, 2, 4, 8, 15, 30];
/** Refusals that pass. */
const LATER = new Set(["unavailable", "lost", "tooMany"]);

/** @type {UpLink | null} */
let link = null;
/** @type {Map<TrackKind, Sent>} */
const wanted = new Map();
let queue = Promise.resolve();
let tries = 0;
let retry = 0;
let patience = 0;
let isMuted = () => false;
let troubled = () => {};
/** @type {(kind: TrackKind, answer: Answer) => void} */
let refused = () => {};

/**
 * Says how one comes in, what to do when no link can be made, and when the server refuses what went on before.
 * @param {{isMuted: () => boolean, troubled: () => void, refused: (kind: TrackKind, answer: Answer) => void}} given
 */
export function startUp(given) {
  ({isMuted, troubled, refused} = given);
}

/** @param {TrackKind} kind */
export const isSent = (kind) => wanted.has(kind);

export const upLink = () => link?.pc ?? null;

/** @param {TrackKind} kind @returns {MediaStreamTrack | null} */
export const sentTrack = (kind) => wanted.get(kind)?.track ?? null;

/**
 * Sends tracks from now on; what the server refuses is not sent.
 * @param {Partial<Record<TrackKind, Sent>>} tracks
 * @returns {Promise<Answer>}
 */
export async function put(tracks) {
  const kinds = /** @type {TrackKind[]} */ (Object.keys(tracks));
  for (const kind of kinds) wanted.set(kind, tracks[kind]);
  const answer = await negotiate();
  // Where the server is away, it goes on by itself when it is back.
  if (answer.t === "no" && !LATER.has(answer.key)) for (const kind of kinds) wanted.delete(kind);
  if (answer.t === "no" && !link && wanted.size) again();
  return answer;
}

/** @param {TrackKind[]} kinds */
export async function take(...kinds) {
  if (kinds.filter((kind) => wanted.delete(kind)).length && (link || isMesh())) await negotiate();
}

/**
 * Sends another track in place of one; null sends nothing. Nothing is negotiated.
 * @param {TrackKind} kind
 * @param {MediaStreamTrack | null} track
 */
export async function replace(kind, track) {
  if (!wanted.has(kind)) return;
  wanted.get(kind).track = track;
  if (isMesh()) await refill();
  else await link?.transceivers.get(kind)?.sender.replaceTrack(track);
}

/** Offers everything on a new link, as soon as that can be. */
export function renew() {
  drop();
  if (wanted.size) again();
}

/** The link broke, or there was none to be: a new one is made after a pause that grows. */
export function again() {
  clearTimeout(retry);
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)] * 1000 * (0.8 + 0.4 * Math.random());
  tries += 1;
  if (tries === 3) troubled();
  retry = setTimeout(retryNow, pause);
}

async function retryNow() {
  if (!wanted.size || !page.connected || !page.media?.up) return;
  const answer = await negotiate(true);
  if (answer.t !== "no") return;
  if (answer.key === "full" && wanted.delete("camera")) refused("camera", answer);
  again();
}

/** Says anew what is sent from browser to browser: the server may have forgotten it, or this page. */
export const shareAgain = () => negotiate();

/** The server has it all forgotten, is back, or has another engine: the pauses begin anew. */
export function afresh() {
  drop();
  tries = 0;
  if (wanted.size) again();
}

function drop() {
  clearTimeout(retry);
  clearTimeout(patience);
  if (link) {
    link.pc.onconnectionstatechange = null;
    link.pc.close();
  }
  link = null;
}

function negotiate(fresh = false) {
  const made = queue.then(() => (isMesh() ? share() : offer(fresh))).catch(() => failed());
  queue = made.then(() => {});
  return made;
}

/** @returns {Answer} */
function failed() {
  renew();
  return {t: "no", key: "lost"};
}

function open() {
  drop();
  const pc = new RTCPeerConnection({iceServers: page.media.ice, bundlePolicy: "max-bundle", iceTransportPolicy: page.media.relayOnly ? "relay" : "all"});
  link = {pc, transceivers: new Map()};
  pc.onconnectionstatechange = () => {
    if (link?.pc !== pc) return;
    if (pc.connectionState === "connected") {
      tries = 0;
      clearTimeout(patience);
    } else if (["failed", "closed"].includes(pc.connectionState)) renew();
    touch("media");
  };
}

async function arrange() {
  for (const [kind, transceiver] of link.transceivers) {
    if (wanted.has(kind) || transceiver.direction === "inactive") continue;
    transceiver.direction = "inactive";
    await transceiver.sender.replaceTrack(null);
  }
  for (const [kind, {track, encodings}] of wanted) {
    const known = link.transceivers.get(kind);
    if (known) {
      known.direction = "sendonly";
      await known.sender.replaceTrack(track);
      continue;
    }
    const type = kind === "microphone" || kind === "screenSound" ? "audio" : "video";
    link.transceivers.set(kind, link.pc.addTransceiver(track ?? type, {direction: "sendonly", ...(encodings && {sendEncodings: encodings})}));
  }
}

/** @returns {Promise<Answer>} */
async function share() {
  if (!page.connected || !page.media?.up) return {t: "no", key: "unavailable"};
  const answer = await ask({t: "media.share", page: TAB, kinds: [...wanted.keys()], muted: isMuted()});
  if (answer.t === "no") return answer;
  tries = 0;
  await refill();
  return {t: "ok"};
}

/**
 * @param {boolean} wantsNew
 * @returns {Promise<Answer>}
 */
async function offer(wantsNew) {
  if (!page.connected || !page.media?.up) return {t: "no", key: "unavailable"};
  const fresh = wantsNew || !link;
  if (fresh) open();
  const {pc, transceivers} = link;
  await arrange();
  await pc.setLocalDescription();
  /** @type {Record<string, TrackKind>} */
  const tracks = {};
  for (const [kind, {mid}] of transceivers) if (wanted.has(kind)) tracks[mid] = kind;
  const answer = await ask({t: "media.up", page: TAB, sdp: pc.localDescription.sdp, tracks, muted: isMuted(), fresh});
  if (answer.t === "no") {
    if (fresh) drop();
    else await pc.setLocalDescription({type: "rollback"});
    return answer;
  }
  await pc.setRemoteDescription({type: "answer", sdp: answer.sdp});
  if (pc.connectionState !== "connected") {
    clearTimeout(patience);
    patience = setTimeout(renew, PATIENCE);
  }
  if (!wanted.size) drop();
  return {t: "ok"};
}
