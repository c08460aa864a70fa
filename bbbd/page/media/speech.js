// Says when this person speaks, where no server hears it: in links between browsers.

import {watch} from "../shell/store.js";
import {send} from "../shell/wire.js";
import {measure} from "./level.js";
import {isOpen, microphoneTrack} from "./microphone.js";
import {isMesh} from "./mine.js";

const LOUD = 0.42; // of the scale of level.js
const PAUSE = 700; // milliseconds of quiet after which one no longer speaks

/** @type {MediaStreamTrack | null} */
let measured = null;
let meter = null;
let speaks = false;
let heard = 0;

function tell(on) {
  if (on === speaks) return;
  if (send({t: "media.talk", on})) speaks = on;
}

function hear(level) {
  const now = performance.now();
  if (level > LOUD) heard = now;
  tell(heard > 0 && now - heard < PAUSE);
}

function settle() {
  const track = isMesh() && isOpen() ? microphoneTrack() : null;
  if (track === measured) return;
  meter?.end();
  measured = track;
  heard = 0;
  meter = track && measure(track, hear);
  // Who is muted, or out, has ended to speak without a word of theirs.
  if (!track) speaks = false;
}

export const startSpeech = () => watch(["media", "people"], (state) => state && settle());
