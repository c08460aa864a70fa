// The menu behind "More", for rarer actions.

import {saveChat} from "../chat/transcript.js";
import {openGuestPolicy} from "../lobby/guest_policy.js";
import {changeLocks} from "../people/locks.js";
import {isModerator} from "../people/model.js";
import {openSettings} from "../settings/settings.js";
import {collapse, isCollapsed, onStage} from "../slides/presentation.js";
import {openAbout} from "./about.js";
import {confirm, menu} from "./dialog.js";
import {has} from "./features.js";
import {openShortcutList} from "./shortcut_list.js";
import {page} from "./store.js";
import {t} from "./strings.js";
import {agreed} from "./toast.js";
import {ask} from "./wire.js";

async function clearChat() {
  if (await confirm(t("clear.title"), t("clear.lead"), t("clear.yes"), "danger")) agreed(await ask({t: "chat.clear"}));
}

export function openMore(opener) {
  const {state} = page;
  const [moderator, chat] = [isModerator(state), has(state, "chat")];
  menu(opener, t("tool.more"), [
    {icon: "settings", label: t("settings"), act: openSettings},
    {icon: "info", label: t("about"), act: openAbout},
    chat && {icon: "save", label: t("chat.save"), act: saveChat},
    onStage(state) && {icon: "slides", label: t(isCollapsed() ? "slides.expand" : "slides.collapse"), act: () => collapse(!isCollapsed())},
    {icon: "keyboard", label: t("keys"), act: openShortcutList},
    moderator && {icon: "lock", label: t("locks"), act: () => changeLocks(page.state)},
    moderator && {icon: "door", label: t("guests"), act: openGuestPolicy},
    moderator && chat && {icon: "eraser", label: t("clear"), danger: true, act: clearChat},
  ]);
}
