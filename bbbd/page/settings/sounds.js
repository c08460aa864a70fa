// Three soft sounds, synthesised here. They are off by default, and each has a visible counterpart.

import {choice} from "./preferences.js";

const TUNES = {knock: [392, 392], admitted: [523, 659, 784], message: [659], recording: [440, 554]};

let context = null;

export function play(tune) {
  if (!choice("sounds")) return;
  context ??= new AudioContext();
  context.resume();
  TUNES[tune].forEach((pitch, index) => {
    const [begin, tone, volume] = [context.currentTime + index * 0.14, context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.12, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.32);
  });
}
