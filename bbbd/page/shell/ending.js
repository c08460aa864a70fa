// The card after the meeting has ended, or after one has left it.

import {saveChat} from "../chat/transcript.js";
import {recorded} from "../recording/model.js";
import {$, el, write} from "./dom.js";
import {canGoBack, goBack} from "./return_url.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";
import {serverNow} from "./time.js";

const STAY = 30;

const WHY = {
  ENDED_WHEN_NOT_JOINED: "ended.notJoined", ENDED_AFTER_EXCEEDING_DURATION: "ended.duration",
  ENDED_WHEN_LAST_USER_LEFT: "ended.empty", ENDED_DUE_TO_INACTIVITY: "ended.inactivity",
  ENDED_DUE_TO_NO_MODERATOR: "ended.noModerator", ENDED_FROM_API: "ended.api",
  ENDED_AFTER_USER_LOGGED_OUT: "ended.moderator", ENDED_WITH_PARENT: "ended.parent", BREAKOUT_ENDED_BY_MOD: "ended.rooms", ENDED_WHEN_REPLACED: "ended.api",
};

const minutes = (milliseconds) => plural("minutes", Math.max(1, Math.round(milliseconds / 60_000)));

/** The facts of the card. */
export function ended({why, by = ""}, {entered, actions}) {
  const {state} = page;
  const name = page.meeting?.name || t("thisMeeting");
  const lead = by ? t("ended.by", {name, by}) : t(WHY[why] || "ended.plain", {name});
  const stats = [];
  let note = "";
  if (state) {
    stats.push([t("ended.here"), minutes(Date.now() - entered)], [t("ended.people"), String(state.names.size)]);
    if (state.meeting.record && state.recording.marked) {
      stats.push([t("ended.recorded"), minutes(recorded(state.recording, serverNow()))]);
      note = t(page.publishesRecordings ? "ended.recording" : "ended.recordingHeld");
    }
  }
  const save = hasChat(state) ? [[t("chat.save"), "quiet", saveChat, "chat"]] : [];
  return {lead, stats, note, lines: returnNotice(), actions: [...actions, ...save]};
}

/** The count that ends at the logout URL; without such a URL, that the page can be closed. */
export const returnNotice = () => [canGoBack() ? countdown() : el("p", {class: "aside-note"}, t("back.close"))];

/** @param {State} state */
const hasChat = (state) => Boolean(state) && [...state.threads.values()].some((thread) => thread.messages.length > 0);

let counting = 0;

/** Counts down to the way back, which it then takes; "stay" ends it. */
function countdown() {
  const until = Date.now() + 1000 * STAY;
  const text = el("span");
  const stay = el("button", {type: "button", class: "link"}, t("back.stay"));
  const line = el("p", {class: "aside-note"}, text, " ", stay);
  const stop = () => {
    clearInterval(counting);
    line.remove();
  };
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    write(text, plural("back.in", seconds));
    if (seconds) return;
    stop();
    goBack();
  };
  stay.onclick = () => {
    $("card").querySelector("h1").focus();
    stop();
  };
  // The end may be announced twice, by the socket and by the door: one count runs.
  clearInterval(counting);
  counting = setInterval(tick, 1000);
  tick();
  return line;
}
