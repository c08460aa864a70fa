// How loud the recording is over its time, drawn behind the seek bar: where nobody speaks is seen before one seeks.

import {$} from "../../page/shell/dom.js";
import {number, readJson} from "./files.js";
import {duration, listen} from "./timeline.js";

const MOST = 5000; // values of a file
const LOUDEST = 99;
const LEAST = 1; // of a hundred: silence is a line

let step = 0; // seconds
/** @type {number[]} */
let peaks = [];
let drawnFor = 0;

export async function readLoudness() {
  const found = await readJson("loudness.json");
  step = number(found?.step);
  peaks = Array.isArray(found?.peaks) ? found.peaks.slice(0, MOST).map((peak) => Math.min(Math.max(0, number(peak)), LOUDEST)) : [];
}

function draw() {
  const whole = duration();
  if (!whole || whole === drawnFor) return;
  drawnFor = whole;
  // The bar is as long as the recording, which may end within a step.
  $("loud").setAttribute("viewBox", `0 0 ${whole / step} 100`);
  $("peaks").setAttribute("d", peaks.map((peak, place) => `M${place} 100v${-Math.max(LEAST, peak)}h1V100z`).join(""));
}

/** Draws it, if the recording says how loud it is and anybody is heard. */
export function startLoudness() {
  if (!(step > 0) || !peaks.some((peak) => peak > LEAST)) return;
  $("loud").removeAttribute("hidden");
  listen(draw);
  draw();
}
