// The server's clock, and times formatted for people.

import {plural, written} from "./strings.js";

const PINGS = 8; // of these the one that took least tells the time, true to half of what it took
const SET = 150; // milliseconds by which a clock that was set differs from what the pings before said

let ahead = 0; // milliseconds that the server's clock is ahead of this one
/** @type {{took: number, ahead: number}[]} */
let pings = [];

export const serverNow = () => Date.now() + ahead;

/** Takes the server's time; ``took`` is the round trip of the ping that asked for it, null where nobody asked. */
export function setServerTime(now, took = null) {
  if (took === null) {
    if (!pings.length) ahead = now - Date.now();
    return;
  }
  const ping = {took, ahead: now + took / 2 - Date.now()};
  pings = pings.filter((one) => Math.abs(one.ahead - ping.ahead) < SET + (one.took + took) / 2);
  pings = [...pings, ping].slice(-PINGS);
  ahead = pings.reduce((best, one) => (one.took < best.took ? one : best)).ahead;
}

export const hourOf = (at) => written(at, {hour: "2-digit", minute: "2-digit"});

export const dayOf = (at) => written(at, {dateStyle: "long", timeStyle: "short"});

/** 12:34, or 1:02:03 from an hour. */
export function clock(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

export function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 60 ? plural("seconds", seconds) : plural("minutes", Math.floor(seconds / 60));
}
