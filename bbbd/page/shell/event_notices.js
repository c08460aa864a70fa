// What is said and sounded when an event comes in; what it looks like is drawn from the state.

import {done} from "../chat/outbox.js";
import {float, REACTIONS} from "../hands/reactions.js";
import {nameOf} from "../people/model.js";
import {play} from "../settings/sounds.js";
import {say, sayCame, sayMessage, sayReaction} from "./announcer.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";
import {TAB} from "./wire.js";

let knocking = new Set();

/**
 * Those who waited already when one came in are not told of again.
 * @param {State} state
 */
export function knowWaiting(state) {
  knocking = new Set(state.lobby?.map(({user}) => user));
}

/** @satisfies {Notices} */
const HAPPENED = {
  Joined(state, {person}) {
    if (person.user !== state.you.user) sayCame(person.name);
  },
  Chatted(state, {user, name, text, to, key = ""}) {
    const [tab, id] = key.split(":");
    if (user === state.you.user) {
      // Anybody may call their tab as this one is called: only what is one's own has come back.
      if (tab === TAB) done(Number(id));
      return;
    }
    sayMessage(name, text, Boolean(to));
    play("message");
  },
  Reacted(state, {user, emoji}) {
    const [, words] = REACTIONS[emoji] || [];
    if (!words) return;
    float(emoji, nameOf(state, user));
    if (user !== state.you.user) sayReaction(nameOf(state, user), t(words));
  },
  ChatCleared: () => say(t("said.cleared")),
  HandRaised(state, {user}) {
    if (user !== state.you.user) say(t("said.hand", {name: nameOf(state, user)}));
  },
  HandLowered(state, {user, by}) {
    if (user === state.you.user && by && by !== user) say(t("said.lowered"));
  },
  PresenterChanged(state, {user}) {
    if (user) say(user === state.you.user ? t("said.youPresent") : t("said.presents", {name: nameOf(state, user)}));
  },
  RoleChanged(state, {user, role}) {
    if (user === state.you.user) say(t(role === "MODERATOR" ? "said.moderator" : "said.viewer"));
  },
  LocksChanged: () => say(t("said.locks")),
  RecordingMarked(_, {on}) {
    say(t(on ? "said.recordingOn" : "said.recordingOff"));
    play("recording");
  },
  Lobby(_, {waiting}) {
    const fresh = waiting.filter(({user}) => !knocking.has(user));
    knocking = new Set(waiting.map(({user}) => user));
    if (!fresh.length) return;
    say(fresh.length === 1 ? t("said.knock", {name: fresh[0].name}) : plural("said.knockMany", fresh.length));
    play("knock");
  },
};

/** Says what a snapshot that came in place of events changed for oneself. */
export function changed(before, now) {
  if (before.you.role !== now.you.role) HAPPENED.RoleChanged(now, {user: now.you.user, role: now.you.role});
  if (before.presenter !== now.presenter) HAPPENED.PresenterChanged(now, {user: now.presenter});
  if (JSON.stringify(before.locks) !== JSON.stringify(now.locks)) HAPPENED.LocksChanged();
}

/**
 * Called once for each event that was applied.
 * @param {State} state
 */
export function happened(state, event) {
  page.you = state.you;
  HAPPENED[event.e]?.(state, event);
}
