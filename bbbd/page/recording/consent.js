// Consent to being recorded: asked once, and the page sends nothing of the person before the answer.

import {dialog} from "../shell/dialog.js";
import {current, show} from "../shell/states.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {remember, remembered} from "../shell/ticket.js";

let leave = () => {};
let asking = false;

export function onRefusal(act) {
  leave = act;
}

export const isAsking = () => asking;

/** Consent is due on entering, and when recording starts where the meeting announces that. */
function due({recording, epoch, meeting}, starts) {
  if (remembered("consented") === epoch) return false;
  if (starts) return meeting.notifyRecordingIsOn;
  const first = remembered("entered") !== epoch;
  if (first && !recording.on) remember({entered: epoch});
  return first && recording.on;
}

/** Asks where consent is due. Returns whether the page may send the person's messages. */
export async function askConsent({starts = false, by = ""} = {}) {
  const {state} = page;
  if (asking) return false;
  // The person who starts the recording knows of it.
  if (starts && by === state.you.user) remember({consented: state.epoch, entered: state.epoch});
  if (!due(state, starts)) return true;
  asking = true;
  show("recorded");
  const answer = await dialog({
    title: t("recorded.title"), lead: t("recorded.lead"), must: true, kind: "centred",
    actions: [[t("leave"), "quiet", "leave"], [t("recorded.stay"), "primary", "stay"]],
  });
  asking = false;
  if (current() !== "recorded") return false;
  if (answer === "leave") {
    leave();
    return false;
  }
  remember({consented: state.epoch, entered: state.epoch});
  show(page.connected ? "meeting" : "reconnecting");
  return true;
}
