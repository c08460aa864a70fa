// Buttons for moderators at the head of the list of people.

import {openRooms} from "../breakouts/breakouts.js";
import {mayOpenRooms} from "../breakouts/model.js";
import {mayInvite, openInvitation, watchInvitation} from "../invitation/invitation.js";
import {openGuestPolicy} from "../lobby/guest_policy.js";
import {isThere} from "../media/mine.js";
import {muteAll} from "../media/person_actions.js";
import {$, button, set} from "../shell/dom.js";
import {page, SELDOM, watch} from "../shell/store.js";
import {language, t} from "../shell/strings.js";
import {changeLocks} from "./locks.js";
import {isModerator} from "./model.js";
import {lowerAll} from "./person_menu.js";

let words = "";
let lower = null; // the button for all hands
let rooms = null; // that for breakout rooms
let invite = null; // that of the invitation
let mute = null; // that for all microphones

/** @param {State} state */
function draw(state) {
  const box = $("manage");
  set(box, {hidden: !isModerator(state)});
  if (words !== language()) {
    words = language();
    rooms = button("quiet small", t("rooms"), openRooms, "people");
    lower = button("quiet small", t("do.lowerAll"), lowerAll, "hand");
    invite = button("quiet small", t("invite"), openInvitation, "link");
    mute = button("quiet small", t("do.muteAll"), muteAll, "mic-off");
    box.replaceChildren(
      invite,
      button("quiet small", t("locks"), () => changeLocks(page.state), "lock"),
      button("quiet small", t("guests"), openGuestPolicy, "door"),
      rooms, lower, mute,
    );
  }
  set(lower, {hidden: ![...state.people.values()].some(({hand}) => hand)});
  set(mute, {hidden: !isThere()});
  set(invite, {hidden: !mayInvite(state)});
  set(rooms, {hidden: !mayOpenRooms(state)});
}

export function startModeration() {
  watchInvitation();
  /** @param {State | null} state */
  const drawSeen = (state) => state && draw(state);
  watch(["you", "media", "words"], drawSeen);
  watch(["roster", "hands"], drawSeen, SELDOM);
}
