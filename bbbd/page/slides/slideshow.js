// Everything about slides that is loaded lazily, with its style sheet.

import {el} from "../shell/dom.js";
import {follow, startCurrentPage, turn} from "./current_page.js";
import {startDeckNotes} from "./deck_notes.js";
import {openDecks, startDecks} from "./decks.js";
import {startPointer, togglePointing} from "./pointer.js";
import {startSlideView} from "./slide_view.js";
import {sendFiles} from "./uploads.js";
import {startZoom} from "./zoom.js";

export {follow, openDecks, sendFiles, togglePointing, turn};

const style = () => new Promise((resolve, reject) => {
  const href = new URL("slides.css", import.meta.url);
  document.head.append(el("link", {rel: "stylesheet", href, onload: resolve, onerror: reject}));
});

export async function start() {
  await style();
  startCurrentPage();
  startZoom();
  startPointer();
  startSlideView();
  startDeckNotes();
  startDecks();
}
