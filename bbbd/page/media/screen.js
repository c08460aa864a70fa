// One's own shared screen, with its sound where the browser gives it.

import {nameOf} from "../people/model.js";
import {page, touch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {asking} from "./devices.js";
import {explain, refusedWords} from "./failures.js";
import {me, mine} from "./mine.js";
import {put, take} from "./up.js";

const BITS = 2_500_000;

/** @type {MediaStream | null} */
let stream = null;
let wasOn = false;

export async function startScreen() {
  try {
    stream = await asking("screen", navigator.mediaDevices.getDisplayMedia({video: {frameRate: {ideal: 10, max: 15}}, audio: true}));
  } catch (fault) {
    // Who changes their mind in the browser's own dialog needs no explanation.
    if (!(fault instanceof DOMException) || fault.name !== "NotAllowedError" || !isSecureContext || self !== top) toast(explain(/** @type {Error} */ (fault), "screen"), "screen");
    return;
  }
  const [picture] = stream.getVideoTracks();
  const [sound] = stream.getAudioTracks();
  picture.contentHint = "detail";
  picture.onended = () => stopScreen();
  mine.screen = true;
  wasOn = false;
  touch("media");
  const answer = await put({screen: {track: picture, encodings: [{maxBitrate: BITS}]}, ...(sound && {screenSound: {track: sound}})});
  if (answer.t !== "no" || answer.key === "unavailable" || answer.key === "lost") return;
  stopScreen(refusedWords(answer, "screen"));
}

export async function stopScreen(words = "") {
  if (words) toast(words, "screen");
  stream?.getTracks().forEach((track) => {
    track.onended = null;
    track.stop();
  });
  stream = null;
  mine.screen = false;
  wasOn = false;
  touch("media");
  await take("screen", "screenSound");
}

/** Follows what the server says of this person's screen. */
export function followScreen(by = "") {
  const {state} = page;
  if (!mine.screen) return;
  const on = Boolean(me(state)?.screen);
  if (state.presenter !== state.you.user) stopScreen(t("call.screenOver"));
  else if (wasOn && !on && by && by !== state.you.user) stopScreen(t("call.screenStoppedBy", {name: nameOf(state, by)}));
  wasOn = on;
}
