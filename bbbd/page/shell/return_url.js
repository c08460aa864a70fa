// The way out: back to the meeting's logout URL, or closing the window.

import {page} from "./store.js";
import {t} from "./strings.js";

/** The server's root: the default logout URL, where people find nothing. */
const NOWHERE = new URL("../../..", import.meta.url).href;

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
  const to = url();
  if (to) location.assign(to);
  else window.close();
}

/**
 * The card's button to the logout URL; none where there is no such URL.
 * @returns {CardAction[]}
 */
export const wayBack = () => (canGoBack() ? [[t("back.to", {host: url().host}), "primary", goBack]] : []);
