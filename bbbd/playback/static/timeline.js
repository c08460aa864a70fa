// The recording's clock: its media file, or where there is none, or none that can be played, one of the page's own.

import {$} from "../../page/shell/dom.js";
import {recording, address} from "./files.js";

const TICK = 100; // milliseconds
const media = $("media");
const listeners = [];

let stated = 0; // seconds, as the recording says
let usesMedia = false;
let report = (_fault) => {};
let wasLoaded = false;
let interrupted = null; // where the network broke off, in seconds
// The page's own clock.
let at = 0;
let since = 0;
let running = false;
let speed = 1;

/** Calls back whenever the time may be another one. */
export const listen = (listener) => listeners.push(listener);

const tell = () => listeners.forEach((listener) => listener());

export const hasMedia = () => usesMedia;

export const duration = () =>
  usesMedia && Number.isFinite(media.duration) && media.duration > 0 ? media.duration : stated;

const elapsed = () => running ? (performance.now() - since) / 1000 * speed : 0;

export const now = () => interrupted ?? playedTo();

const playedTo = () => usesMedia ? media.currentTime : Math.min(stated, at + elapsed());

export const isPaused = () => usesMedia ? media.paused : !running;

/** Whether it would go on, but waits for the network. */
export const isWaiting = () => usesMedia && !media.paused && media.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;

export const rate = () => speed;

function restart(time) {
  at = time;
  since = performance.now();
}

export function seek(seconds) {
  const time = Math.min(Math.max(0, seconds), duration() || seconds);
  if (interrupted !== null) interrupted = time;
  else if (usesMedia) media.currentTime = time;
  else restart(time);
  tell();
}

export function setRate(value) {
  restart(now());
  speed = value;
  // A new source would begin with the default.
  media.defaultPlaybackRate = value;
  media.playbackRate = value;
  tell();
}

export function play() {
  if (duration() && now() >= duration() - 0.05) seek(0);
  if (usesMedia) {
    tryAgain();
    media.play().catch((fault) => {
      if (fault.name === "NotSupportedError") giveUp();
    });
    return;
  }
  restart(now());
  running = true;
  tell();
}

export function pause() {
  if (usesMedia) {
    media.pause();
    return;
  }
  restart(now());
  running = false;
  tell();
}

// After the network broke off, the media are fetched anew.
function tryAgain() {
  if (interrupted === null) return;
  const time = interrupted;
  interrupted = null;
  media.load();
  media.currentTime = time;
  report("");
}

function offer(names) {
  for (const one of media.querySelectorAll("source")) one.remove();
  const sources = names.map((src) => {
    const source = document.createElement("source");
    source.src = src;
    return source;
  });
  media.prepend(...sources);
  // The last source's error says that there is none that can be played.
  sources.at(-1)?.addEventListener("error", fail);
}

/** Fetches the sound by itself, or all again, and goes on where it was. */
export function useSound(isAlone) {
  if (!usesMedia || !recording.sound.length) return;
  const [time, wasRunning] = [now(), !media.paused];
  interrupted = null;
  report("");
  offer(isAlone ? recording.sound : recording.media.map(address));
  media.load();
  media.currentTime = time;
  if (wasRunning) media.play().catch(() => { /* its error says why */ });
  tell();
}

function fail() {
  const code = media.error?.code;
  if (!wasLoaded || code === MediaError.MEDIA_ERR_DECODE || code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED) {
    giveUp();
    return;
  }
  interrupted = now();
  media.pause();
  report("lost");
  tell();
}

// Slides, drawings and chat go on without the media.
function giveUp() {
  if (!usesMedia) return;
  const wasRunning = !media.paused;
  restart(media.currentTime);
  usesMedia = false;
  running = wasRunning;
  report("broken");
  tell();
}

/**
 * Starts the clock of a recording of so many seconds; calls back with "broken" if its media cannot be played, with
 * "lost" if the network broke off, and with "" when they are fetched anew.
 * @param {number} seconds
 * @param {(fault: "broken" | "lost" | "") => void} told
 */
export function startTimeline(seconds, told) {
  stated = seconds;
  report = told;
  usesMedia = recording.media.length > 0;
  offer(recording.media.map(address));
  media.addEventListener("error", fail);
  media.addEventListener("loadedmetadata", () => {
    wasLoaded = true;
  });
  for (const event of ["timeupdate", "seeking", "seeked", "loadedmetadata", "play", "pause", "ended", "waiting", "playing"]) {
    media.addEventListener(event, tell);
  }
  if (usesMedia) media.load();
  setInterval(() => {
    if (isPaused()) return;
    if (!usesMedia && now() >= stated) pause();
    else tell();
  }, TICK);
}
