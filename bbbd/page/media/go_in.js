// Going in with sound: the dialog before it, or straight in by the link, or as one was in before a reload.

import {isLocked, isModerator} from "../people/model.js";
import {isAsking} from "../recording/consent.js";
import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {current} from "../shell/states.js";
import {t} from "../shell/strings.js";
import {remember, remembered} from "../shell/ticket.js";
import {toast} from "../shell/toast.js";
import {changeCamera, startCamera} from "./camera.js";
import {makeCheck} from "./device_check.js";
import {isMutedNow, prefersMuted, changeMicrophone, silence, talk} from "./microphone.js";
import {meshNote} from "./mesh_notices.js";
import {isAble, isAway, mine} from "./mine.js";
import {says} from "./userdata.js";
import {wish} from "./wishes.js";

let begun = false;
let isOpen = false;
let wasSeen = false; // one's own picture, before others saw it

const mayListen = () => !says("listen_only_mode", "false");

/** By ``force_listen_only`` viewers only listen. */
const mustListen = () => says("force_listen_only") && !isModerator(page.state);

function keep() {
  const {sound, camera} = mine;
  remember({call: {epoch: page.state.epoch, sound, camera, muted: sound === "talk" && isMutedNow()}});
}

export async function listen() {
  await silence();
  mine.sound = "listen";
  wish();
  touch("media");
}

async function speak(track, muted, words = "") {
  const why = await talk(track, muted);
  if (!why) return;
  // Who cannot speak can still listen.
  if (mayListen()) openGoIn([words, why].filter(Boolean).join(" "));
  else toast(why, "microphone");
}

async function shareCamera(track) {
  const why = await startCamera(track);
  wasSeen ||= !why;
  if (why) toast(why, "camera");
}

/** @param {string} trouble */
export async function openGoIn(trouble = "") {
  if (isOpen) return;
  if (mustListen()) {
    await listen();
    return;
  }
  isOpen = true;
  const {state} = page;
  const locked = isLocked(state, "mic");
  const seesTest = !says("skip_check_audio");
  const check = makeCheck({
    withSound: !locked, withCamera: !isLocked(state, "cam") && mine.sound === "out" && !mine.camera,
    wantsCamera: says("auto_share_webcam") && says("skip_video_preview"), test: seesTest,
  });
  if (trouble) check.say(trouble);
  const muted = el("input", {type: "checkbox", checked: prefersMuted()});
  const answer = await dialog({
    title: t("goIn.title"), lead: locked ? t("why.mic") : t("goIn.lead"), kind: "devices",
    content: [...check.nodes, !locked && el("label", {class: "check"}, muted, el("span", {}, t("goIn.muted"))), meshNote()],
    actions: [
      [t("goIn.later"), "quiet", ""],
      ...(mayListen() && mine.sound !== "listen" ? [/** @type {DialogAction} */ ([t("goIn.listen"), locked ? "primary" : "quiet", "listen"])] : []),
      ...(locked ? [] : [/** @type {DialogAction} */ ([t("goIn.talk"), "primary", "talk"])]),
    ],
  });
  isOpen = false;
  const wantsCamera = check.wantsCamera();
  const tracks = answer === "talk" ? check.take() : {microphone: null, camera: answer ? check.take().camera : null};
  check.end();
  if (!answer || current() === "left") return;
  if (answer === "talk") await speak(tracks.microphone, muted.checked);
  else await listen();
  if (wantsCamera) await shareCamera(tracks.camera);
}

/** Chooses other devices while one is in. */
export async function openDevices() {
  const check = makeCheck({withSound: true, withCamera: true, wantsCamera: mine.camera, mayBeOff: !mine.camera});
  await dialog({title: t("devices"), kind: "devices", content: [...check.nodes, meshNote()], actions: [[t("done"), "primary", ""]]});
  const {microphone, camera} = check.take();
  check.end();
  if (microphone) await changeMicrophone(microphone);
  if (camera) await changeCamera(camera);
}

/** The camera's button: the first time one sees oneself before others do. */
export async function openCamera() {
  if (says("skip_video_preview") || wasSeen) {
    await shareCamera(null);
    return;
  }
  const check = makeCheck({withSound: false, wantsCamera: true, mayBeOff: false});
  const answer = await dialog({
    title: t("camera.title"), lead: t("camera.lead"), kind: "devices", content: check.nodes,
    actions: [[t("cancel"), "quiet", ""], [t("camera.start"), "primary", "start"]],
  });
  const {camera} = answer ? check.take() : {camera: null};
  check.end();
  if (answer) await shareCamera(camera);
}

/** Leaves the sound; a camera stays. */
export async function leaveSound() {
  mine.sound = "out";
  wish();
  touch("media");
  await silence();
}

async function begin() {
  const before = remembered("call");
  if (before?.epoch === page.state.epoch) {
    if (before.sound === "talk") await speak(null, before.muted);
    if (before.sound === "listen") await listen();
    if (before.camera) await shareCamera(null);
    return;
  }
  if (says("auto_join_audio", "false")) return;
  if (mustListen()) await listen();
  else if (says("skip_check_audio") && !mayListen()) await speak(null, prefersMuted());
  else await openGoIn();
  if (says("auto_share_webcam") && !mine.camera && !isLocked(page.state, "cam")) await openCamera();
}

export function startGoIn() {
  watch(["media", "people"], (state) => state && begun && keep());
  watch(["connection", "media", "meeting"], () => {
    if (begun || !page.connected || isAway() || isAsking() || current() !== "meeting") return;
    begun = true;
    if (isAble()) begin();
    else toast(t("call.unable"));
  });
}
