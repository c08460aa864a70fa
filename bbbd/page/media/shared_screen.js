// A shared screen on the stage, in place of the slides, which are one click away.

import {nameOf} from "../people/model.js";
import {say} from "../shell/announcer.js";
import {$, button, el, iconButton, write} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {onReceived} from "./down.js";
import {canFloat, floatPicture} from "./floating.js";
import {mine} from "./mine.js";
import {makeZoomable} from "./screen_zoom.js";
import {stopScreen} from "./screen.js";
import {closePicture, showPicture} from "./whole.js";

const {dataset} = document.body;

let parts = null;
let sharer = ""; // whose screen is received
let madeRoom = false;

function make() {
  const picture = el("video", {autoplay: true, playsinline: true, "aria-hidden": "true"});
  picture.muted = true;
  const name = el("p", {class: "shared-name"});
  const aside = button("quiet small", "", () => {
    dataset.shared = "aside";
    touch("stage");
    parts.back.focus();
  }, "slides");
  const full = iconButton("slides/slides.svg#full", "", () => showPicture(name.textContent, picture));
  const frame = el("div", {class: "shared-frame"}, picture);
  const zoom = makeZoomable(frame, picture);
  const float = iconButton("media/media.svg#float", "", () => floatPicture(picture));
  float.hidden = !canFloat();
  const section = el("section", {id: "shared"}, frame, el("div", {class: "shared-bar"}, name, zoom.farther, zoom.closer, float, aside, full));
  const back = button("quiet", "", () => {
    dataset.shared = "on";
    touch("stage");
  }, "screen");
  back.id = "shared-back";
  const stop = button("danger small", "", () => stopScreen(), "screen");
  const own = el("div", {id: "sharing", hidden: true}, el("p"), stop);
  aside.append(el("span"));
  back.append(el("span"));
  stop.append(el("span"));
  $("stage").prepend(own, back, section);
  return {section, frame, zoom, picture, name, aside, float, full, back, own};
}

/** On a phone held sideways the panel covers the screen: it is collapsed, once. */
function makeRoom() {
  if (madeRoom || !matchMedia("(max-height: 480px) and (min-width: 560px)").matches || $("panel").contains(document.activeElement)) return;
  madeRoom = true;
  dataset.panel = "off";
  touch("tab");
}

/** @param {Received[]} received */
function see(received) {
  const one = received.find(({kind}) => kind === "screen");
  const stream = /** @type {MediaStream | null} */ (parts.picture.srcObject);
  const before = stream?.getTracks()[0];
  if (before === one?.track && sharer === (one?.user ?? "")) return;
  if (stream) closePicture(stream);
  parts.picture.srcObject = one ? new MediaStream([one.track]) : null;
  sharer = one?.user ?? "";
  dataset.shared = one ? "on" : "off";
  parts.zoom.reset();
  if (one) makeRoom();
  if (one) {
    parts.picture.play().catch(() => {});
    say(t("call.shares", {name: nameOf(page.state, sharer)}));
  } else say(t("call.sharesNoMore"));
  touch("stage", "people");
}

/** @param {State} state */
function draw(state) {
  const words = t("call.screenOf", {name: nameOf(state, sharer)});
  write(parts.name, words);
  write(parts.aside.lastChild, t("call.showSlides"));
  parts.aside.hidden = !state.stage;
  parts.frame.setAttribute("aria-label", words);
  for (const [control, label] of [[parts.zoom.closer, "slides.closer"], [parts.zoom.farther, "slides.farther"], [parts.float, "do.float"]]) {
    control.setAttribute("aria-label", t(label));
    control.title = t(label);
  }
  parts.full.setAttribute("aria-label", t("do.whole"));
  parts.full.title = t("do.whole");
  write(parts.back.lastChild, words);
  write(parts.own.firstChild, t("call.sharing"));
  write(parts.own.lastChild.lastChild, t("tool.screenStop"));
  parts.own.hidden = !mine.screen;
}

export function startSharedScreen() {
  parts = make();
  dataset.shared = "off";
  onReceived(see);
  watch(["stage", "people", "roster", "media", "words"], (state) => state && draw(state));
}
