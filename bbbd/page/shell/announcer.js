// Announcements for screen readers, in the page's only two live regions.

import {choice} from "../settings/preferences.js";
import {$} from "./dom.js";
import {plural, t} from "./strings.js";

const GATHERED = 3000;

let last = "";
let queue = [];
let saying = 0;

// Screen readers read a region when it changes; texts within a moment are joined.
function speak(id, text) {
  last = text;
  if (id === "assertive") {
    $(id).textContent = text;
    return;
  }
  queue.push(text);
  clearTimeout(saying);
  saying = setTimeout(() => {
    $(id).textContent = queue.join(". ");
    queue = [];
  }, 150);
}

export const say = (text) => speak("polite", text);

/** Interrupts the reader: only for ends and failures. */
export const sayAtOnce = (text) => speak("assertive", text);

export function sayAgain() {
  const text = last;
  $("polite").textContent = "";
  if (text) setTimeout(() => speak("polite", text), 50);
}

export function sayMessage(name, text, isPrivate) {
  const wanted = choice("say");
  if (wanted === "none" || (wanted === "private" && !isPrivate)) return;
  say(t(isPrivate ? "said.private" : "said.message", {name, text: text.slice(0, 300)}));
}

/** Gathers frequent events for a moment: one is said in full, many as a number. */
function gatherer(one, many) {
  let gathered = [];
  let gathering = 0;
  return (...facts) => {
    if (choice("say") !== "all") return;
    gathered.push(facts);
    clearTimeout(gathering);
    gathering = setTimeout(() => {
      say(gathered.length === 1 ? one(...gathered[0]) : many(gathered.length));
      gathered = [];
    }, GATHERED);
  };
}

export const sayCame = gatherer((name) => t("said.came", {name}), (count) => plural("said.cameMany", count));

export const sayReaction = gatherer(
  (name, reaction) => t("said.reacted", {name, reaction}), (count) => plural("said.reactedMany", count),
);
