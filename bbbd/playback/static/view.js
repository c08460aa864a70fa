// How the recording is shown and heard: speed, loudness, slide or camera in the large place, full screen, theme, language.

import {$, el} from "../../page/shell/dom.js";
import {languages, locale, t} from "../../page/shell/strings.js";
import {choice, choose, chooseShared, sharedChoice, usesLetters} from "./choices.js";
import {openDialog} from "./dialog.js";
import {setRate} from "./timeline.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const media = $("media");

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

/**
 * Gives slides and cameras their places.
 * @param {{slides: boolean, camera: boolean, sound: boolean}} has
 */
export function arrange(has) {
  document.body.dataset.places = has.slides && has.camera ? "both" : has.slides || has.camera ? "one" : "none";
  document.body.dataset.large = has.slides ? "slide" : "camera";
  $("board").hidden = !has.slides;
  $("camera").hidden = !has.camera;
  $("swap").hidden = !(has.slides && has.camera);
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
  $("full").addEventListener("click", toggleFull);
  $("full").hidden = !document.fullscreenEnabled;
  $("open-settings").addEventListener("click", openSettings);
  document.addEventListener("fullscreenchange", () => {
    document.body.dataset.full = document.fullscreenElement ? "on" : "off";
    $("full").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  });
}

