// How the recording is shown and heard: speed, loudness, slide or camera in the large place, sound alone, full screen,
// theme, language.

import {$, el} from "../../page/shell/dom.js";
import {languages, locale, t} from "../../page/shell/strings.js";
import {choice, choose, chooseShared, sharedChoice, usesLetters} from "./choices.js";
import {openDialog} from "./dialog.js";
import {setRate, useSound} from "./timeline.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const media = $("media");
let shown = {slides: false, camera: false, sound: false}; // what the recording has

function applySpeed(speed) {
  const known = SPEEDS.includes(speed) ? speed : 1;
  $("speed").value = String(known);
  setRate(known);
  choose("speed", known);
}

/** Chooses the next speed, or the one before. */
export function stepSpeed(by) {
  const place = SPEEDS.indexOf(Number($("speed").value)) + by;
  applySpeed(SPEEDS[Math.min(Math.max(0, place), SPEEDS.length - 1)]);
}

function applyVolume(volume, muted) {
  media.volume = Math.min(Math.max(0, Number(volume) || 0), 1);
  media.muted = muted === true;
  $("volume").value = String(media.muted ? 0 : media.volume);
  $("mute").setAttribute("aria-pressed", String(media.muted));
  choose("volume", media.volume);
  choose("muted", media.muted);
}

export const toggleMuted = () => applyVolume(media.volume || 1, !media.muted);

/** Slide and camera change places. */
export function toggleSwap() {
  if ($("swap").hidden) return;
  const isSwapped = document.body.dataset.large === "camera";
  document.body.dataset.large = isSwapped ? "slide" : "camera";
  $("swap").setAttribute("aria-pressed", String(!isSwapped));
}

function applyOver(isOver) {
  document.body.dataset.over = isOver ? "on" : "off";
  $("over").setAttribute("aria-pressed", String(isOver));
  choose("over", isOver);
}

// Only what is heard: the pictures are not shown, and not fetched where the recording has its sound by itself.
function toggleAlone() {
  const isAlone = $("alone").getAttribute("aria-pressed") !== "true";
  $("alone").setAttribute("aria-pressed", String(isAlone));
  place({...shown, slides: shown.slides && !isAlone, camera: shown.camera && !isAlone});
  useSound(isAlone);
}

export function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  // The whole page, so that controls and captions stay beside the slide.
  else document.documentElement.requestFullscreen?.().catch(() => { /* a frame may forbid it */ });
}

export function applyTheme() {
  document.documentElement.dataset.theme = sharedChoice("theme");
}

function field(label, options, value, act) {
  const select = el("select", {}, ...options.map(([tag, words]) => el("option", {value: tag, selected: tag === value}, words)));
  select.addEventListener("change", () => act(select.value));
  return el("label", {class: "field"}, el("span", {}, label), select);
}

function openSettings() {
  openDialog(t("settings"), [
    field(t("settings.language"), [["", t("settings.languageBrowser")], ...languages()], sharedChoice("language"), (tag) => {
      chooseShared("language", tag);
      location.reload();
    }),
    field(t("settings.theme"), [["", t("settings.themeDevice")], ["light", t("settings.themeLight")], ["dark", t("settings.themeDark")]],
      sharedChoice("theme"), (theme) => {
        chooseShared("theme", theme);
        applyTheme();
      }),
    el("label", {class: "check"}, el("input", {type: "checkbox", checked: usesLetters(), onchange: (event) => {
      chooseShared("shortcuts", event.target.checked);
    }}), t("settings.shortcuts")),
  ]);
}

function place({slides, camera}) {
  document.body.dataset.places = slides && camera ? "both" : slides || camera ? "one" : "none";
  $("board").hidden = !slides;
  $("camera").hidden = !camera;
  for (const id of ["swap", "over"]) $(id).hidden = !(slides && camera);
}

/**
 * Gives slides and cameras their places.
 * @param {{slides: boolean, camera: boolean, sound: boolean}} has
 */
export function arrange(has) {
  shown = has;
  place(has);
  document.body.dataset.large = has.slides ? "slide" : "camera";
  $("alone").hidden = !has.sound || !(has.slides || has.camera);
  for (const id of ["mute", "volume"]) $(id).hidden = !has.sound;
}

export function startView() {
  for (const speed of SPEEDS) {
    $("speed").append(el("option", {value: String(speed)}, `${speed.toLocaleString(locale())}×`));
  }
  applySpeed(Number(choice("speed")));
  applyVolume(choice("volume"), choice("muted"));
  $("speed").addEventListener("change", () => applySpeed(Number($("speed").value)));
  $("mute").addEventListener("click", toggleMuted);
  $("volume").addEventListener("input", () => applyVolume($("volume").value, Number($("volume").value) === 0));
  $("swap").addEventListener("click", toggleSwap);
  applyOver(choice("over") === true);
  $("over").addEventListener("click", () => applyOver(document.body.dataset.over !== "on"));
  $("alone").addEventListener("click", toggleAlone);
  $("full").addEventListener("click", toggleFull);
  $("full").hidden = !document.fullscreenEnabled;
  $("open-settings").addEventListener("click", openSettings);
  document.addEventListener("fullscreenchange", () => {
    document.body.dataset.full = document.fullscreenElement ? "on" : "off";
    $("full").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  });
}

