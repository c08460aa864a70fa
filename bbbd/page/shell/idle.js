// Presence check: "Are you still there?", asked by the server or by the page itself.

import {sayAtOnce} from "./announcer.js";
import {dialog} from "./dialog.js";
import {el, write} from "./dom.js";
import {current, show} from "./states.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";
import {clock} from "./time.js";
import {send} from "./wire.js";

const NOTICE = 60; // seconds to answer when the page itself asks
const VOID = "void";

let closing = null;
let lastTouch = Date.now();
let leave = () => {};

/** Asks until one answers, by any key, or the time is over. */
export async function askPresence({of, seconds}, tooLate = () => {}) {
  withdrawQuestion();
  const mine = (closing = new AbortController());
  const until = Date.now() + 1000 * seconds;
  const left = el("p", {class: "countdown", role: "timer"});
  const tick = () => {
    write(left, clock(until - Date.now()));
    if (Date.now() >= until && !mine.signal.aborted) {
      mine.abort(VOID);
      tooLate();
    }
  };
  const ticking = setInterval(tick, 500);
  tick();
  const meeting = of === "meeting";
  if (current() === "meeting") show("idle");
  const title = t(meeting ? "idle.meeting" : "idle.title");
  sayAtOnce(title);
  const here = () => mine.abort("here");
  addEventListener("keydown", here, {once: true, signal: mine.signal});
  await dialog({
    title, lead: meeting ? plural("idle.meetingLead", Math.max(1, Math.round(seconds / 60))) : t("idle.lead"), content: [left],
    actions: [[t(meeting ? "idle.goOn" : "idle.here"), "primary", "here"]], kind: "centred", signal: mine.signal,
  });
  clearInterval(ticking);
  if (closing === mine) closing = null;
  if (mine.signal.reason !== VOID) send({t: "here"});
  mine.abort(VOID);
  lastTouch = Date.now();
  if (current() === "idle") show(page.connected ? "meeting" : "reconnecting");
}

/** The question has become void. */
export function withdrawQuestion() {
  closing?.abort(VOID);
}

/** ``logoutTimer``: after so many minutes without a key or a touch the page asks by itself. */
export function watchIdle(act) {
  leave = act;
  for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) {
    addEventListener(kind, () => (lastTouch = Date.now()), {passive: true, capture: true});
  }
  setInterval(() => {
    const minutes = page.state?.meeting.logoutTimer;
    if (!minutes || closing || current() !== "meeting" || Date.now() - lastTouch < minutes * 60_000) return;
    askPresence({of: "you", seconds: NOTICE}, leave);
  }, 5000);
}
