// Consent to being recorded: asked once, before the page sends anything of the person. The server knows the answer.

import {keeps, mine} from "../media/mine.js";
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

/** From least to most, what may be kept of people's media. */
const MORE = ["off", "sound", "all"];

/** Whether the answer counts for what is kept now: who agreed where less was kept did not agree to more. */
const isAnswered = ({consent, agreedTo}) => consent === false || (consent && MORE.indexOf(agreedTo) >= MORE.indexOf(keeps()));

/** Whether the person agreed to what is kept now. */
export const agrees = (state) => state.consent === true && keeps() !== "off" && isAnswered(state);

/**
 * Consent is due on entering, when recording starts where the meeting announces that, and, where media are kept, of all
 * who send sound or pictures while it runs.
 */
function due(state, starts) {
  const {recording, epoch, meeting} = state;
  const first = remembered("entered") !== epoch;
  if (first && !recording.on) remember({entered: epoch});
  if (!recording.on || isAnswered(state) || remembered("owed")?.epoch === epoch) return false;
  return first || (starts && meeting.notifyRecordingIsOn) || (keeps() !== "off" && isSending());
}

/** Whether the question is due now, though nothing of the recording changed: somebody begins to speak. */
export const isDue = () => !asking && current() === "meeting" && due(page.state, false);

/** Tells the server the answer, which outlives a lost connection. */
async function tell(agrees) {
  const {epoch} = page.state;
  Object.assign(page.state, {consent: agrees, agreedTo: keeps()});
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

const DEVICES = {off: "recorded.nothing", sound: "recorded.sound", all: "recorded.devices"};

/** What becomes of sound, camera and screen. */
const devices = () => el("p", {class: "lead"}, t(DEVICES[keeps()]));

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
      ...(keeps() === "off" ? [] : [/** @type {DialogAction} */ ([t("recorded.refuse"), "quiet", "refuse"])]),
      [t(keeps() === "off" ? "recorded.stay" : "recorded.agree"), "primary", "stay"],
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
export const mayChangeConsent = (state) => keeps() !== "off" && state.recording.marked && isAnswered(state);

const KEPT = {sound: "recorded.soundIsKept", all: "recorded.isKept"};

/** Lets the person change the answer. */
export async function changeConsent() {
  const answer = await dialog({
    title: t("recorded.change"), lead: t(page.state.consent ? KEPT[keeps()] : "recorded.isNotKept"), content: [devices()],
    actions: [[t("recorded.refuse"), "quiet", "refuse"], [t("recorded.agree"), "primary", "stay"]],
  });
  if (answer) tell(answer === "stay");
}
