// The ways into a breakout room, in a tab of its own, and back to the main meeting.

import {leaveAll} from "../media/media.js";
import {isThere} from "../media/mine.js";
import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

/** One tab for all rooms: another room takes the place of the one before. */
const TAB = "bbbd-breakout-room";

/**
 * Opens a room. The tab is opened at once, since a browser allows it only in answer to a click.
 * @param {Room} room
 */
export async function goToRoom({sequence, name}) {
  const tab = window.open("", TAB);
  const answer = await ask({t: "breakout.go", room: sequence});
  if (!agreed(answer) || !answer.url) {
    // Only an empty one: the room that is in it already stays.
    if (tab?.location.href === "about:blank") tab.close();
    return;
  }
  if (isThere()) {
    leaveAll();
    toast(t("rooms.soundOff"), "rooms");
  }
  if (tab) {
    tab.location.replace(answer.url);
    tab.focus();
    return;
  }
  const link = el("a", {href: answer.url, target: TAB, class: "primary"}, t("rooms.goTo", {name}));
  dialog({title: name, lead: t("rooms.popup"), content: [el("p", {}, link)]});
}

/** Asks for the link to the main meeting, which the way out then takes. */
export async function learnWayBack() {
  if (!page.connected) return;
  const answer = await ask({t: "breakout.back"});
  if (answer.url) page.back = answer.url;
}
