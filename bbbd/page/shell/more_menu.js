// The menu behind "More", for rarer actions.

import {openRooms} from "../breakouts/breakouts.js";
import {mayOpenRooms} from "../breakouts/model.js";
import {saveChat} from "../chat/transcript.js";
import {openReactions} from "../hands/reactions.js";
import {mayInvite, openInvitation} from "../invitation/invitation.js";
import {openGuestPolicy} from "../lobby/guest_policy.js";
import {leaveSound, openDevices} from "../media/media.js";
import {isThere, mine} from "../media/mine.js";
import {changeLocks} from "../people/locks.js";
import {isModerator} from "../people/model.js";
import {changeConsent, mayChangeConsent} from "../recording/consent.js";
import {isTherePoll, openPoll, PICTURE} from "../polls/polls.js";
import {mayRecord, toggleRecording} from "../recording/recording.js";
import {openSettings} from "../settings/settings.js";
import {presents} from "../slides/model.js";
import {collapse, isCollapsed, onStage} from "../slides/presentation.js";
import {openDecks} from "../slides/slides.js";
import {openAbout} from "./about.js";
import {confirm, menu} from "./dialog.js";
import {$} from "./dom.js";
import {has} from "./features.js";
import {openShortcutList} from "./shortcut_list.js";
import {page} from "./store.js";
import {t} from "./strings.js";
import {agreed} from "./toast.js";
import {ask} from "./wire.js";

async function clearChat() {
  if (await confirm(t("clear.title"), t("clear.lead"), t("clear.yes"), "danger")) agreed(await ask({t: "chat.clear"}));
}

/** A tool that the bar of a narrow page has no room for. */
const isCrowdedOut = (name) => !$(`tool-${name}`).hidden && !$(`tool-${name}`).offsetParent;

export function openMore(opener) {
  const {state} = page;
  const [moderator, chat] = [isModerator(state), has(state, "chat")];
  menu(opener, t("tool.more"), [
    isCrowdedOut("react") && {icon: "smile", label: t("tool.react"), act: () => openReactions(opener)},
    isCrowdedOut("slides") && presents(state) && {icon: "slides", label: t("slides"), act: openDecks},
    isCrowdedOut("poll") && isTherePoll(state) && {icon: PICTURE, label: t("tool.poll"), act: openPoll},
    isCrowdedOut("record") && mayRecord(state) && {icon: state.recording.on ? "record-off" : "record", label: t(state.recording.on ? "tool.recordStop" : "tool.record"), act: toggleRecording},
    isThere() && mine.sound !== "out" && {icon: "media/media.svg#speaker", label: t("devices"), act: openDevices},
    isThere() && mine.sound !== "out" && {icon: "headphones", label: t("tool.leaveSound"), act: leaveSound},
    mayChangeConsent(state) && {icon: "record", label: t("recorded.change"), act: changeConsent},
    mayInvite(state) && {icon: "link", label: t("invite"), act: openInvitation},
    {icon: "settings", label: t("settings"), act: openSettings},
    {icon: "info", label: t("about"), act: openAbout},
    chat && {icon: "save", label: t("chat.save"), act: saveChat},
    onStage(state) && {icon: "slides", label: t(isCollapsed() ? "slides.expand" : "slides.collapse"), act: () => collapse(!isCollapsed())},
    {icon: "keyboard", label: t("keys"), act: openShortcutList},
    mayOpenRooms(state) && {icon: "people", label: t("rooms"), act: openRooms},
    moderator && {icon: "lock", label: t("locks"), act: () => changeLocks(page.state)},
    moderator && {icon: "door", label: t("guests"), act: openGuestPolicy},
    moderator && chat && {icon: "eraser", label: t("clear"), danger: true, act: clearChat},
  ]);
}
