// One's own camera: shared, stopped by whom, and its picture in one's own tile.

import {isLocked, nameOf} from "../people/model.js";
import {el} from "../shell/dom.js";
import {page, touch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {choose} from "../settings/preferences.js";
import {bitrate, blurring, open, pictureSize} from "./devices.js";
import {explain, refusedWords} from "./failures.js";
import {me, mine} from "./mine.js";
import {setPicture} from "./pictures.js";
import {put, replace, take} from "./up.js";
import {says} from "./userdata.js";

/** @type {MediaStreamTrack | null} */
let track = null;
let wasOn = false; // as others had it
let halvings = 0; // of its width and height, while the device is short of something

/** From large to small: the engine counts its layers so. @returns {RTCRtpEncodingParameters[]} */
function layers() {
  const most = bitrate();
  return [
    {rid: "h", maxBitrate: most}, {rid: "m", scaleResolutionDownBy: 2, maxBitrate: Math.round(most / 3)},
    {rid: "l", scaleResolutionDownBy: 4, maxBitrate: Math.round(most / 8)},
  ];
}

/** One's own picture is a mirror, unless the link says otherwise. */
export function ownPicture(given) {
  const picture = el("video", {class: `seen ${says("mirror_own_webcam", "false") ? "" : "mirrored"}`, autoplay: true, muted: true, playsinline: true, "aria-hidden": "true"});
  picture.muted = true;
  picture.srcObject = new MediaStream([given]);
  picture.play().catch(() => {});
  return picture;
}

function own(given) {
  track?.stop();
  track = given;
  if (track) track.onended = lost;
  if (halvings) fitCamera(halvings);
  setPicture(page.state.you.user, track && ownPicture(track));
}

/**
 * Has the camera give pictures of the size that is wanted, halved so many times. What is sent follows, over all links.
 * @param {number} times
 */
export async function fitCamera(times) {
  halvings = times;
  // A camera that cannot goes on as it is.
  await track?.applyConstraints({...pictureSize(times), ...blurring()}).catch(() => {});
}

async function lost() {
  const gone = track.label;
  own(null);
  if (!mine.camera) return;
  choose("camera", "");
  try {
    own(await open("camera"));
    await replace("camera", track);
    toast(t("call.changed", {gone, now: track.label}), "camera");
  } catch {
    stopCamera(t("call.unplugged", {gone}));
  }
}

/**
 * Shares a camera, which may be open already. Returns why not, or "".
 * @param {MediaStreamTrack | null} given
 */
export async function startCamera(given = null) {
  if (isLocked(page.state, "cam")) {
    given?.stop();
    return t("why.cam");
  }
  try {
    own(given ?? (await open("camera")));
  } catch (fault) {
    return explain(fault, "camera");
  }
  mine.camera = true;
  wasOn = false;
  touch("media");
  const answer = await put({camera: {track, encodings: layers()}});
  if (answer.t !== "no" || answer.key === "unavailable" || answer.key === "lost") return "";
  end();
  return refusedWords(answer, "camera");
}

function end() {
  own(null);
  mine.camera = false;
  wasOn = false;
  touch("media");
}

export async function stopCamera(words = "") {
  if (words) toast(words, "camera");
  end();
  await take("camera");
}

/** Follows what the server says of this person's camera. */
export function followCamera(by = "") {
  const {state} = page;
  if (!mine.camera) return;
  const on = Boolean(me(state)?.cameras);
  if (isLocked(state, "cam")) stopCamera(t("why.cam"));
  else if (wasOn && !on && by && by !== state.you.user) stopCamera(t("call.cameraStoppedBy", {name: nameOf(state, by)}));
  wasOn = on;
}

/** Takes another camera. */
export async function changeCamera(given) {
  if (!mine.camera) {
    given?.stop();
    return;
  }
  own(given);
  await replace("camera", given);
}
