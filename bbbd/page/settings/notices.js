// Notifications of the system, for those who switched them on, while the page is in the background.

import {page} from "../shell/store.js";
import {choice, choose} from "./preferences.js";

/** Browsers have them for pages of https alone, and phones for installed ones. */
export const canNotify = () => "Notification" in window && window.isSecureContext;

/** @type {Set<Notification>} */
const shown = new Set();

/** Asks the browser, which asks the person: only after a click in the settings. Returns whether they are on now. */
export async function switchNotices(on) {
  const granted = on && (await Notification.requestPermission()) === "granted";
  choose("notices", granted);
  return granted;
}

/**
 * Shows a notification; a later one of the same kind takes its place. It never has what somebody wrote: others may see
 * the screen.
 * @param {string} kind
 * @param {string} text
 * @param {() => void} go what leads to its reason, when it is clicked
 */
export function notify(kind, text, go) {
  if (!document.hidden || !choice("notices") || !canNotify() || Notification.permission !== "granted") return;
  try {
    const made = new Notification(page.meeting.name, {body: text, tag: `bbbd ${page.state.epoch} ${kind}`, lang: document.documentElement.lang, dir: /** @type {NotificationDirection} */ (document.dir)});
    shown.add(made);
    made.onclose = () => shown.delete(made);
    made.onclick = () => {
      window.focus();
      made.close();
      go();
    };
  } catch { /* a phone's browser has them only with a service worker */ }
}

/** Who comes back sees the page itself. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const one of shown) one.close();
  shown.clear();
});
