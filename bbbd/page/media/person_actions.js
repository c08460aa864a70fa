// What can be done with a person's sound, camera and screen: one's own view, and what moderators may.

import {isModerator} from "../people/model.js";
import {dialog} from "../shell/dialog.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {floatCamera, showWhole} from "./media.js";
import {isThere} from "./mine.js";
import {isPinned, pictureOf, togglePin} from "./pictures.js";

const send = async (message) => agreed(await ask(message));

async function unmute(user) {
  if (await send({t: "mute", on: false, who: user}) && !page.state.meeting.allowModsToUnmute) toast(t("call.asked"));
}

/**
 * The items of a person's menu.
 * @param {State} state
 * @param {Person} person
 * @returns {(MenuItem | false)[]}
 */
export function mediaActions(state, person) {
  const {user, microphone, cameras, screen} = person;
  const others = user !== state.you.user;
  const moderates = isThere() && isModerator(state) && others;
  const {allowModsToUnmute, allowModsToEjectCameras, maxPinnedCameras} = state.meeting;
  return [
    isThere() && others && cameras > 0 && maxPinnedCameras > 0 && {
      icon: "media/media.svg#pin", label: t(isPinned(user) ? "do.unpin" : "do.pin"), act: () => togglePin(user, maxPinnedCameras),
    },
    Boolean(pictureOf(user)) && {icon: "slides/slides.svg#full", label: t("do.whole"), act: () => showWhole(user)},
    Boolean(pictureOf(user)) && others && Boolean(document.pictureInPictureEnabled) && {
      icon: "media/media.svg#float", label: t("do.float"), act: () => floatCamera(user),
    },
    moderates && microphone === "on" && {icon: "mic-off", label: t("do.mute"), act: () => send({t: "mute", on: true, who: user})},
    moderates && microphone === "muted" && {icon: "mic", label: t(allowModsToUnmute ? "do.unmute" : "do.askUnmute"), act: () => unmute(user)},
    moderates && cameras > 0 && allowModsToEjectCameras && {
      icon: "media/media.svg#camera-off", label: t("do.stopCamera"), act: () => send({t: "media.stop", who: user, kind: "camera"}),
    },
    moderates && screen && {icon: "screen", label: t("do.stopScreen"), act: () => send({t: "media.stop", who: user, kind: "screen"})},
  ];
}

/** Asks whom to mute, and does it. */
export async function muteAll() {
  const answer = await dialog({
    title: t("muteAll.title"), lead: t("muteAll.lead"),
    actions: [[t("cancel"), "quiet", ""], [t("muteAll.butPresenter"), "quiet", "*presenter"], [t("do.muteAll"), "primary", "*"]],
  });
  if (answer) send({t: "mute", on: true, who: answer});
}
