// Sends what this page recorded of itself, one piece after the other, slower than the call needs, until the server has it.
//
// The server counts bytes, so after a lost answer, a reload or a restart it is asked how many it has.

import {healthOf} from "../media/model.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {ticket} from "../shell/ticket.js";
import {toast} from "../shell/toast.js";
import {noteUnsent, tellLost, unsent} from "./unsent.js";
import {bytesOf, forget, keep, openStore} from "./upload_store.js";

const ADDRESS = new URL("../../media", import.meta.url).href;
const LARGEST = 512 << 10; // bytes of one request
const RATE = 1000; // bits a millisecond
const PAUSES = [1, 2, 4, 8, 15];
const FRESH = 10_000; // milliseconds for which an answer shows that what is recorded is kept
const MOST = 200_000_000; // unsent bytes above which only sound is recorded
const ENOUGH = 100_000_000; // below which pictures are recorded again
const PATIENCE = 60_000;
const STALLS = 3; // times that a piece is sent again which the server wants again

/** @type {Upload[]} */
const uploads = [];
let isBusy = false;
let failures = 0;
let seq = 0;
let isLarge = false;
let isFull = false;

const total = () => uploads.reduce((sum, one) => sum + one.total - one.sent, 0);

const isKept = () => uploads.some((one) => !one.isOver && Date.now() - one.answered < FRESH);

const tell = () => noteUnsent({bytes: total(), files: uploads.length, isKept: isKept()});

/** Whether so much waits that no more pictures are recorded. */
export function isTooMuch() {
  isLarge = total() > (isLarge ? ENOUGH : MOST);
  return isLarge;
}

/** Whether the server keeps nothing more of this person. */
export const takesNoMore = () => isFull;

/** Keeps what is known of a file, unless it was dropped meanwhile. @param {Upload} upload */
async function save(upload) {
  const {pieces: _, isKnown: __, answered: ___, ...file} = upload;
  if (uploads.includes(upload)) await keep("files", file);
}

/**
 * Begins a file, of which pieces follow.
 * @param {{kind: string, mime: string, startedAt: number}} facts
 * @returns {Upload}
 */
export function begin(facts) {
  const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  seq = Math.max(seq + 1, Date.now());
  /** @type {Upload} */
  const upload = {...facts, key, seq, token: ticket.token, id: "", sent: 0, total: 0, isOver: false, isKnown: true, pieces: [], answered: 0, stalls: 0};
  uploads.push(upload);
  save(upload);
  register(upload);
  return upload;
}

/**
 * Has the server begin a file, at once: later, recording may be off. What is recorded meanwhile waits.
 * @param {Upload} upload
 */
async function register(upload) {
  const {kind, mime, startedAt, seq: number} = upload;
  const body = JSON.stringify({kind, mime, startedAt, seq: number});
  for (let tries = 0; uploads.includes(upload); tries += 1) {
    const answer = await request("", "POST", {"Content-Type": "application/json"}, body, upload.token);
    if (answer.status === 201) {
      upload.id = (await answer.json()).id;
      await save(upload);
      work();
      return;
    }
    if (!(await settle(upload, answer))) await pause(tries);
  }
}

/** Waits, the longer the more often it failed. @param {number} tries */
const pause = (tries) => new Promise((resolve) => setTimeout(resolve, 1000 * PAUSES[Math.min(tries, PAUSES.length - 1)]));

/** Whether more of a file follows. @param {Upload} upload */
const isWanted = (upload) => uploads.includes(upload) && !upload.isOver;

/** @param {Upload} upload @param {ArrayBuffer} data @param {number} at when its last byte had been recorded */
export async function add(upload, data, at) {
  if (!isWanted(upload)) return;
  const piece = {key: upload.key, from: upload.total, size: data.byteLength, at};
  await keep("pieces", {...piece, data});
  if (!isWanted(upload)) {
    await forget("pieces", piece);
    return;
  }
  // Both in one: an answer that comes meanwhile is compared with them.
  upload.total += piece.size;
  upload.pieces.push(piece);
  await save(upload);
  tell();
  work();
}

/** @param {Upload} upload */
export async function finish(upload) {
  upload.isOver = true;
  await save(upload);
  tell();
  work();
}

/** Forgets a file, once: answers to what was asked before may still come. @param {Upload} upload */
async function drop(upload) {
  const at = uploads.indexOf(upload);
  if (at < 0) return;
  uploads.splice(at, 1);
  await forget("files", upload);
  for (const piece of upload.pieces.splice(0)) await forget("pieces", piece);
  tell();
}

/** The file ends with what the server has. @param {Upload} upload */
async function cut(upload) {
  Object.assign(upload, {total: upload.sent, isOver: true});
  for (const piece of upload.pieces.splice(0)) await forget("pieces", piece);
}

/** Nothing more of this session is sent, and what waits is forgotten: the person took back their word. */
export async function dropOwn() {
  await Promise.all(uploads.filter(({token}) => token === ticket.token).map(drop));
}

/** @param {string} path @param {string} method @param {Record<string, string>} headers @param {BodyInit | null} body */
async function request(path, method, headers = {}, body = null, token = ticket.token) {
  try {
    return await fetch(`${ADDRESS}${path}`, {
      method, body, cache: "no-store", headers: {Authorization: `Bearer ${token}`, ...headers}, signal: AbortSignal.timeout?.(PATIENCE),
    });
  } catch {
    return {status: 0, headers: new Headers(), json: async () => ({})};
  }
}

