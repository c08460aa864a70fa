// The way back: to where the person came from, or out of the page.

import {page} from "./store.js";
import {t} from "./strings.js";

/** The server's own root, which is where people are sent who came from nowhere: there is nothing there for them. */
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

/** In a frame this is the frame's own way. */
export function goBack() {
  const to = url();
  if (to) location.assign(to);
  else window.close();
}

/**
 * The button for it, as a card's action; nothing where there is no way back.
 * @returns {CardAction[]}
 */
export const wayBack = () => (canGoBack() ? [[t("back.to", {host: url().host}), "primary", goBack]] : []);
