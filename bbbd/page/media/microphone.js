// One's own microphone: muted at once, released when it stays so, and what moderators and the device do to it.

import {isLocked, nameOf} from "../people/model.js";
import {choice, choose} from "../settings/preferences.js";
import {page, touch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {open} from "./devices.js";
import {explain, refusedWords} from "./failures.js";
import {me, mine} from "./mine.js";
import {put, replace, take} from "./up.js";
import {wish} from "./wishes.js";

const RELEASED = 30_000; // milliseconds of silence after which the device is given back

/** @type {MediaStreamTrack | null} */
let track = null;
let releasing = 0;
let isInterrupted = false;
let before = ""; // the state of this person's microphone, as it was last seen
let comesMuted = false;

/** Whether one comes in muted, when the link is made. */
export const isMutedNow = () => {
  const known = me(page.state)?.microphone;
  return known === "muted" || (known !== "on" && comesMuted);
};

export const isOpen = () => mine.sound === "talk" && me(page.state)?.microphone === "on";

function own(given) {
  track?.stop();
  track = given;
  if (!track) return;
  track.onended = lost;
  track.onmute = () => interrupt(true);
  track.onunmute = () => interrupt(false);
}

/** A telephone call, or another program, takes the microphone for a while. */
function interrupt(on) {
  if (on && isOpen()) {
    isInterrupted = true;
    toast(t("call.interrupted"), "microphone");
    ask({t: "mute", on: true});
  } else if (!on && isInterrupted) {
    isInterrupted = false;
    setMuted(false);
  }
}

/** The device was unplugged: another one takes its place, and that is said. */
async function lost() {
  const gone = track.label;
  own(null);
  if (mine.sound !== "talk") return;
  choose("microphone", "");
  try {
    own(await open("microphone"));
    track.enabled = isOpen();
    await replace("microphone", track);
    toast(t("call.changed", {gone, now: track.label}), "microphone");
  } catch (fault) {
    giveUp(`${t("call.unplugged", {gone})} ${explain(fault, "microphone")}`);
  }
}

/** From now on one only listens. */
function giveUp(words) {
  clearTimeout(releasing);
  own(null);
  take("microphone");
  mine.sound = "listen";
  isInterrupted = false;
  toast(words, "microphone");
  wish();
  touch("media");
}

/**
 * Comes in with a microphone, which may be open already. Returns why not, or "".
 * @param {MediaStreamTrack | null} given
 * @param {boolean} muted
 */
export async function talk(given, muted) {
  if (isLocked(page.state, "mic")) return t("why.mic");
  try {
    own(given ?? (await open("microphone")));
  } catch (fault) {
    return explain(fault, "microphone");
  }
  comesMuted = muted;
  track.enabled = !muted;
  mine.sound = "talk";
  before = "";
  wish();
  touch("media");
  const answer = await put({microphone: {track}});
  if (answer.t !== "no" || answer.key === "unavailable" || answer.key === "lost") return "";
  own(null);
  mine.sound = "listen";
  touch("media");
  return refusedWords(answer, "microphone");
}

export function silence() {
  clearTimeout(releasing);
  own(null);
  isInterrupted = false;
  return take("microphone");
}

function release() {
  if (isOpen()) return;
  own(null);
  replace("microphone", null);
}

async function reopen() {
  if (track?.readyState === "live") return true;
  try {
    own(await open("microphone"));
  } catch (fault) {
    toast(explain(fault, "microphone"), "microphone");
    return false;
  }
  await replace("microphone", track);
  return true;
}

function obey(on) {
  clearTimeout(releasing);
  if (track) track.enabled = on;
  if (!on) releasing = setTimeout(release, RELEASED);
}

/** @param {boolean} on */
export async function setMuted(on) {
  if (mine.sound !== "talk") return;
  if (on) obey(false);
  else if (!(await reopen())) return;
  const answer = await ask({t: "mute", on});
  if (answer.t === "no" && answer.key === "locked") toast(t("why.mic"), "microphone");
  else if (answer.key !== "gone") agreed(answer);
  if (answer.t === "no") obey(isOpen());
  else choose("muted", on);
}

/** Follows what the server says of this person's microphone; ``by`` is who changed it. */
export async function followMicrophone(by = "") {
  const {state} = page;
  if (mine.sound !== "talk") return;
  if (isLocked(state, "mic")) {
    giveUp(t("why.mic"));
    return;
  }
  const now = me(state)?.microphone;
  const other = by && by !== state.you.user;
  if (other && now === "muted") toast(t("call.mutedBy", {name: nameOf(state, by)}), "microphone");
  if (other && now === "on") toast(t("call.unmutedBy", {name: nameOf(state, by)}), "microphone");
  if (now === before || !["muted", "on"].includes(now)) return;
  before = now;
  // An engine that is lost leaves none; whoever was muted comes back muted.
  comesMuted = now === "muted";
  if (now === "on" && !(await reopen())) {
    setMuted(true);
    return;
  }
  obey(now === "on");
}

/** Takes another microphone. */
export async function changeMicrophone(given) {
  if (mine.sound !== "talk") {
    given?.stop();
    return;
  }
  own(given);
  given.enabled = isOpen();
  await replace("microphone", given);
  if (!isOpen()) obey(false);
}

/** Whether the person wants to come in muted: by the meeting, or as they last were. */
export const prefersMuted = () => page.state.meeting.muteOnStart || choice("muted");

/** Goes on with the microphone, as the device gives it back. */
export const microphoneTrack = () => track;
