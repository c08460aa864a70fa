// Consent to being recorded: asked once, before the page sends anything of the person. The server knows the answer.

import {isMesh, isThere, mine} from "../media/mine.js";
import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {current, show} from "../shell/states.js";
import {page, touch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {remember, remembered} from "../shell/ticket.js";
import {ask} from "../shell/wire.js";

let leave = () => {};
let asking = false;

export function onRefusal(act) {
  leave = act;
}

export const isAsking = () => asking;

/** Whether something of the person that can be refused reaches the others. */
const isSending = () => mine.sound === "talk" || mine.camera || mine.screen;

/**
 * Consent is due on entering, when recording starts where the meeting announces that, and of all who send sound or
 * pictures while it runs.
 */
function due({recording, epoch, meeting, consent}, starts) {
  const first = remembered("entered") !== epoch;
  if (first && !recording.on) remember({entered: epoch});
  if (!recording.on || consent !== null || remembered("owed")?.epoch === epoch) return false;
  return first || (starts && meeting.notifyRecordingIsOn) || isSending();
}

/** Whether the question is due now, though nothing of the recording changed: somebody begins to speak. */
export const isDue = () => !asking && current() === "meeting" && due(page.state, false);

/** Tells the server the answer, which outlives a lost connection. */
async function tell(agrees) {
  const {epoch} = page.state;
  page.state.consent = agrees;
  remember({owed: {epoch, agrees}, entered: epoch});
  const answer = await ask({t: "record.consent", agrees});
  if (answer.key === "lost") return;
  if (remembered("owed")?.agrees === agrees) remember({owed: null});
}

/** After a new connection: says again what the server may not have heard. */
export function tellAgain() {
  const owed = remembered("owed");
  if (owed?.epoch === page.state.epoch) tell(owed.agrees);
}

/** The mesh keeps nothing of devices; the answer counts once there is a media server again. */
const devices = () => isThere() && el("p", {class: "lead"}, t("recorded.devices"), isMesh() && ` ${t("mesh.notRecorded")}`);

/** Asks where consent is due. Returns whether the page may send the person's messages. */
export async function askConsent({starts = false} = {}) {
  if (asking) return false;
  if (!due(page.state, starts)) return true;
  asking = true;
  show("recorded");
  const answer = await dialog({
    title: t("recorded.title"), lead: t("recorded.lead"), content: [devices()], must: true, kind: "centred",
    actions: [
      [t("leave"), "quiet", "leave"],
      ...(isThere() ? [/** @type {DialogAction} */ ([t("recorded.refuse"), "quiet", "refuse"])] : []),
      [t(isThere() ? "recorded.agree" : "recorded.stay"), "primary", "stay"],
    ],
  });
  asking = false;
  if (current() !== "recorded") return false;
  if (answer === "leave") {
    leave();
    return false;
  }
  tell(answer === "stay");
  show(page.connected ? "meeting" : "reconnecting");
  touch("meeting");
  return true;
}

/** Whether the person may change an answer. */
export const mayChangeConsent = ({recording, consent}) => isThere() && recording.marked && consent !== null;

/** Lets the person change the answer. */
export async function changeConsent() {
  const answer = await dialog({
    title: t("recorded.change"), lead: t(page.state.consent ? "recorded.isKept" : "recorded.isNotKept"), content: [devices()],
    actions: [[t("recorded.refuse"), "quiet", "refuse"], [t("recorded.agree"), "primary", "stay"]],
  });
  if (answer) tell(answer === "stay");
}
