// The way out: back to the meeting's logout URL, or closing the window.

import {allSent, isAllSent} from "../recording/unsent.js";
import {page} from "./store.js";
import {t} from "./strings.js";

/** The server's root: the default logout URL, where people find nothing. */
const NOWHERE = new URL("../../..", import.meta.url).href;

/** Milliseconds until it is clear that a tab does not close. */
const CLOSING = 400;

const url = () => {
  try {
    const parsed = new URL(page.back);
    return ["http:", "https:"].includes(parsed.protocol) && parsed.href !== NOWHERE ? parsed : null;
  } catch {
    return null;
  }
};

export const canGoBack = () => Boolean(url());

/** In a frame only the frame navigates. */
export function goBack() {
  // What was recorded last is still on its way.
  if (isAllSent()) go();
  else allSent().then(go);
}

function go() {
  const to = url();
  // The tab of a breakout room closes: behind it is the main meeting. Where it cannot close, it becomes that.
  if (page.meeting?.breakout || !to) window.close();
  if (to) setTimeout(() => location.assign(to), page.meeting?.breakout ? CLOSING : 0);
}

/** Goes on in this tab: to another breakout room. */
export function goOn() {
  const to = url();
  if (to) location.replace(to);
}

/**
 * The card's button to the logout URL; none where there is no such URL.
 * @returns {CardAction[]}
 */
export const wayBack = () => (canGoBack() ? [[label(), "primary", goBack]] : []);

const label = () => {
  const name = page.meeting?.breakout?.parentName;
  return name ? t("rooms.return", {name}) : t("back.to", {host: url().host});
};
