// Captions and subtitles: parsed by the browser, shown in a line of their own that never covers the slide.

import {$, el} from "../../page/shell/dom.js";
import {choice, choose} from "./choices.js";
import {address, recording} from "./files.js";
import {now} from "./timeline.js";

const media = $("media");
let chosen = null; // the TextTrack whose cues are shown
let shownCues = [];

/** Makes the list of tracks, and shows the one that was chosen last. */
export function startCaptions() {
  const labels = new Map();
  for (const {label} of recording.tracks) labels.set(label, (labels.get(label) || 0) + 1);
  recording.tracks.forEach((one, place) => {
    const label = labels.get(one.label) > 1 ? `${one.label} (${one.kind})` : one.label;
    const src = address(`text-tracks/${encodeURIComponent(one.href)}`);
    media.append(el("track", {kind: one.kind, label, srclang: one.lang, src, onload: drawCaptions}));
    $("tracks").append(el("option", {value: String(place)}, label));
    if (choice("captions") && choice("captions") === one.lang && !$("tracks").value) $("tracks").value = String(place);
  });
  $("tracks-label").hidden = recording.tracks.length === 0;
  $("tracks").addEventListener("change", () => {
    choose("captions", recording.tracks[Number($("tracks").value)]?.lang ?? "");
    applyTrack();
  });
  if ($("tracks").value) applyTrack();
}

/** Shows the next track, or none after the last. */
export function nextTrack() {
  const list = $("tracks");
  if (!recording.tracks.length) return;
  list.selectedIndex = (list.selectedIndex + 1) % list.length;
  list.dispatchEvent(new Event("change"));
}

function applyTrack() {
  const value = $("tracks").value;
  [...media.textTracks].forEach((track, place) => {
    track.mode = String(place) === value ? "hidden" : "disabled";
  });
  chosen = value ? media.textTracks[Number(value)] : null;
  shownCues = [];
  $("cue").hidden = !chosen;
  $("cue").replaceChildren();
  drawCaptions();
}

/** Shows the cues of now. */
export function drawCaptions() {
  if (!chosen) return;
  const time = now();
  const cues = [...(chosen.cues || [])].filter((cue) => cue.startTime <= time && time < cue.endTime);
  if (cues.length === shownCues.length && cues.every((cue, place) => cue === shownCues[place])) return;
  shownCues = cues;
  // What the browser made of a cue: bold, italic and underlined text, and nothing that runs.
  $("cue").replaceChildren(...cues.map((cue) => {
    const line = el("div", {dir: "auto"});
    line.append(/** @type {VTTCue} */ (cue).getCueAsHTML());
    return line;
  }));
}

/** All cues of all tracks, each with its track's label; the tracks are loaded for it. */
export async function allCues() {
  const tracks = /** @type {HTMLTrackElement[]} */ ([...media.querySelectorAll("track")]);
  await Promise.all(tracks.map((element) => element.readyState === 2 || element.readyState === 3 ? null : new Promise((resolve) => {
    for (const event of ["load", "error"]) element.addEventListener(event, resolve, {once: true});
    if (element.track.mode === "disabled") element.track.mode = "hidden";
  })));
  const found = tracks.flatMap(({track}) => [...(track.cues || [])].map((cue) => ({
    begin: cue.startTime, text: /** @type {VTTCue} */ (cue).getCueAsHTML().textContent || "", label: track.label,
  })));
  tracks.forEach(({track}) => {
    if (track !== chosen) track.mode = "disabled";
  });
  return found;
}
