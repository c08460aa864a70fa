// The shared screen follows the recording's clock, at its speed.

import {$} from "../../page/shell/dom.js";
import {address, childrenOf, number, readXml, recording} from "./files.js";
import {isPaused, now, rate} from "./timeline.js";

const screen = $("screen");
const FAR = 1; // seconds that are jumped over; less is caught up with
const NEAR = 0.15;
const CATCHING_UP = 0.08; // part of the speed

let shared = [];

export async function readScreen() {
  const found = await readXml("deskshare.xml");
  if (!recording.screen.length) return;
  shared = found ? childrenOf(found.documentElement, "event").map((event) => ({
    begin: number(event.getAttribute("start_timestamp")), end: number(event.getAttribute("stop_timestamp"), Infinity),
  })) : [];
  if (!shared.length) return;
  for (const name of recording.screen) {
    const source = document.createElement("source");
    source.src = address(name);
    screen.append(source);
  }
}

export const screenEvents = () => shared;

export const isShared = () => {
  const time = now();
  return shared.some((one) => one.begin <= time && time < one.end);
};

/** Shows the screen of now, or none. */
export function drawScreen() {
  const visible = isShared();
  screen.hidden = !visible;
  if (!visible) {
    if (!screen.paused) screen.pause();
    return;
  }
  if (screen.readyState === 0) return;
  const ahead = screen.currentTime - now();
  const isFar = Math.abs(ahead) > (isPaused() ? 0.05 : FAR * Math.max(1, rate()));
  if (isFar && !screen.seeking) screen.currentTime = Math.min(now(), screen.duration || Infinity);
  const catchingUp = isFar || isPaused() || Math.abs(ahead) < NEAR ? 0 : -Math.sign(ahead) * CATCHING_UP;
  const speed = rate() * (1 + catchingUp);
  if (screen.playbackRate !== speed) screen.playbackRate = speed;
  if (screen.paused !== isPaused()) {
    if (isPaused()) screen.pause();
    else if (!screen.ended) screen.play().catch(() => { /* the next tick tries again */ });
  }
}
