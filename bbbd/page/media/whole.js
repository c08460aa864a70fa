// One picture on all of the screen: a camera, or what somebody shares.

import {nameOf} from "../people/model.js";
import {bdi, el, iconButton} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {pictureOf} from "./pictures.js";
import {makeZoomable} from "./screen_zoom.js";
import {seeElsewhere} from "./wishes.js";

/** @type {{box: HTMLDialogElement, user: string, stream: MediaProvider} | null} */
let open = null;

/**
 * Shows a stream on all of the screen until it ends or the person closes it.
 * @param {string} name
 * @param {HTMLVideoElement} picture
 */
export async function showPicture(name, picture, user = "") {
  open?.box.close();
  const copy = el("video", {autoplay: true, playsinline: true, class: picture.classList.contains("mirrored") ? "mirrored" : ""});
  copy.muted = true;
  copy.srcObject = picture.srcObject;
  const close = iconButton("close", t("whole.close"), () => box.close());
  const frame = el("div", {class: "whole-frame"}, copy);
  // A camera is large enough.
  const zoom = user ? null : makeZoomable(frame, copy);
  if (zoom) frame.setAttribute("aria-label", name);
  const box = el("dialog", {class: "whole", "aria-label": name}, frame,
    el("div", {class: "whole-bar"}, icon(user ? "camera" : "screen"), bdi(name), zoom?.farther, zoom?.closer, close));
  document.body.append(box);
  // A dialog itself cannot have all of the screen.
  await document.documentElement.requestFullscreen?.().catch(() => {});
  box.showModal();
  close.focus();
  copy.play().catch(() => {});
  document.addEventListener("fullscreenchange", left);
  open = {box, user, stream: picture.srcObject};
  if (user) seeElsewhere("whole", {user, height: box.clientHeight});
  box.addEventListener("close", () => {
    document.removeEventListener("fullscreenchange", left);
    if (document.fullscreenElement) document.exitFullscreen();
    if (open?.box === box) open = null;
    seeElsewhere("whole", null);
    box.remove();
  });

  function left() {
    if (!document.fullscreenElement && box.open) box.close();
  }
}

/** @param {string} user */
export function showWhole(user) {
  const picture = pictureOf(user);
  if (picture) showPicture(nameOf(page.state, user), picture, user);
}

/** Closes it when what it shows has ended. */
export function startWhole() {
  watch(["pictures"], () => {
    if (open?.user && pictureOf(open.user)?.srcObject !== open.stream) open.box.close();
  });
}

/** @param {MediaProvider} stream */
export function closePicture(stream) {
  if (open?.stream === stream) open.box.close();
}
