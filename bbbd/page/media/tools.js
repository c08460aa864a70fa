// The tools of the bar for sound, camera and screen: when they are there, how they look, and why they cannot be used.

import {isLocked} from "../people/model.js";
import {presents} from "../slides/model.js";
import {has} from "../shell/features.js";
import {t} from "../shell/strings.js";
import {whyNoMeshCamera} from "./mesh_words.js";
import {pressCamera, pressMicrophone, pressScreen} from "./media.js";
import {isAble, isAway, isThere, me, mine} from "./mine.js";

/** @param {State} state */
const microphone = (state) => (mine.sound === "talk" ? me(state)?.microphone : mine.sound);

const MICROPHONE_LOOKS = {
  out: ["headphones", "tool.sound", "tool.soundShort"],
  listen: ["mic-off", "tool.speak", "tool.speakShort"],
  muted: ["mic-off", "tool.unmute", "tool.unmuteShort"],
  on: ["mic", "tool.mute", "tool.muteShort"],
};
/** Until the first packets arrived. */
const ON_THE_WAY = ["mic", "tool.connecting", "tool.connectingShort"];

/** @param {State} state */
function whyNotMicrophone(state) {
  if (!isAble()) return t("call.unable");
  if (isAway()) return t("call.away");
  return mine.sound !== "out" && isLocked(state, "mic") ? t("why.mic") : "";
}

/** @param {State} state */
function whyNotCamera(state) {
  if (!isAble()) return t("call.unable");
  if (isAway()) return t("call.away");
  return isLocked(state, "cam") ? t("why.cam") : whyNoMeshCamera(state);
}

const maySendScreen = (state) => isThere() && isAble() && presents(state) && has(state, "screenshare") && Boolean(navigator.mediaDevices?.getDisplayMedia);

/** @type {Tool[]} */
export const MEDIA_TOOLS = [
  {
    name: "microphone", there: isThere, on: (state) => microphone(state) === "on", act: pressMicrophone,
    off: (state) => microphone(state) === "muted", why: whyNotMicrophone,
    look: (_, state) => (mine.sound === "talk" && microphone(state) === "listen" ? ON_THE_WAY : MICROPHONE_LOOKS[microphone(state)] ?? ON_THE_WAY),
  },
  {
    name: "camera", there: isThere, on: () => mine.camera, act: pressCamera, why: whyNotCamera,
    look: (on) => (on ? ["camera", "tool.cameraStop", "tool.cameraStopShort"] : ["media/media.svg#camera-off", "tool.camera", "tool.cameraShort"]),
  },
  {
    name: "screen", there: maySendScreen, on: () => mine.screen, act: pressScreen, why: () => (isAway() ? t("call.away") : ""),
    look: (on) => ["screen", on ? "tool.screenStop" : "tool.screen", on ? "tool.screenStopShort" : "tool.screenShort"],
  },
];
