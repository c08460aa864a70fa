// How good this page's own links are, measured every few seconds, and told to the server when that changes.

import {page, touch, watch} from "../shell/store.js";
import {send} from "../shell/wire.js";
import {noteShortage} from "./camera_economy.js";
import {downLink} from "./down.js";
import {meshStats} from "./mesh.js";
import {isAway, mine} from "./mine.js";
import {noteHealth} from "./model.js";
import {upLink} from "./up.js";

const EVERY = 5000;
/** From these on a link is poor, and bad: the part of packets lost, and seconds of a round trip. */
const POOR = {loss: 0.03, trip: 0.4};
const BAD = {loss: 0.1, trip: 1};
const ORDER = /** @type {HealthLevel[]} */ (["good", "poor", "bad"]);

let before = {lost: 0, received: 0};
/** @type {HealthLevel} */
let last = "good";
/** @type {HealthLevel} */
let said = "good";

/** @param {(RTCStatsReport | undefined)[]} reports */
export function read(reports) {
  const facts = {lost: 0, received: 0, loss: 0, trip: 0, isLimited: false, isBusy: false};
  for (const report of reports) {
    report?.forEach((one) => {
      if (one.type === "inbound-rtp") {
        facts.lost += one.packetsLost ?? 0;
        facts.received += one.packetsReceived ?? 0;
      }
      if (one.type === "remote-inbound-rtp") facts.loss = Math.max(facts.loss, one.fractionLost ?? 0);
      if (one.type === "candidate-pair" && one.nominated) facts.trip = Math.max(facts.trip, one.currentRoundTripTime ?? 0);
      if (one.type === "outbound-rtp" && one.active !== false && one.qualityLimitationReason === "bandwidth") facts.isLimited = true;
      if (one.type === "outbound-rtp" && one.active !== false && one.qualityLimitationReason === "cpu") facts.isBusy = true;
    });
  }
  return facts;
}

/** @returns {HealthLevel} */
function level({lost, received, loss, trip, isLimited}) {
  const missing = Math.max(0, lost - before.lost);
  const all = missing + Math.max(0, received - before.received);
  before = {lost, received};
  const most = Math.max(loss, all > 20 ? missing / all : 0);
  if (most > BAD.loss || trip > BAD.trip) return "bad";
  return most > POOR.loss || trip > POOR.trip || isLimited ? "poor" : "good";
}

async function measure() {
  if (!page.connected || isAway() || (mine.sound === "out" && !mine.camera && !downLink())) return;
  const facts = read(await Promise.all([upLink()?.getStats(), downLink()?.getStats(), ...meshStats()]));
  noteShortage(facts);
  const now = level(facts);
  // One measure alone may be a hiccup.
  const steady = ORDER[Math.min(ORDER.indexOf(now), ORDER.indexOf(last))];
  const better = ORDER.indexOf(now) < ORDER.indexOf(said);
  last = now;
  const level_ = better ? now : steady;
  if (level_ === said || !send({t: "media.health", level: level_})) return;
  said = level_;
  touch(...noteHealth(page.state, page.state.you.user, level_));
}

export function startQuality() {
  setInterval(measure, EVERY);
  watch(["media"], () => {
    if (isAway()) said = last = "good";
  });
}
