// Outbox of the chat: messages without an answer yet, sent again after a loss with the same id.

import {isAsking} from "../recording/consent.js";
import {page, touch} from "../shell/store.js";
import {ask, isOpen, nextId} from "../shell/wire.js";

/**
 * In the order of writing. ``why`` is the server's key once it refused.
 * @type {{id: number, to: string, text: string, at: number, why: string, taken: boolean}[]}
 */
export const outbox = [];

let posting = false;
let rounds = 0; // how often all was sent again

export function queueMessage(to, text) {
  outbox.push({id: nextId(), to, text, at: Date.now(), why: "", taken: false});
  sendAll();
  touch("chat");
}

const mayPost = () => isOpen() && page.connected && !isAsking();

/** Sends one after the other, in the order of writing. */
async function sendAll() {
  if (posting) return;
  posting = true;
  for (let next = due(); next && mayPost(); next = due()) await post(next);
  posting = false;
}

const due = () => outbox.find(({why, taken}) => !why && !taken);

async function post(message) {
  const {id, to, text} = message;
  const round = rounds;
  const answer = await ask({t: "chat.say", text, ...(to && {to})}, id);
  // What the server had already is in the snapshot, and no longer comes as an event.
  if (answer.t === "ok" && answer.known) removeFromOutbox(id);
  // A snapshot that came before the answer may have taken the place of the event.
  else if (answer.t === "ok") message.taken = round === rounds;
  else if (answer.key === "tooMany") await new Promise((resolve) => setTimeout(resolve, 1000 * (answer.wait || 2)));
  else if (answer.key !== "lost") {
    message.why = answer.key;
    touch("chat");
  }
}

/** After a snapshot: sends again all that has no event yet, accepted or not. */
export function sendAgain() {
  rounds += 1;
  for (const message of outbox) message.taken = false;
  sendAll();
}

/** Removes a message: its event came, or the person took it back. */
export function removeFromOutbox(id) {
  const index = outbox.findIndex((message) => message.id === id);
  if (index >= 0) outbox.splice(index, 1);
  touch("chat");
}
