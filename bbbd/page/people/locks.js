// The lock settings: the list for viewers, and the dialog in which moderators change them.

import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {isModerator} from "./model.js";

const NAMES = {
  publicChat: "lock.publicChat", privateChat: "lock.privateChat", userList: "lock.userList", mic: "lock.mic", cam: "lock.cam",
  webcamsOnlyForModerator: "lock.webcamsOnlyForModerator", notes: "lock.notes", cursor: "lock.cursor",
  annotation: "lock.annotation", layout: "lock.layout",
};
/** Locks in the dialog; others appear in it only where a create call has set them. */
const OFFERED = ["publicChat", "privateChat", "userList", "mic", "cam", "webcamsOnlyForModerator"];

/**
 * The names of the locks that hold: for everybody locked, as the moderator sees them, and for this person.
 * @param {State} state
 */
export function locksNow(state) {
  const {you, presenter, locks} = state;
  if (!isModerator(state) && (!you.locked || presenter === you.user)) return [];
  return Object.keys(NAMES).filter((name) => locks[name]);
}

/** @param {State} state */
export function explainLocks(state) {
  if (isModerator(state)) return changeLocks(state);
  const list = el("ul", {class: "plain-list"}, ...locksNow(state).map((name) => el("li", {}, t(NAMES[name]))));
  return dialog({title: t("locks.title"), lead: t("locks.leadViewer"), content: [list]});
}

export async function changeLocks({locks}) {
  const offered = [...OFFERED, ...Object.keys(NAMES).filter((name) => locks[name] && !OFFERED.includes(name))];
  /** @type {[string, HTMLInputElement][]} */
  const boxes = offered.map((name) => [name, el("input", {type: "checkbox", checked: Boolean(locks[name])})]);
  const fields = el("fieldset", {}, el("legend", {class: "aside"}, t("locks.title")),
    ...boxes.map(([name, box]) => el("label", {class: "check"}, box, el("span", {}, t(NAMES[name])))));
  const answer = await dialog({
    title: t("locks.title"), lead: t("locks.lead"), content: [fields],
    actions: [[t("cancel"), "quiet", ""], [t("locks.save"), "primary", "save"]],
  });
  if (answer !== "save") return;
  const changed = boxes.filter(([name, box]) => box.checked !== Boolean(page.state.locks[name]));
  if (changed.length) agreed(await ask({t: "locks", locks: Object.fromEntries(changed.map(([name, box]) => [name, box.checked]))}));
}
