// The pictures of others' cameras: an element for each person, kept while their track is.

import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {onReceived} from "./down.js";
import {pictureOf, setPicture} from "./pictures.js";

const shown = new Set();

function make() {
  const picture = el("video", {autoplay: true, playsinline: true, "aria-hidden": "true"});
  picture.muted = true;
  // Until there is a picture, the tile shows the person's initials.
  picture.addEventListener("resize", () => picture.classList.toggle("seen", picture.videoWidth > 0));
  return picture;
}

/** @param {Received[]} received */
function see(received) {
  const cameras = received.filter(({kind, user}) => kind === "camera" && user !== page.state.you.user);
  const wanted = new Map(cameras.map((one) => [one.user, one.track]));
  for (const user of shown) {
    if (wanted.has(user)) continue;
    shown.delete(user);
    setPicture(user, null);
  }
  for (const [user, track] of wanted) {
    const picture = pictureOf(user) ?? make();
    const stream = /** @type {MediaStream | null} */ (picture.srcObject);
    if (stream?.getTracks()[0] !== track) {
      picture.classList.remove("seen");
      picture.srcObject = new MediaStream([track]);
      picture.play().catch(() => {});
    }
    shown.add(user);
    setPicture(user, picture);
  }
}

export const startCameras = () => onReceived(see);
