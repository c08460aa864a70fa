// Everything about slides that is loaded lazily.

import {follow, startCurrentPage, turn} from "./current_page.js";
import {startDeckNotes} from "./deck_notes.js";
import {openDecks, startDecks} from "./decks.js";
import {startPointer, togglePointing} from "./pointer.js";
import {startSlideView} from "./slide_view.js";
import {sendFiles} from "./uploads.js";
import {startZoom} from "./zoom.js";

export {follow, openDecks, sendFiles, togglePointing, turn};

export function start() {
  startCurrentPage();
  startZoom();
  startPointer();
  startSlideView();
  startDeckNotes();
  startDecks();
}
