// The chats that were kept of closed rooms: a list of them, each to be saved as a text file.

import {saveText} from "../chat/transcript.js";
import {bdi, button, el} from "../shell/dom.js";
import {t} from "../shell/strings.js";
import {hourOf} from "../shell/time.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

/** @param {KeptChat} kept */
async function save({room, name, at}) {
  const answer = await ask({t: "breakout.chat", room});
  if (!agreed(answer) || !Array.isArray(answer.lines)) return;
  saveText(name, [name, hourOf(at), "", ...answer.lines.map((line) => `[${hourOf(line.at)}] ${line.name}: ${line.text}`)]);
}

/** @param {State} state */
export function keptChats({breakouts}) {
  const kept = breakouts?.kept ?? [];
  if (!kept.length) return null;
  return el("section", {class: "room-assign"}, el("h3", {}, t("rooms.kept")), el("ul", {class: "room-people", role: "list"}, ...kept.map((chat) => {
    const control = button("quiet small", t("rooms.saveChat"), () => save(chat), "save");
    control.setAttribute("aria-label", t("rooms.saveOne", {name: chat.name}));
    return el("li", {}, el("span", {class: "knock-who"}, bdi(chat.name), el("small", {}, hourOf(chat.at))), control);
  })));
}
