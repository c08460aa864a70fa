// Chat messages that were written but have not come back yet. What is unanswered goes again, with the same id.

import {isAsking} from "./consent.js";
import {page, touch} from "./store.js";
import {ask, isOpen, nextId} from "./wire.js";

/** In the order of writing: {id, to, text, at, why}. ``why`` is the server's key once it refused. */
export const outbox = [];

export function say(to, text) {
  const message = {id: nextId(), to, text, at: Date.now(), why: ""};
  outbox.push(message);
  post(message);
  touch("chat");
}

async function post(message) {
  if (!isOpen() || !page.connected || isAsking()) return;
  const {id, to, text} = message;
  const answer = await ask({t: "chat.say", text, ...(to && {to})}, id);
  if (answer.t === "ok" || answer.key === "lost" || !outbox.includes(message)) return;
  if (answer.key === "tooMany") {
    setTimeout(() => post(message), 1000 * (answer.wait || 2));
  } else {
    message.why = answer.key;
    touch("chat");
  }
}

/** After a new connection. */
export function sendAgain() {
  for (const message of outbox) if (!message.why) post(message);
}

/** It came back as an event, or was given up. */
export function done(id) {
  const index = outbox.findIndex((message) => message.id === id);
  if (index >= 0) outbox.splice(index, 1);
  touch("chat");
}
