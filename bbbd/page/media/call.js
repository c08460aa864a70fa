// Everything about sound, cameras and screens that is loaded lazily, with its style sheet.

import {nameOf} from "../people/model.js";
import {dialog} from "../shell/dialog.js";
import {endRecording, resumeRecording, startOwnRecorder} from "../recording/own_recorder.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {send} from "../shell/wire.js";
import {followCamera, stopCamera} from "./camera.js";
import {floatCamera, startFloating} from "./floating.js";
import {startEconomy} from "./camera_economy.js";
import {startCameras} from "./cameras.js";
import {startDeviceCheck} from "./device_check.js";
import {closeDown, takeOffer} from "./down.js";
import {refusedWords} from "./failures.js";
import {leaveSound, openCamera, openDevices, openGoIn, startGoIn} from "./go_in.js";
import {startProcessing} from "./microphone_processing.js";
import {followMicrophone, isMutedNow, isOpen, setMuted} from "./microphone.js";
import {closeMesh, startMesh, takeLinks, takeSignal} from "./mesh.js";
import {startMeshNotices} from "./mesh_notices.js";
import {isAway, isMesh, me, mine} from "./mine.js";
import {startPushToTalk} from "./push_to_talk.js";
import {startQuality} from "./quality.js";
import {followScreen, startScreen, stopScreen} from "./screen.js";
import {startSharedScreen} from "./shared_screen.js";
import {startSounds} from "./sounds.js";
import {startSpeech} from "./speech.js";
import {afresh, again, isSent, renew, sentTrack, shareAgain, startUp} from "./up.js";
import {startWakeLock} from "./wake_lock.js";
import {showWhole, startWhole} from "./whole.js";
import {startWishes, wishAgain} from "./wishes.js";

export {floatCamera, leaveSound, openDevices, showWhole};

const ICE_AT = 800; // milliseconds for each second that ICE servers are valid: asked for anew at 80 %
const FORGOTTEN = 5000; // milliseconds after which a server that came back without this page's tracks is offered them

let wasAway = false;
let engine = ""; // the server's, as it was last
let wasConnected = false;
let described = null; // the engine, as the timer of its ICE servers has it
let iceTimer = 0;
let question = null;

export function pressMicrophone() {
  if (mine.sound !== "talk") return openGoIn();
  return setMuted(isOpen());
}

export const pressCamera = () => (mine.camera ? stopCamera() : openCamera());

export const pressScreen = () => (mine.screen ? stopScreen() : startScreen());

/** Somebody asks this person to switch their microphone on. */
async function askToSpeak({by}) {
  question?.abort();
  const mineNow = (question = new AbortController());
  const answer = await dialog({
    title: t("asked.title", {name: nameOf(page.state, by)}), lead: t("asked.lead"), kind: "centred", signal: mineNow.signal,
    actions: [[t("asked.no"), "quiet", ""], [t("tool.unmute"), "primary", "yes"]],
  });
  if (answer) setMuted(false);
}

const HEARD = {
  "media.down": takeOffer,
  "media.ask": askToSpeak,
  "media.gone": ({link}) => link === "up" && renew(),
  "media.links": (message) => isMesh() && takeLinks(message),
  "media.signal": takeSignal,
};

export const hear = (message) => HEARD[message.t]?.(message);

/** Takes a change of one's own microphone, camera and screen. */
export function noteOwnChange(by = "") {
  followMicrophone(by);
  followCamera(by);
  followScreen(by);
  if (isOpen()) question?.abort();
}

/** Says once when the server's engine is gone, and once when it, or another, is there; then all goes on by itself. */
function followEngine() {
  const away = isAway();
  const isOther = engine !== page.media.engine;
  if ((away && !wasAway) || isOther) {
    closeDown();
    closeMesh();
  }
  if (away && !wasAway) toast(t("call.away"), "engine");
  if (!away && (wasAway || isOther)) {
    wishAgain();
    afresh();
    toast(t(isMesh() ? "mesh.now" : "call.back"), "engine");
  }
  wasAway = away;
  engine = page.media.engine;
  if (described === page.media) return;
  described = page.media;
  clearTimeout(iceTimer);
  const {iceFor, ice} = page.media;
  if (!away && iceFor && ice?.length) iceTimer = setTimeout(() => send({t: "media.ice"}), iceFor * ICE_AT);
}

/** After a lost connection the links may go on; what the server no longer knows is offered anew. */
function followConnection() {
  if (page.connected === wasConnected) return;
  wasConnected = page.connected;
  if (page.connected) resumeRecording();
  if (!page.connected || isAway()) return;
  if (isMesh()) shareAgain();
  wishAgain();
  noteOwnChange();
  setTimeout(() => {
    const own = page.connected && page.state && me(page.state);
    if (!own || isAway()) return;
    const forgotten = (isSent("microphone") && !["muted", "on"].includes(own.microphone))
      || (isSent("camera") && !own.cameras) || (isSent("screen") && !own.screen);
    if (forgotten) again();
  }, FORGOTTEN);
}

/** Leaves the sound, and ends camera and screen. */
export function leaveAll() {
  leaveSound();
  if (mine.camera) stopCamera();
  if (mine.screen) stopScreen();
}

/** The meeting is over for this page. */
export function hangUp() {
  endRecording();
  question?.abort();
  mine.sound = "out";
  leaveAll();
  closeDown();
  closeMesh();
  touch("media");
}

export function start() {
  startOwnRecorder();
  startUp({
    isMuted: isMutedNow,
    troubled: () => toast(t("call.noWay"), "engine"),
    refused: (kind, answer) => kind === "camera" && stopCamera(refusedWords(answer, kind)),
  });
  startMesh(sentTrack);
  startSounds();
  startCameras();
  startSharedScreen();
  startWhole();
  startFloating();
  startWishes();
  startDeviceCheck();
  startQuality();
  startEconomy();
  startProcessing();
  startPushToTalk();
  startWakeLock();
  startMeshNotices();
  startSpeech();
  wasConnected = page.connected;
  wasAway = false;
  engine = page.media.engine;
  watch(["media"], () => page.media && followEngine());
  watch(["connection"], followConnection);
  // Locks and the presenter change without an event of one's own media.
  watch(["locks", "you", "roster"], (state) => state && noteOwnChange());
  startGoIn();
  wishAgain();
}
