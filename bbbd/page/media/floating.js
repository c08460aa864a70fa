// A picture in a window of its own that stays above others: a camera, or a shared screen.

import {el} from "../shell/dom.js";
import {watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {pictureOf} from "./pictures.js";
import {seeElsewhere} from "./wishes.js";

/** The copy of a camera's picture that floats, and whose it is. */
let copy = null;
let shown = "";

export const canFloat = () => Boolean(document.pictureInPictureEnabled);

const refused = () => toast(t("float.no"), "float");

function land() {
  copy?.remove();
  copy = null;
  shown = "";
  seeElsewhere("floating", null);
}

/** Has a picture float, or come back. @param {HTMLVideoElement} picture */
export function floatPicture(picture) {
  if (document.pictureInPictureElement === picture) document.exitPictureInPicture();
  else picture.requestPictureInPicture().catch(refused);
}

/** Has the picture of a person's camera float: a copy, since tiles come and go. @param {string} user */
export async function floatCamera(user) {
  const source = pictureOf(user);
  if (!source) return;
  land();
  const made = el("video", {class: "floating", autoplay: true, playsinline: true, "aria-hidden": "true"});
  made.muted = true;
  made.srcObject = source.srcObject;
  document.body.append(made);
  copy = made;
  shown = user;
  made.onleavepictureinpicture = () => copy === made && land();
  try {
    // Before it plays it has no size.
    await made.play();
    const pane = await made.requestPictureInPicture();
    const want = () => seeElsewhere("floating", {user, height: pane.height});
    pane.onresize = want;
    want();
  } catch {
    land();
    refused();
  }
}

/** Ends it with the camera. */
export const startFloating = () => watch(["pictures"], () => {
  const source = pictureOf(shown);
  if (!copy || source?.srcObject === copy.srcObject) return;
  if (source) copy.srcObject = source.srcObject;
  else if (document.pictureInPictureElement === copy) document.exitPictureInPicture();
  else land();
});
