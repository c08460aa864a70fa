// Chat messages that were written but have not come back yet. What is unanswered goes again, with the same id.

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

export function say(to, text) {
  outbox.push({id: nextId(), to, text, at: Date.now(), why: "", taken: false});
  sendAll();
  touch("chat");
}

const mayPost = () => isOpen() && page.connected && !isAsking();

/** One after the other, so that they come in the order in which they were written. */
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
  // What the server had already is in the snapshot, and does not come as an event any more.
  if (answer.t === "ok" && answer.known) done(id);
  // A snapshot that came before the answer may have taken the place of the event.
  else if (answer.t === "ok") message.taken = round === rounds;
  else if (answer.key === "tooMany") await new Promise((resolve) => setTimeout(resolve, 1000 * (answer.wait || 2)));
  else if (answer.key !== "lost") {
    message.why = answer.key;
    touch("chat");
  }
}

/** After a snapshot: also what was taken but has not come back. */
export function sendAgain() {
  rounds += 1;
  for (const message of outbox) message.taken = false;
  sendAll();
}

/** It came back as an event, or was given up. */
export function done(id) {
  const index = outbox.findIndex((message) => message.id === id);
  if (index >= 0) outbox.splice(index, 1);
  touch("chat");
}
