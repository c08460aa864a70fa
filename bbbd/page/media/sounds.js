// What is heard: an element for each track, the loudspeaker, and the one button where a browser plays nothing unasked.

import {choice, choose} from "../settings/preferences.js";
import {$, button, el, write} from "../shell/dom.js";
import {watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {hasLoudspeakers, list} from "./devices.js";
import {onReceived} from "./down.js";
import {mine} from "./mine.js";

/** @type {Map<string, HTMLAudioElement>} */
const elements = new Map();
let offer = null; // the button

function play(element) {
  element.play().then(() => settle(), (fault) => {
    if (fault.name === "NotAllowedError") settle(true);
  });
}

function settle(refused = false) {
  if (refused) write(offer.lastChild, t("call.hear"));
  if (refused) offer.hidden = false;
  else if ([...elements.values()].every(({paused}) => !paused)) offer.hidden = true;
}

async function direct(element) {
  if (!hasLoudspeakers()) return;
  const wanted = choice("loudspeaker");
  if (element.sinkId !== wanted) await element.setSinkId(wanted).catch(() => element.setSinkId("").catch(() => {}));
}

/** @param {Received[]} received */
function hear(received) {
  const sounds = received.filter(({track}) => track.kind === "audio" && mine.sound !== "out");
  const wanted = new Set(sounds.map(({mid}) => mid));
  for (const [mid, element] of elements) {
    if (wanted.has(mid)) continue;
    element.remove();
    element.srcObject = null;
    elements.delete(mid);
  }
  for (const {mid, track} of sounds) {
    const known = elements.get(mid);
    const shown = /** @type {MediaStream | undefined} */ (known?.srcObject);
    if (shown?.getTracks()[0] === track) continue;
    const element = known ?? el("audio", {hidden: true});
    elements.set(mid, element);
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    direct(element).then(() => play(element));
  }
  if (!elements.size) offer.hidden = true;
}

/** Sends all sound to the loudspeaker that the person chose. */
const redirect = () => elements.forEach(direct);

async function devicesChanged() {
  const wanted = choice("loudspeaker");
  if (!wanted || !hasLoudspeakers() || (await list("audiooutput")).some(({deviceId}) => deviceId === wanted)) return;
  choose("loudspeaker", "");
  toast(t("call.loudspeakerGone"), "loudspeaker");
}

export function startSounds() {
  offer = button("primary", "", () => elements.forEach(play), "media/media.svg#speaker");
  offer.append(el("span"));
  offer.id = "hear";
  offer.hidden = true;
  $("stage").prepend(offer);
  onReceived(hear);
  watch(["choices"], redirect);
  // The server takes a moment to send nothing more.
  watch(["media"], () => mine.sound === "out" && hear([]));
  navigator.mediaDevices?.addEventListener("devicechange", devicesChanged);
}
