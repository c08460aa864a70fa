// Records what this page sends itself, where no server does: microphone and camera in one file, the screen in another.
//
// A file is from one change of its tracks to the next. What may be recorded is what the server says of this person, so that
// both begin and end by the same rules.

import {isMesh, keeps, me} from "../media/mine.js";
import {sentTrack} from "../media/up.js";
import {watch} from "../shell/store.js";
import {serverNow} from "../shell/time.js";
import {measureClock} from "../shell/wire.js";
import {agrees} from "./consent.js";
import {startUnsent, unsent} from "./unsent.js";
import {add, begin, dropOwn, finish, isTooMuch, startUploader, takesNoMore} from "./uploader.js";

const SLICE = 2000; // milliseconds
const MEASURED = 60_000;
const AGAIN = 5000; // milliseconds after a recorder failed
const SOUND_BITS = 32_000;
const PICTURE_BITS = {camera: 450_000, screen: 600_000};
const TYPES = {
  sound: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4"],
  picture: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
};
/** What each file may have. @type {Record<string, TrackKind[]>} */
const FILES = {devices: ["microphone", "camera"], screen: ["screen", "screenSound"]};
const SOUNDS = ["microphone", "screenSound"];

/** @type {Map<string, {key: string, recorder: MediaRecorder}>} */
const running = new Map();
let measured = 0;
let failed = 0;

/** Whether the server knows that a kind is sent. @param {Person} own @param {TrackKind} kind */
function isOn(own, kind) {
  if (kind === "microphone") return ["muted", "on"].includes(own.microphone);
  return Boolean(kind === "camera" ? own.cameras : own.screen);
}

/** The kinds of one file that are recorded now. @param {State} state @param {string} name @returns {TrackKind[]} */
function wanted(state, name) {
  const own = me(state);
  if (unsent.isOver || takesNoMore() || !own || !isMesh() || !state.recording.on || !agrees(state)) return [];
  const onlySound = keeps() === "sound" || isTooMuch();
  return FILES[name].filter((kind) => (SOUNDS.includes(kind) || !onlySound) && isOn(own, kind) && sentTrack(kind)?.readyState === "live");
}

/** @param {string} name */
function stop(name) {
  const {recorder} = running.get(name) ?? {};
  running.delete(name);
  if (recorder && recorder.state !== "inactive") recorder.stop();
}

/** @param {string} name @param {string} key @param {TrackKind[]} kinds */
function record(name, key, kinds) {
  const picture = kinds.find((kind) => !SOUNDS.includes(kind));
  const mime = TYPES[picture ? "picture" : "sound"].find((type) => MediaRecorder.isTypeSupported(type));
  if (!mime) return;
  const stream = new MediaStream(kinds.map((kind) => sentTrack(kind)));
  const recorder = new MediaRecorder(stream, {
    mimeType: mime, audioBitsPerSecond: SOUND_BITS, ...(picture && {videoBitsPerSecond: PICTURE_BITS[picture]}),
  });
  const upload = begin({kind: kinds.join("+"), mime, startedAt: Math.round(serverNow())});
  let slices = Promise.resolve();
  recorder.ondataavailable = ({data}) => {
    const at = serverNow();
    if (data.size) slices = slices.then(async () => add(upload, await data.arrayBuffer(), at));
  };
  recorder.onstop = () => {
    slices = slices.then(() => {
      unsent.writing -= 1;
      return finish(upload);
    });
    // A browser stops by itself when a device goes; what is sent then is recorded anew.
    if (running.get(name)?.recorder === recorder) running.delete(name);
  };
  recorder.onerror = () => (failed = Date.now());
  recorder.start(SLICE);
  unsent.writing += 1;
  running.set(name, {key, recorder});
}

/** @param {State} state */
function settle(state) {
  if (isMesh() && state.consent === false) dropOwn();
  for (const name of Object.keys(FILES)) {
    const kinds = wanted(state, name);
    const key = kinds.map((kind) => `${kind} ${sentTrack(kind).id}`).join();
    if (key === (running.get(name)?.key ?? "")) continue;
    stop(name);
    if (key && Date.now() - failed > AGAIN) record(name, key, kinds);
  }
  if (running.size && Date.now() - measured > MEASURED) {
    measured = Date.now();
    measureClock();
  }
}

/** Nothing more is recorded: the meeting is over for this page. */
export function endRecording() {
  unsent.isOver = true;
  for (const name of Object.keys(FILES)) stop(name);
}

/** One is in a meeting again. */
export const resumeRecording = () => (unsent.isOver = false);

export function startOwnRecorder() {
  if (!("MediaRecorder" in window)) return;
  startUnsent();
  startUploader();
  watch(["recording", "media", "people", "you", "second"], (state) => state && settle(state));
}
