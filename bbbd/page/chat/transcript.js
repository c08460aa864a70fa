// Saves the chat as a text file.

import {nameOf, numberOf} from "../people/model.js";
import {resultText} from "../polls/words.js";
import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {dayOf, hourOf} from "../shell/time.js";

export function saveChat() {
  const {state} = page;
  const lines = [page.meeting.name, dayOf(state.meeting.createTime), ""];
  for (const [key, {messages, more}] of state.threads) {
    if (key) lines.push("", t("chat.with", {name: nameOf(state, key)}));
    if (more) lines.push("…");
    for (const {at, user, name, text, poll} of messages) {
      const number = numberOf(state, user);
      lines.push(`[${hourOf(at)}] ${name}${number ? ` (${number})` : ""}: ${poll ? resultText(poll) : text}`);
    }
  }
  saveText(page.meeting.name, lines);
}

/**
 * Saves a text file.
 * @param {string} name
 * @param {string[]} lines
 */
export function saveText(name, lines) {
  const address = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], {type: "text/plain"}));
  const file = `${name.replace(/[^\p{L}\p{N} _-]+/gu, "").trim() || "chat"}.txt`;
  el("a", {href: address, download: file}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
