// The chat: messages appear as they were written, and each leads to its moment.

import {$, bdi, el} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";
import {clockText} from "./clock_text.js";
import {number, readXml} from "./files.js";
import {addresses, plainText} from "./texts.js";
import {seek} from "./timeline.js";

const GROUNDS = 12;

/** @type {ChatLine[]} */
let chatLines = [];
let drawnKey = "";
let follows = true; // nobody reads earlier messages

export async function readChat() {
  const found = await readXml("slides_new.xml");
  if (!found) return;
  for (const line of found.querySelectorAll("chattimeline")) {
    const target = line.getAttribute("target");
    if (target && target !== "chat") continue;
    chatLines.push({
      begin: number(line.getAttribute("in")), end: number(line.getAttribute("out"), Infinity),
      name: line.getAttribute("name") || "", isModerator: line.getAttribute("senderRole") === "MODERATOR",
      text: plainText(line.getAttribute("message") || ""), item: null,
    });
  }
  chatLines.sort((a, b) => a.begin - b.begin);
}

export const allChat = () => chatLines;

/** A text with its web addresses as links. */
export const linked = (text) => addresses(text).map((piece) => piece.isLink
  ? el("a", {href: piece.text, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr"}, piece.text) : piece.text);

function initials(name) {
  const named = name.slice(0, 200).split(" ").filter(Boolean);
  const first = (word) => Array.from(word || "?")[0];
  return ((named.length > 1 ? first(named[0]) + first(named[named.length - 1]) : first(named[0])) || "?").toLocaleUpperCase();
}

/** The button that leads to a moment. */
export function momentButton(seconds, label = t("moment.go", {time: clockText(seconds)})) {
  return el("button", {type: "button", class: "link moment", "aria-label": label, title: label, dir: "ltr", onclick: () => seek(seconds)}, clockText(seconds));
}

/** Makes the list; nothing of it is shown yet. */
export function startChat() {
  const people = new Map();
  const items = chatLines.map((line, place) => {
    if (!people.has(line.name)) people.set(line.name, people.size % GROUNDS);
    const before = chatLines[place - 1];
    const isMore = before && before.name === line.name && line.begin - before.begin < 300;
    const head = el("p", {class: "message-head"}, bdi(line.name, {class: isMore ? "aside" : "author"}),
      !isMore && line.isModerator && el("span", {class: "tag"}, t("role.moderator")), momentButton(line.begin));
    line.item = el("li", {class: `message${isMore ? " together" : ""}`, hidden: true},
      !isMore && el("span", {class: `avatar ground-${people.get(line.name)}`, "aria-hidden": "true"}, initials(line.name)),
      el("div", {class: "said"}, head, el("p", {class: "text", dir: "auto"}, ...linked(line.text))));
    return line.item;
  });
  $("lines").replaceChildren(...items);
  const box = $("lines-box");
  box.addEventListener("scroll", () => {
    follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  });
  new ResizeObserver(follow).observe(box);
}

const follow = () => {
  if (follows) $("lines-box").scrollTop = $("lines-box").scrollHeight;
};

/** Shows the messages that had been written at a time and not been cleared. */
export function drawChat(time) {
  const begun = chatLines.filter((line) => line.begin <= time);
  const visible = begun.filter((line) => time < line.end);
  const key = `${begun.length} ${visible.length}`;
  $("no-lines").hidden = visible.length > 0;
  if (key === drawnKey) return;
  drawnKey = key;
  const isShown = new Set(visible);
  for (const line of chatLines) line.item.hidden = !isShown.has(line);
  // Once for all lines: each scrolling lays the whole list out.
  follow();
}
