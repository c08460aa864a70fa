// The menu of one person: private chat, and for moderators their tools.

import {openThread} from "../chat/threads.js";
import {isThere} from "../media/mine.js";
import {mediaActions} from "../media/person_actions.js";
import {pictureOf} from "../media/pictures.js";
import {confirm, dialog, menu} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {has} from "../shell/features.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {isLocked, isModerator, nameOf} from "./model.js";

const send = async (message) => agreed(await ask(message));

/**
 * The reason against a private chat with this person; "" when it is allowed. With moderators it always is.
 * @param {State} state
 * @param {Person} person
 */
export const whyNotPrivate = (state, person) =>
  isLocked(state, "privateChat") && person?.role !== "MODERATOR" ? t("why.privateChat") : "";

/**
 * @param {State} state
 * @param {Person} person
 */
const canWrite = (state, person) => person.user !== state.you.user && has(state, "chat", "privateChat");

/**
 * @param {State} state
 * @param {Person} person
 */
export const hasMenu = (state, person) =>
  isModerator(state) || canWrite(state, person) || (isThere() && person.cameras > 0) || Boolean(pictureOf(person.user));

/** @param {Person} person */
export function openMenu(opener, person) {
  if (!person) return;
  const {state} = page;
  menu(opener, nameOf(state, person.user), [
    canWrite(state, person) && {
      icon: "chat", label: t("do.write"), why: () => whyNotPrivate(page.state, person), act: () => openThread(person.user),
    },
    ...mediaActions(state, person),
    ...(isModerator(state) ? moderate(state, person) : []),
  ]);
}

/**
 * @param {State} state
 * @param {Person} person
 */
function moderate(state, person) {
  const {user, role, guest, locked} = person;
  const me = user === state.you.user;
  const viewer = role === "VIEWER";
  const locks = Object.values(state.locks).some(Boolean);
  return [
    person.hand && {icon: "hand", label: t("do.lower"), act: () => send({t: "hand", up: false, ...(!me && {who: user})})},
    state.presenter !== user && {icon: "screen", label: t(me ? "do.presentSelf" : "do.present"), act: () => send({t: "presenter", who: user})},
    viewer && {
      icon: "up", label: t("do.promote"), why: () => (guest && !page.state.meeting.allowPromoteGuest ? t("why.guest") : ""),
      act: () => send({t: "role", who: user, role: "MODERATOR"}),
    },
    !viewer && !me && {icon: "down", label: t("do.demote"), act: () => send({t: "role", who: user, role: "VIEWER"})},
    viewer && (locks || !locked) && {icon: locked ? "unlock" : "lock", label: t(locked ? "do.unlock" : "do.lock"), act: () => send({t: "lock", who: user, locked: !locked})},
    !me && {icon: "remove", label: t("do.remove"), danger: true, act: () => remove(user, nameOf(state, user))},
  ];
}

async function remove(who, name) {
  const forGood = el("input", {type: "checkbox"});
  const answer = await dialog({
    title: t("remove.title", {name}), lead: t("remove.lead"),
    content: [el("label", {class: "check"}, forGood, el("span", {}, t("remove.forGood")))],
    actions: [[t("cancel"), "quiet", ""], [t("do.remove"), "danger", "yes"]],
  });
  if (answer === "yes") send({t: "remove", who, forGood: forGood.checked});
}

export async function lowerAll() {
  if (await confirm(t("lowerAll.title"), t("lowerAll.lead"), t("do.lowerAll"))) send({t: "hand", up: false, who: "*"});
}
