// Keyboard shortcuts: letters with Alt+Shift, which can be switched off.

import {toggleHand} from "../hands/hand.js";
import {choice} from "../settings/preferences.js";
import {goToPoll} from "../polls/polls.js";
import {followAgain, togglePointer, turnPage} from "../slides/slides.js";
import {sayAgain} from "./announcer.js";
import {$} from "./dom.js";
import {isHeld, isKey, openShortcutList} from "./shortcut_list.js";
import {page} from "./store.js";
import {goTo} from "./tabs.js";

const press = (id) => {
  if (!$(id).hidden) $(id).click();
};

const ACTS = {
  KeyH: () => page.connected && toggleHand(), KeyE: () => press("tool-react"), KeyT: () => goTo("chat"),
  KeyM: () => press("tool-microphone"), KeyV: () => press("tool-camera"), KeyS: () => press("tool-screen"),
  KeyU: () => goTo("people"), KeyQ: goToPoll, KeyA: sayAgain, KeyX: () => press("leave"),
  KeyN: () => turnPage(1), KeyP: () => turnPage(-1), KeyF: followAgain, KeyO: togglePointer,
};

const isField = (node) => node?.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");

function pressed(event) {
  if (!choice("shortcuts") || $("app").hidden || document.querySelector("dialog[open]")) return;
  if (isHeld(event) && isKey(event.code)) {
    event.preventDefault();
    if (!event.repeat) ACTS[event.code]();
  } else if (event.key === "?" && !isField(event.target)) {
    event.preventDefault();
    openShortcutList();
  }
}

export function startShortcuts() {
  addEventListener("keydown", pressed);
}
