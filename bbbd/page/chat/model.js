// The chat in the meeting's model: conversations and their messages, in the order of their numbers.

import {remember} from "../people/model.js";

const KEPT = 5000;

/**
 * The conversation of a message: "" for everybody, else the other person.
 * @param {State} state
 * @param {ChatMessage} message
 */
const threadOf = (state, message) => (message.to ? (message.user === state.you.user ? message.to : message.user) : "");

/**
 * @param {State} state
 * @param {string} key
 */
function open(state, key, more = false) {
  if (!state.threads.has(key)) state.threads.set(key, {messages: [], more});
  return state.threads.get(key);
}

/**
 * The name of somebody who left may be known by their messages alone.
 * @param {State} state
 * @param {ChatMessage} message
 */
function know(state, {user, name}) {
  if (!state.names.has(user)) remember(state, user, name);
}

/**
 * @param {State} state
 * @param {ChatMessage} message
 */
export function insert(state, message, more = false) {
  const {messages} = open(state, threadOf(state, message), more);
  if (messages.length && messages[messages.length - 1].n >= message.n) return;
  messages.push(message);
  know(state, message);
  if (messages.length > KEPT) {
    messages.splice(0, messages.length - KEPT);
    open(state, threadOf(state, message)).more = true;
  }
}

/**
 * Puts older messages, fetched on request, before the others.
 * @param {State} state
 * @param {string} key
 * @param {ChatMessage[]} messages
 */
export function putOlder(state, key, messages, more) {
  const thread = open(state, key);
  const oldest = thread.messages.length ? thread.messages[0].n : Infinity;
  thread.messages = messages.filter((message) => message.n < oldest).concat(thread.messages);
  thread.more = more;
  for (const message of messages) know(state, message);
}

/**
 * Keeps older messages, fetched on request, when a snapshot replaces the state.
 * @param {State} state
 */
export function keepOlder(state, before, oldest) {
  for (const [key, thread] of before.threads) {
    const older = thread.messages.filter((message) => message.n < oldest);
    const now = open(state, key, thread.more);
    now.messages = older.concat(now.messages);
    now.more = thread.more;
  }
}

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const CHAT_EVENTS = {
  Chatted(state, {n, at, user, name, text, to}) {
    insert(state, {n, at, user, name, text, to: to || ""});
    return ["chat"];
  },
  ChatCleared(state) {
    state.threads.set("", {messages: [], more: false});
    return ["chat"];
  },
};
