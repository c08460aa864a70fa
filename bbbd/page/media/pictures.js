// The pictures of cameras that are there now, by user; and those that this person pinned.

import {touch} from "../shell/store.js";

/** @type {Map<string, HTMLVideoElement>} */
const pictures = new Map();
/** @type {Set<string>} */
const pinned = new Set();

/** @param {string} user */
export const pictureOf = (user) => pictures.get(user) ?? null;

/**
 * Sets a person's picture; null takes it away.
 * @param {string} user
 * @param {HTMLVideoElement | null} picture
 */
export function setPicture(user, picture) {
  if (pictureOf(user) === picture) return;
  if (picture) pictures.set(user, picture);
  else pictures.delete(user);
  touch("pictures");
}

/** @param {string} user */
export const isPinned = (user) => pinned.has(user);

/**
 * Pins a person to the first tiles, or lets them go. Of too many the one that was pinned first goes.
 * @param {string} user
 * @param {number} most
 */
export function togglePin(user, most) {
  if (!pinned.delete(user)) pinned.add(user);
  if (pinned.size > most) pinned.delete(pinned.values().next().value);
  touch("pictures");
}
