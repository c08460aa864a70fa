// What a screen reader is told. Nothing else on the page is a live region.

import {choice} from "../settings/preferences.js";
import {$} from "./dom.js";
import {plural, t} from "./strings.js";

const GATHERED = 3000;

let last = "";
let queue = [];
let saying = 0;

// A region is read when it changes; several things in one breath are put together.
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

/** Only for what ends or breaks something. */
export const cry = (text) => speak("assertive", text);

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

/** What comes often is gathered for a moment: one is told whole, many are a number. */
function gatherer(one, many) {
  let told = [];
  let gathering = 0;
  return (...facts) => {
    if (choice("say") !== "all") return;
    told.push(facts);
    clearTimeout(gathering);
    gathering = setTimeout(() => {
      say(told.length === 1 ? one(...told[0]) : many(told.length));
      told = [];
    }, GATHERED);
  };
}

export const sayCame = gatherer((name) => t("said.came", {name}), (count) => plural("said.cameMany", count));

export const sayReaction = gatherer(
  (name, reaction) => t("said.reacted", {name, reaction}), (count) => plural("said.reactedMany", count),
);
