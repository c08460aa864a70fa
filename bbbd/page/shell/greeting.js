// The first message of a connection.

/** Random, of this tab: with the number of a message it shows the server which messages it already has. */
const newTab = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const TAB = globalThis.early?.tab ?? newTab();

/** @param {string} lang @param {{after?: number, epoch?: string}} place up to where the events are known */
export const greeting = (lang, place = {}) => JSON.stringify({t: "hello", v: 1, tab: TAB, lang, ...place});
