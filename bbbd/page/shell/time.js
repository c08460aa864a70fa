// The server's clock, and times formatted for people.

import {plural, written} from "./strings.js";

let ahead = 0; // milliseconds that the server's clock is ahead of this one

export const serverNow = () => Date.now() + ahead;

export function setServerTime(now, late = 0) {
  ahead = now + late - Date.now();
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
