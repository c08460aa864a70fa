// Echo, noise and loudness of one's microphone, as the browser takes them in hand and the person wants it.

import {watch} from "../shell/store.js";
import {open, processing} from "./devices.js";
import {changeMicrophone, microphoneTrack} from "./microphone.js";

let applied = "";

const wanted = () => JSON.stringify(processing());

/** Some browsers change it only by opening the microphone anew. */
async function apply() {
  if (wanted() === applied) return;
  applied = wanted();
  const track = microphoneTrack();
  if (!track) return;
  await track.applyConstraints(processing()).catch(() => {});
  const settings = track.getSettings();
  const isDone = Object.entries(processing()).every(([name, on]) => !(name in settings) || settings[name] === on);
  if (isDone || track !== microphoneTrack()) return;
  const given = await open("microphone").catch(() => null);
  if (given) await changeMicrophone(given);
}

export function startProcessing() {
  applied = wanted();
  watch(["choices"], apply);
}
