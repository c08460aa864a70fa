// Choosing and trying a microphone, a camera and a loudspeaker: preview, level and echo. The parts of two dialogs.

import {choice, choose} from "../settings/preferences.js";
import {button, el, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {ownPicture} from "./camera.js";
import {blurring, canBlur, chooseDevice, chosen, hasLoudspeakers, isGranted, list, open, pictureSize} from "./devices.js";
import {explain} from "./failures.js";
import {measure} from "./level.js";
import {mine} from "./mine.js";

const NAMES = {audioinput: "call.microphone", videoinput: "call.camera", audiooutput: "call.loudspeaker"};
const OFF = "off";

/** Of the check that is open. */
let drawAsking = () => {};

/**
 * Makes the fields. ``wantsCamera``: whether the camera is on at first. What was opened for the check is taken by
 * ``take``, or released by ``end``.
 * @param {{withSound?: boolean, withCamera?: boolean, wantsCamera?: boolean, mayBeOff?: boolean, test?: boolean, live?: {microphone: MediaStreamTrack | null}}} wants
 */
export function makeCheck({withSound = true, withCamera = true, wantsCamera = false, mayBeOff = true, test = true}) {
  /** @type {Record<string, MediaStreamTrack | null>} */
  const tracks = {microphone: null, camera: null};
  let meter = null;
  let isOver = false;
  let wanted = withCamera && wantsCamera;
  const loud = el("meter", {min: 0, max: 1, value: 0, id: "level", "aria-label": t("call.level")});
  const ear = el("audio");
  const echo = button("quiet small", t("call.echo"), () => setEcho(echo.getAttribute("aria-pressed") !== "true"), "headphones");
  echo.setAttribute("aria-pressed", "false");
  const frame = el("div", {class: "preview"});
  const blur = el("input", {type: "checkbox", checked: choice("blur"), onchange: () => {
    choose("blur", blur.checked);
    tracks.camera?.applyConstraints({...pictureSize(), ...blurring(blur.checked)}).catch(() => {});
  }});
  const blurred = el("label", {class: "check", hidden: true}, blur, el("span", {}, t("camera.blur")));
  const trouble = el("p", {class: "trouble", role: "alert", hidden: true});
  const hint = el("p", {class: "asking", role: "status", hidden: true}, icon("up"), el("span"));
  const fields = Object.keys(NAMES).filter((kind) =>
    (kind === "videoinput" ? withCamera : withSound) && (kind !== "audiooutput" || hasLoudspeakers()));
  /** @type {Record<string, HTMLSelectElement>} */
  const selects = Object.fromEntries(fields.map((kind) => [kind, el("select", {name: NAMES[kind].split(".")[1], onchange: () => changed(kind)})]));
  const labels = fields.map((kind) => el("label", {class: "field"}, el("span", {}, t(NAMES[kind])), selects[kind]));
  const tryOut = button("quiet", t(withSound ? "call.tryBoth" : "call.tryCamera"), () => start(true), withSound ? "mic" : "camera");

  function say(words) {
    trouble.hidden = !words;
    write(trouble, words);
  }

  async function fill() {
    for (const kind of fields) {
      const devices = await list(kind).catch(() => []);
      const known = devices.some(({deviceId}) => deviceId === chosen(kind));
      const options = devices.filter(({deviceId}) => deviceId !== "default").map(({deviceId, label}, at) =>
        el("option", {value: deviceId, selected: known && deviceId === chosen(kind)}, label || t("call.device", {number: at + 1})));
      const first = kind === "videoinput" && mayBeOff ? el("option", {value: OFF, selected: !wanted}, t("call.cameraOff")) : null;
      const usual = el("option", {value: "", selected: !known && (kind !== "videoinput" || wanted || !mayBeOff)}, t("call.usual"));
      selects[kind].replaceChildren(...[first, usual, ...options].filter(Boolean));
    }
  }

  function show(kind) {
    frame.hidden = withSound && !tracks.camera;
    blurred.hidden = !canBlur(tracks.camera);
    if (kind === "camera") frame.replaceChildren(tracks.camera ? ownPicture(tracks.camera) : icon("media/media.svg#camera-off"));
    if (kind !== "microphone") return;
    setEcho(false);
    meter?.end();
    meter = tracks.microphone ? measure(tracks.microphone, (level) => (loud.value = level)) : null;
    loud.value = 0;
    echo.disabled = !meter;
  }

  async function get(kind) {
    tracks[kind]?.stop();
    tracks[kind] = null;
    try {
      const track = await open(kind);
      if (isOver) track.stop();
      else tracks[kind] = track;
    } catch (fault) {
      say(explain(fault, kind));
    }
    if (!isOver) show(kind);
  }

  async function start(all) {
    say("");
    if (withSound) await get("microphone");
    if (withCamera && (wanted || (all && !withSound))) await get("camera");
    await fill();
    tryOut.hidden = Boolean(tracks.microphone || (!withSound && tracks.camera));
  }

  async function changed(kind) {
    const {value} = selects[kind];
    say("");
    if (kind === "videoinput") wanted = value !== OFF;
    if (value !== OFF) chooseDevice(kind, value);
    if (kind === "audioinput") await get("microphone");
    else if (kind === "audiooutput") direct();
    else if (wanted) await get("camera");
    else {
      tracks.camera?.stop();
      tracks.camera = null;
      show("camera");
    }
    await fill();
  }

  const direct = () => hasLoudspeakers() && ear.setSinkId(chosen("audiooutput")).catch(() => {});

  function setEcho(on) {
    echo.setAttribute("aria-pressed", String(on));
    direct();
    meter?.echo(on, ear);
  }

  drawAsking = () => {
    hint.hidden = !mine.asking;
    write(hint.lastChild, t("call.browserAsks"));
  };
  const redraw = () => fill();
  navigator.mediaDevices?.addEventListener("devicechange", redraw);
  show("camera");
  echo.disabled = true;
  fill();
  Promise.all([!withSound || isGranted("microphone"), !withCamera || !wanted || isGranted("camera")]).then((granted) => {
    if (granted.every(Boolean) && !isOver && (withSound || wanted)) start(false);
  });

  return {
    nodes: [
      withCamera && frame, withCamera && blurred, hint, trouble, tryOut, ...labels,
      withSound && test && el("div", {class: "level"}, el("span", {"aria-hidden": "true"}, t("call.level")), loud, echo), ear,
    ],
    say,
    wantsCamera: () => wanted,
    /** Takes the tracks that are open; what they do from now on is the taker's. */
    take() {
      const taken = {...tracks};
      tracks.microphone = tracks.camera = null;
      return taken;
    },
    end() {
      isOver = true;
      drawAsking = () => {};
      navigator.mediaDevices?.removeEventListener("devicechange", redraw);
      setEcho(false);
      meter?.end();
      for (const track of Object.values(tracks)) track?.stop();
    },
  };
}

export const startDeviceCheck = () => watch(["asking"], () => drawAsking());
