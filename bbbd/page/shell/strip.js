// The strip above the header while the connection is lost; the meeting stays readable.

import {sayAtOnce, say} from "./announcer.js";
import {dots} from "./card.js";
import {$, button, el, write} from "./dom.js";
import {current, show} from "./states.js";
import {plural, t} from "./strings.js";
import {retryNow} from "./wire.js";

const LONG = 120_000;

let since = 0;
let next = 0;
let ticking = 0;

export function reconnecting(pause) {
  next = Date.now() + pause;
  if (!since) {
    since = Date.now();
    sayAtOnce(t("strip.lost"));
    $("strip").replaceChildren(dots(), el("span", {id: "strip-text"}), button("quiet", t("strip.now"), retryNow));
    ticking = setInterval(tick, 500);
  }
  // A dialog that asks for an answer stays; the strip is below it.
  if (current() === "meeting") show("reconnecting");
  $("strip").hidden = false;
  tick();
}

function tick() {
  const seconds = Math.ceil((next - Date.now()) / 1000);
  const text = Date.now() - since > LONG ? t("strip.long") : seconds > 0 ? plural("strip.again", seconds) : t("strip.trying");
  write($("strip-text"), text);
}

export function clearStrip() {
  clearInterval(ticking);
  if (since) say(t("strip.back"));
  since = 0;
  $("strip").hidden = true;
}
