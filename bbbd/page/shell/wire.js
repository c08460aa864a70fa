// The WebSocket: greeting, questions with answers, heartbeat, and reconnecting with backoff.

import {greeting, TAB} from "./greeting.js";
import {language} from "./strings.js";
import {ticket} from "./ticket.js";
import {setServerTime} from "./time.js";

const BASE = new URL("../..", import.meta.url);
const PAUSES = [0.5, 1, 2, 4, 8, 15];
const BEAT = 20_000;
const PATIENCE = 10_000;
const PINGS = 8;
const PING_PAUSE = 300;

export {TAB};

let socket = null;
/** @type {WireListener} */
let listener = null;
let counter = 0;
let tries = 0;
let retry = 0;
/** @type {{after?: number, epoch?: string}} */
let place = {}; // up to where the events are known: after, epoch
let isWanted = false;
let pulse = {beat: 0, late: 0};
/** @type {Map<number, (answer: Answer) => void>} */
const answers = new Map();

export function start(given) {
  listener = given;
  isWanted = true;
  open();
}

export const nextId = () => (counter += 1);

export const isOpen = () => socket?.readyState === WebSocket.OPEN;

/** Remembers the last known event, from which a reconnection goes on. */
export function reached(n, epoch) {
  place = {after: n, epoch};
}

/** Half a character (a lone surrogate, from a cut or a paste) cannot be sent: it becomes U+FFFD. */
const whole = (_, value) => (typeof value === "string" ? value.toWellFormed() : value);

/** @param {ClientMessage & {id?: number}} message */
export function send(message) {
  if (isOpen()) socket.send(JSON.stringify(message, whole));
  return isOpen();
}

/**
 * Sends and returns the server's answer; without a connection ``no lost``.
 * @param {ClientMessage} message
 * @returns {Promise<Answer>}
 */
export function ask(message, id = nextId()) {
  return new Promise((resolve) => {
    if (!send({...message, id})) resolve({t: "no", key: "lost"});
    else answers.set(id, resolve);
  });
}

/**
 * Asks the server over plain HTTP how things stand, since a browser cannot see why a handshake failed.
 * @returns {Promise<Door>}
 */
export async function door() {
  try {
    const answer = await fetch(new URL(`door?origin=${encodeURIComponent(location.origin)}`, BASE), {
      headers: {Authorization: `Bearer ${ticket.token}`}, cache: "no-store", signal: AbortSignal.timeout?.(8000),
    });
    return answer.ok ? await answer.json() : {state: answer.status === 429 ? "busy" : "unreachable"};
  } catch {
    return {state: "unreachable"};
  }
}

/** The connection that early.js opened; null if there is none, and the second time. */
function takeEarly() {
  const {early} = globalThis;
  if (!early?.socket || early.token !== ticket.token) return null;
  const {socket: opened, messages} = early;
  early.socket = null;
  return {socket: opened, messages};
}

function connect() {
  const url = new URL("socket", BASE);
  url.protocol = url.protocol.replace("http", "ws");
  return {socket: new WebSocket(url, ["bbbd.1", `token.${ticket.token}`]), messages: []};
}

function open() {
  clearTimeout(retry);
  const {socket: mine, messages} = takeEarly() ?? connect();
  socket = mine;
  let opened = messages.length > 0;
  const patience = setTimeout(() => drop(mine), PATIENCE);
  const greeted = () => {
    opened = true;
    clearTimeout(patience);
    beat();
  };
  const over = () => {
    clearTimeout(patience);
    if (mine === socket) closed(opened);
  };
  mine.onopen = () => {
    mine.send(greeting(language(), place));
    greeted();
  };
  const heard = (data) => {
    if (mine === socket) receive(JSON.parse(data));
  };
  mine.onmessage = ({data}) => heard(data);
  mine.onclose = over;
  if (mine.readyState === WebSocket.OPEN) greeted();
  messages.forEach(heard);
  if (mine.readyState > WebSocket.OPEN) queueMicrotask(over);
}

function receive(message) {
  if (message.t === "pong") {
    const took = Date.now() - message.at;
    clearTimeout(pulse.late);
    setServerTime(message.now, took);
    listener.latency(took);
    return;
  }
  listener.received(message);
  answers.get(message.id)?.(message);
  answers.delete(message.id);
}

function beat() {
  clearTimeout(pulse.beat);
  clearTimeout(pulse.late);
  const mine = socket;
  if (!send({t: "ping", at: Date.now()})) return;
  pulse.late = setTimeout(() => drop(mine), PATIENCE);
  pulse.beat = setTimeout(beat, BEAT);
}

/** Asks for the server's time more often than the heartbeat does. */
export function measureClock(times = PINGS) {
  if (!times || !send({t: "ping", at: Date.now()})) return;
  setTimeout(() => measureClock(times - 1), PING_PAUSE);
}

// A connection that went silent may take minutes to close by itself.
function drop(mine) {
  if (mine !== socket) return;
  const opened = mine.readyState === WebSocket.OPEN;
  mine.onclose = null;
  mine.close();
  closed(opened);
}

function closed(opened) {
  socket = null;
  clearTimeout(pulse.beat);
  clearTimeout(pulse.late);
  for (const answer of answers.values()) answer({t: "no", key: "lost"});
  answers.clear();
  if (!isWanted) return;
  const pause = again(PAUSES[Math.min(tries, PAUSES.length - 1)]);
  tries += 1;
  listener.lost({opened, pause});
}

/** Reconnects after so many seconds with jitter, so that not everybody does at once. Returns the milliseconds. */
export function again(seconds, spread = 0.3) {
  clearTimeout(retry);
  const pause = 1000 * seconds * (1 + spread * (2 * Math.random() - 1));
  retry = setTimeout(open, pause);
  return pause;
}

/** Resets the backoff: the page is inside. */
export function settled() {
  tries = 0;
}

export function retryNow() {
  if (!isWanted || socket) return;
  open();
}

/** Closes the connection, and ends reconnecting. */
export function stop() {
  isWanted = false;
  clearTimeout(retry);
  clearTimeout(pulse.beat);
  clearTimeout(pulse.late);
  const last = socket;
  socket = null;
  last?.close();
}

/** Connects again after another page of the same link had taken over. */
export function resume() {
  isWanted = true;
  tries = 0;
  open();
}

addEventListener("online", retryNow);
addEventListener("pageshow", () => isOpen() ? beat() : retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  if (isOpen()) beat();
  else retryNow();
});
addEventListener("offline", () => isOpen() && beat());