/** Takes the server's word for what it has. @param {Upload} upload @param {Pick<Response, "headers">} answer */
async function follow(upload, {headers}) {
  const told = headers.get("Upload-Offset");
  if (told === null) return;
  upload.sent = Number(told);
  upload.isKnown = true;
  while (upload.pieces.length && upload.pieces[0].from + upload.pieces[0].size <= upload.sent) await forget("pieces", upload.pieces.shift());
  const next = upload.pieces[0]?.from ?? upload.total;
  // Of what is lost here nothing follows.
  if (upload.sent < next || upload.sent > upload.total) await cut(upload);
  await save(upload);
}

/** @param {Upload} upload */
const isDue = (upload) => upload.id && (!upload.isKnown || upload.pieces.length > 0 || upload.isOver);

/** The server keeps no more: what it has of a file is the file. @param {Upload} upload */
async function fill(upload) {
  if (upload.token === ticket.token && !isFull) {
    isFull = true;
    toast(t("recorded.tooMuch"), "recording");
  }
  if (!upload.id) return drop(upload);
  await cut(upload);
  await save(upload);
  return tell();
}

/** @param {Upload} upload @returns {Promise<boolean>} whether it went on */
async function step(upload) {
  if (!upload.isKnown) {
    const answer = await request(`/${upload.id}`, "HEAD", {}, null, upload.token);
    if (answer.status !== 200) return settle(upload, answer);
    await follow(upload, answer);
    return true;
  }
  const [piece] = upload.pieces;
  if (!piece) {
    const body = JSON.stringify({bytes: upload.total});
    const answer = await request(`/${upload.id}/done`, "POST", {"Content-Type": "application/json"}, body, upload.token);
    if (answer.status !== 204) return settle(upload, answer);
    await drop(upload);
    return true;
  }
  return sendPiece(upload, piece);
}

/** @param {Upload} upload @param {Piece} piece */
async function sendPiece(upload, piece) {
  const bytes = await bytesOf(piece);
  if (!bytes) {
    await cut(upload);
    return true;
  }
  const begin = Date.now();
  const offset = upload.sent;
  const part = bytes.slice(offset - piece.from, offset - piece.from + LARGEST);
  const isLast = offset + part.byteLength === piece.from + piece.size;
  const headers = {"Upload-Offset": String(offset), ...(isLast && {"Slice-At": String(Math.round(piece.at))})};
  const answer = await request(`/${upload.id}`, "PATCH", headers, part, upload.token);
  if (answer.status !== 204) return settle(upload, answer);
  upload.answered = Date.now();
  upload.stalls = 0;
  await follow(upload, answer);
  tell();
  await pace(part.byteLength, Date.now() - begin);
  return true;
}

/** Leaves the network to the call. @param {number} bytes @param {number} took */
async function pace(bytes, took) {
  if (unsent.isOver) return;
  const health = page.state ? healthOf(page.state, page.state.you.user) : "good";
  const slower = {good: 1, poor: 3, bad: 10}[health];
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, (bytes * 8 * slower) / RATE - took)));
}

/** Takes a refusal: tried again, or the end of the file. @param {Upload} upload @param {Pick<Response, "status" | "headers">} answer */
async function settle(upload, answer) {
  // It was dropped meanwhile.
  if (!uploads.includes(upload)) return true;
  const {status} = answer;
  const told = answer.headers.get("Upload-Offset");
  if (status === 409 && told !== null) {
    // A server that has just started wants a piece again; one that has the file complete would want it for ever.
    upload.stalls = Number(told) === upload.sent ? upload.stalls + 1 : 0;
    if (upload.stalls > STALLS) await drop(upload);
    else await follow(upload, answer);
    return true;
  }
  const wait = Number(answer.headers.get("Retry-After"));
  if (status === 429 && wait) {
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    return true;
  }
  // Before one is in again after a lost connection, nobody may begin.
  const isEarly = !upload.id && !page.connected && status === 403 && !unsent.isOver;
  if (status === 0 || status === 429 || status >= 500 || isEarly) return false;
  if (status === 413) {
    await fill(upload);
    return true;
  }
  // Who refuses to be recorded knows why.
  const isMissed = upload.token === ticket.token && page.state?.consent !== false;
  if (isMissed) tellLost(upload.total - upload.sent, status, Boolean(upload.id));
  await drop(upload);
  return true;
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  try {
    for (let upload = uploads.find(isDue); upload; upload = uploads.find(isDue)) {
      const went = await step(upload);
      failures = went ? 0 : failures + 1;
      if (!went) {
        tell();
        await pause(failures - 1);
      }
    }
  } finally {
    isBusy = false;
  }
}

/** Whether no other tab has a session: only then this one sends what it left. @param {string} token @returns {Promise<boolean>} */
const isFree = (token) => new Promise((resolve) => {
  if (!navigator.locks) return resolve(false);
  return navigator.locks.request(`bbbd-recording ${token}`, {ifAvailable: true}, (lock) => {
    resolve(Boolean(lock));
    return lock ? new Promise(() => {}) : null;
  }).catch(() => resolve(false));
});

/** Goes on with what an earlier page of this browser left, of this session and of those that no tab has any more. */
export async function startUploader() {
  setInterval(tell, FRESH / 2);
  const {files, pieces} = await openStore();
  await isFree(ticket.token);
  const free = new Map([[ticket.token, true]]);
  for (const file of files) {
    if (!free.has(file.token)) free.set(file.token, await isFree(file.token));
    if (!free.get(file.token) || uploads.some(({key}) => key === file.key)) continue;
    const upload = {...file, isOver: true, isKnown: !file.id, answered: 0, stalls: 0, pieces: pieces.filter(({key}) => key === file.key)};
    uploads.push(upload);
    if (!upload.id) register(upload);
  }
  tell();
  work();
}
