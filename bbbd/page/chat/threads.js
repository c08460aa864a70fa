// The open conversation (with everybody, or with one person), and the unread count of each.

import {page, touch} from "../shell/store.js";

let current = "";
const read = new Map(); // thread -> the number of the last message seen

export const currentThread = () => current;

const opened = [];

export function onOpened(act) {
  opened.push(act);
}

/** @param {string} key */
export function openThread(key) {
  current = key;
  touch("chat", "thread");
  for (const act of opened) act();
}

/**
 * Messages from before the entry count as read.
 * @param {State} state
 */
export function allRead(state) {
  for (const [key, {messages}] of state.threads) if (messages.length) read.set(key, messages[messages.length - 1].n);
}

/** @param {string} key */
export function markRead(key) {
  const messages = page.state.threads.get(key)?.messages;
  const last = messages?.length ? messages[messages.length - 1].n : 0;
  if ((read.get(key) || 0) >= last) return;
  read.set(key, last);
  touch("unread");
}

/**
 * @param {State} state
 * @param {string} key
 */
export function unread(state, key) {
  const since = read.get(key) || 0;
  let count = 0;
  const messages = state.threads.get(key)?.messages || [];
  for (let at = messages.length - 1; at >= 0 && messages[at].n > since; at -= 1) {
    if (messages[at].user !== state.you.user) count += 1;
  }
  return count;
}

/** @param {State} state */
export function unreadInAll(state) {
  let count = 0;
  for (const key of state.threads.keys()) count += unread(state, key);
  return count;
}
