// The row of controls and the timeline.

import {$, set, write} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";
import {clockText} from "./clock_text.js";
import {jump, STEP, togglePlay} from "./keys.js";
import {openLink} from "./link.js";
import {duration, isPaused, isWaiting, listen, now, seek} from "./timeline.js";

const seekBar = $("seek");

const show = (id, name) => set($(id), {href: `#icon-${name}`});

function draw() {
  const [time, whole] = [now(), duration()];
  write($("time"), `${clockText(time)} / ${clockText(whole)}`);
  if (Number(seekBar.max) !== whole) seekBar.max = String(whole);
  seekBar.value = String(time);
  seekBar.style.setProperty("--part", String(whole ? time / whole : 0));
  const spoken = t("position.of", {time: clockText(time), whole: clockText(whole)});
  if (seekBar.getAttribute("aria-valuetext") !== spoken) seekBar.setAttribute("aria-valuetext", spoken);
  write($("play-word"), t(isPaused() ? "play" : "pause"));
  show("play-icon", isPaused() ? "play" : "pause");
  $("waiting").hidden = !isWaiting();
  show("mute-icon", $("media").muted ? "silent" : "sound");
}

export function startControls() {
  $("play").addEventListener("click", togglePlay);
  $("back").addEventListener("click", () => jump(-STEP));
  $("on").addEventListener("click", () => jump(STEP));
  seekBar.addEventListener("input", () => seek(Number(seekBar.value)));
  // A step of the keyboard would be a tenth of a second.
  seekBar.addEventListener("keydown", (event) => {
    const by = {ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1, PageUp: 6, PageDown: -6}[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    jump(by * STEP);
  });
  $("copy-link").addEventListener("click", openLink);
  $("media").addEventListener("volumechange", draw);
  $("media").addEventListener("click", togglePlay);
  listen(draw);
  draw();
}
