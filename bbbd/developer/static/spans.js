// Times, durations and lines of input.

import {Said} from "./surface.js";

const two = (number) => String(number).padStart(2, "0");
export const timeOf = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
export const dateOf = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
export function spanOf(exact) {
  const seconds = Math.round(exact);
  const [d, h, m, s] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  return [[d, "d"], [h, "h"], [m, "min"], [s, "s"]].filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(" ") || "0 s";
}
export function secondsOf(text) {
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?[dhms])+$|^\d{1,9}(?:\.\d{1,3})?$/.test(text)) throw new Said("Enter a duration like 90s, 6m or 1h30m.");
  const units = {d: 86400, h: 3600, m: 60, s: 1, "": 1};
  return [...text.matchAll(/([\d.]+)([dhms]?)/g)].reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
}

// Parses lines of name=value.
export function linesOf(text, prefix = "") {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, ...value] = line.split("=");
    return [prefix + name.trim(), value.join("=")];
  });
}
