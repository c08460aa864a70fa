// Push to talk: the microphone is on while Space is held. Only for who switched it on.

import {choice} from "../settings/preferences.js";
import {$} from "../shell/dom.js";
import {isOpen, setMuted} from "./microphone.js";
import {mine} from "./mine.js";

let held = false;

/** Where Space has a meaning of its own, it keeps it. */
const isTaken = (node) => Boolean(node?.closest?.("input, textarea, select, button, a, [role=tab], [tabindex='0'], dialog"));

function down(event) {
  if (event.code !== "Space" || !choice("pushToTalk") || mine.sound !== "talk" || $("app").hidden || isTaken(event.target)) return;
  event.preventDefault();
  if (event.repeat || held || isOpen()) return;
  held = true;
  setMuted(false);
}

function up(event) {
  if (!held || (event.type === "keyup" && event.code !== "Space")) return;
  held = false;
  setMuted(true);
}

export function startPushToTalk() {
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  // A key that is let go in another window is not seen here.
  addEventListener("blur", up);
}
