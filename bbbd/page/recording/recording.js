// Starting and stopping the recording, and the pill that shows whether it runs.

import {isModerator} from "../people/model.js";
import {$, el, set, write} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {clock, serverNow} from "../shell/time.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {recorded} from "./model.js";

/** @param {State} state */
export const mayRecord = (state) => state.meeting.record && state.meeting.allowStartStopRecording && isModerator(state);

export const toggleRecording = async () => agreed(await ask({t: "record", on: !page.state.recording.on}));

/** @param {State} state */
function draw(state) {
  const pill = $("recording");
  const {recording, meeting} = state;
  const could = meeting.record && isModerator(state);
  set(pill, {hidden: !recording.on && !could});
  pill.classList.toggle("on", recording.on);
  if (recording.on && !pill.querySelector("b")) {
    pill.replaceChildren(el("i", {class: "dot", "aria-hidden": "true"}), el("span", {}, t("recording.on")), el("b", {}));
  }
  if (recording.on) {
    write(pill.querySelector("span"), t("recording.on"));
    write(pill.querySelector("b"), clock(recorded(recording, serverNow())));
  } else if (could) {
    const text = recording.marked ? t("recording.paused") : t("recording.off");
    if (pill.textContent !== text || pill.querySelector("b")) pill.replaceChildren(el("i", {class: "ring", "aria-hidden": "true"}), el("span", {}, text));
  }
}

export function startRecording() {
  watch(["recording", "second", "you", "words"], (state) => state && draw(state));
}
