// The microphones, cameras and loudspeakers of this device, and which of them the person chose.

import {choice, choose} from "../settings/preferences.js";
import {page, touch} from "../shell/store.js";
import {mine} from "./mine.js";
import {linkSays} from "./userdata.js";

const CHOICES = {audioinput: "microphone", videoinput: "camera", audiooutput: "loudspeaker"};
/** Width, height, pictures and bits a second of the camera profiles that a link may name. */
const PROFILES = {low: [320, 180, 15, 100_000], medium: [640, 360, 15, 200_000], high: [960, 540, 20, 500_000], hd: [1280, 720, 30, 800_000]};
const QUICK = 400; // milliseconds in which a device opens that nobody is asked for
const USUAL = [960, 540, 24, Infinity];

const profile = () => (choice("saveData") ? PROFILES.low : PROFILES[linkSays("preferred_camera_profile")] ?? USUAL);

/** Bits a second of one's camera. */
export const bitrate = () => Math.min(profile()[3], page.media?.bitrate ?? Infinity);

/** The devices of a kind, those without a name too. */
export async function list(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId);
}

export const chosen = (kind) => choice(CHOICES[kind]);

export const chooseDevice = (kind, id) => choose(CHOICES[kind], id);

/** Whether a loudspeaker can be chosen. */
export const hasLoudspeakers = () => "setSinkId" in HTMLMediaElement.prototype;

const wish = (kind) => (chosen(kind) ? {deviceId: {ideal: chosen(kind)}} : {});

/** What the browser is to do to the sound of a microphone. */
export const processing = () => ({echoCancellation: choice("echo"), noiseSuppression: choice("noise"), autoGainControl: choice("gain")});

/** Whether the browser, or the system, can blur what is behind a person by itself. @param {MediaStreamTrack | null} track */
export const canBlur = (track) => Boolean(/** @type {any} */ (track?.getCapabilities?.())?.backgroundBlur?.includes(true));

/** Asks for it, or with false to have it off; where it cannot be had, nothing happens. @returns {MediaTrackConstraints} */
export const blurring = (on = choice("blur") || undefined) => /** @type {any} */ (on === undefined ? {} : {backgroundBlur: on});

/** The size of the camera's picture, halved so many times. */
export function pictureSize(halvings = 0) {
  const [width, height, frameRate] = profile();
  return {width: {ideal: width / 2 ** halvings}, height: {ideal: height / 2 ** halvings}, frameRate: {ideal: frameRate, max: 30}};
}

function constraints(kind) {
  if (kind === "microphone") return {audio: {...wish("audioinput"), ...processing()}};
  return {video: {...wish("videoinput"), ...pictureSize(), ...blurring()}};
}

/** Notes what the browser asks the person for, so that the page can say so. */
export async function asking(kind, work) {
  // Who has allowed it before is not asked.
  const noting = setTimeout(() => {
    mine.asking = kind;
    touch("asking");
  }, QUICK);
  try {
    return await work;
  } finally {
    clearTimeout(noting);
    mine.asking = "";
    touch("asking");
  }
}

/**
 * Opens a microphone or a camera. Raises what the browser raises.
 * @param {"microphone" | "camera"} kind
 * @returns {Promise<MediaStreamTrack>}
 */
export async function open(kind) {
  if (!navigator.mediaDevices) throw new DOMException("no devices here", "SecurityError");
  const stream = await asking(kind, navigator.mediaDevices.getUserMedia(constraints(kind)));
  return stream.getTracks()[0];
}

/** Whether the browser gives it without asking. */
export async function isGranted(kind) {
  try {
    return (await navigator.permissions.query({name: kind})).state === "granted";
  } catch {
    return false;
  }
}
