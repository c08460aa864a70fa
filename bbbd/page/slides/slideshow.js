// All there is to slides: loaded together, with their style.

import {el} from "../shell/dom.js";
import {follow, startFollowing, turn} from "./current_page.js";
import {startNotes} from "./deck_notes.js";
import {openDecks, startDecks} from "./decks.js";
import {startPointer, togglePointing} from "./pointer.js";
import {startPage} from "./slide_view.js";
import {sendFiles} from "./uploads.js";
import {startZoom} from "./zoom.js";

export {follow, openDecks, sendFiles, togglePointing, turn};

const style = () => new Promise((resolve, reject) => {
  const href = new URL("slides.css", import.meta.url);
  document.head.append(el("link", {rel: "stylesheet", href, onload: resolve, onerror: reject}));
});

export async function start() {
  await style();
  startFollowing();
  startZoom();
  startPointer();
  startPage();
  startNotes();
  startDecks();
}
