// Links between browsers, one with each other page that has or wants something: everything goes both ways over it.
//
// The server says which links there are and what goes over each, and passes on what the two ends say to each other. One
// end alone makes offers, so that no two meet. What is sent changes without a negotiation.

import {page, touch} from "../shell/store.js";
import {send} from "../shell/wire.js";
import {report} from "./down.js";
import {tune} from "./mesh_quality.js";

/** The order of the tracks in each link. @type {TrackKind[]} */
const ORDER = ["microphone", "camera", "screen", "screenSound"];
const SOUNDS = ["microphone", "screenSound"];
const GATHERED = 50; // milliseconds for which candidates are gathered
const LOST = 5000; // milliseconds without a connection until it is looked for anew
const PATIENCE = 20_000; // milliseconds until a link has to be there

/** @type {Map<string, MeshLink>} */
const links = new Map();
/** @type {(kind: TrackKind) => MediaStreamTrack | null} */
let trackOf = () => null;

/** What does not come through: kinds that enough others have, and people to whom there is no way. */
export const missing = {leftOut: /** @type {TrackKind[]} */ ([]), apart: /** @type {string[]} */ ([])};

/** @param {(kind: TrackKind) => MediaStreamTrack | null} given the track that is sent now */
export function startMesh(given) {
  trackOf = given;
}

/** @param {MeshLink} link */
function transceivers(link) {
  const all = link.pc.getTransceivers();
  return ORDER.map((kind, at) => ({kind, transceiver: all[at]})).filter(({transceiver}) => transceiver);
}

/** Sends what a link is to carry now. @param {MeshLink} link */
async function fill(link) {
  for (const {kind, transceiver} of transceivers(link)) {
    const track = link.send.includes(kind) ? trackOf(kind) : null;
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
  }
}

/** @param {MeshLink} link @param {() => Promise<void>} work */
function queue(link, work) {
  link.work = link.work.then(() => (link.pc.signalingState === "closed" ? undefined : work())).catch(() => broke(link));
}

/** @param {MeshLink} link */
const say = (link, said) => send(/** @type {ClientMessage} */ ({t: "media.signal", link: link.name, ...said}));

/** @param {MeshLink} link */
function offer(link, iceRestart = false) {
  queue(link, async () => {
    await link.pc.setLocalDescription(await link.pc.createOffer({iceRestart}));
    say(link, {offer: link.pc.localDescription.sdp});
  });
}

/** A new link takes the place of one that broke: the server tells both ends. @param {MeshLink} link */
function broke(link) {
  if (links.get(link.name) === link) send({t: "media.link", link: link.name, up: false});
}

/** Waits for a connection, and gives the link up if there is none. @param {MeshLink} link */
function expect(link) {
  clearTimeout(link.patience);
  link.patience = setTimeout(() => broke(link), PATIENCE);
}

/** Looks for another way, once; then the link is given up. @param {MeshLink} link */
function restart(link) {
  if (link.isRestarting) return;
  link.isRestarting = true;
  expect(link);
  if (link.offers) offer(link, true);
  else say(link, {want: "restart"});
}

/** @param {MeshLink} link */
function changed(link) {
  const state = link.pc.connectionState;
  clearTimeout(link.lost);
  if (state === "connected") {
    clearTimeout(link.patience);
    link.isRestarting = false;
    send({t: "media.link", link: link.name, up: true});
  } else if (state === "failed") {
    if (link.isRestarting) broke(link);
    else restart(link);
  } else if (state === "disconnected") link.lost = setTimeout(() => restart(link), LOST);
  touch("media");
}

/** @param {MeshLink} link */
function gather(link, candidate) {
  link.candidates.push({candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null});
  link.gathering ||= setTimeout(() => {
    link.gathering = 0;
    say(link, {candidates: link.candidates.splice(0)});
  }, GATHERED);
}

/** @param {MeshLinkFacts} facts @returns {MeshLink} */
function open({link: name, offers, user, send: kinds, receive}) {
  const {ice, relayOnly} = page.media;
  const pc = new RTCPeerConnection({iceServers: ice, bundlePolicy: "max-bundle", iceTransportPolicy: relayOnly ? "relay" : "all"});
  /** @type {MeshLink} */
  const link = {
    name, pc, offers, user, send: kinds, receive, work: Promise.resolve(), candidates: [], gathering: 0, patience: 0, lost: 0,
    isRestarting: false, tuned: "",
  };
  pc.onicecandidate = ({candidate}) => gather(link, candidate);
  pc.onconnectionstatechange = () => changed(link);
  expect(link);
  if (offers) {
    for (const kind of ORDER) pc.addTransceiver(SOUNDS.includes(kind) ? "audio" : "video", {direction: "sendrecv"});
    queue(link, () => fill(link));
    offer(link);
  }
  return link;
}

/** @param {MeshLink} link */
function close(link) {
  links.delete(link.name);
  for (const timer of [link.gathering, link.patience, link.lost]) clearTimeout(timer);
  link.pc.onicecandidate = link.pc.onconnectionstatechange = null;
  link.pc.close();
}

/** Sends over every link what it is to carry now, each camera in a size that all copies together allow. */
export async function refill() {
  await Promise.all([...links.values()].map((link) => {
    queue(link, () => fill(link));
    return link.work;
  }));
  tune([...links.values()], ORDER.indexOf("camera"), trackOf("camera"));
}

/** Says what arrives, to those who play it. */
function tell() {
  const received = [...links.values()].flatMap((link) => transceivers(link)
    .filter(({kind}) => link.receive.includes(kind))
    .map(({kind, transceiver}) => ({mid: `${link.name} ${kind}`, track: transceiver.receiver.track, user: link.user, kind})));
  report(received);
}

/** Takes the links that this page is to have now. @param {{links: MeshLinkFacts[], leftOut: TrackKind[]}} message */
export function takeLinks({links: listed, leftOut}) {
  const names = new Set(listed.map(({link}) => link));
  for (const link of [...links.values()]) if (!names.has(link.name)) close(link);
  for (const facts of listed) {
    const known = links.get(facts.link);
    if (known) Object.assign(known, {user: facts.user, send: facts.send, receive: facts.receive});
    else if (facts.link) links.set(facts.link, open(facts));
  }
  missing.leftOut = leftOut;
  missing.apart = listed.filter(({apart}) => apart).map(({user}) => user);
  tell();
  refill();
  touch("media");
}

/** Takes what the other end of a link says. */
export function takeSignal({link: name, offer: offered, answer, candidates, want}) {
  const link = links.get(name);
  if (!link) return;
  if (want === "restart") restart(link);
  else {
    queue(link, async () => {
      if (offered) {
        await link.pc.setRemoteDescription({type: "offer", sdp: offered});
        for (const {transceiver} of transceivers(link)) transceiver.direction = "sendrecv";
        await fill(link);
        await link.pc.setLocalDescription();
        say(link, {answer: link.pc.localDescription.sdp});
      }
      if (answer) await link.pc.setRemoteDescription({type: "answer", sdp: answer});
      // One that this browser does not understand spoils no other.
      for (const {candidate, mid} of candidates ?? []) await link.pc.addIceCandidate({candidate, sdpMid: mid}).catch(() => {});
      if (!candidates) tell();
    });
  }
}

/** Ends all links. */
export function closeMesh() {
  for (const link of [...links.values()]) close(link);
  missing.leftOut = [];
  missing.apart = [];
}

/** The statistics of all links. */
export const meshStats = () => [...links.values()].map(({pc}) => pc.getStats());
