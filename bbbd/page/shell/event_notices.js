// Announcements and sounds for events. Their pictures are drawn from the state, elsewhere.

import {removeFromOutbox} from "../chat/outbox.js";
import {openThread} from "../chat/threads.js";
import {float, REACTIONS} from "../hands/reactions.js";
import {noteOwnChange} from "../media/media.js";
import {nameOf} from "../people/model.js";
import {asks} from "../polls/model.js";
import {goToPoll} from "../polls/polls.js";
import {questionOf, resultText} from "../polls/words.js";
import {notify} from "../settings/notices.js";
import {play} from "../settings/sounds.js";
import {say, sayCame, sayMessage, sayReaction} from "./announcer.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";
import {openPanel} from "./tabs.js";
import {toast} from "./toast.js";
import {TAB} from "./wire.js";

const NAME = 40; // letters of a name in a notice: what happened must not be cut off

const TOGETHER = 10_000; // milliseconds
const NOT_RECORDED = {disk: "said.notRecorded.disk", engine: "said.notRecorded.engine", refused: "said.notRecorded.refused"};

let knocking = new Set();
let toldCut = {why: "", at: 0};

const shortened = (name) => {
  const letters = Array.from(name);
  return letters.length > NAME ? `${letters.slice(0, NAME).join("")}…` : name;
};

/**
 * Remembers the guests who waited before this person entered: they are not announced.
 * @param {State} state
 */
export function knowWaitingGuests(state) {
  knocking = new Set(state.lobby?.map(({user}) => user));
}

/** @satisfies {Notices} */
const NOTICES = {
  Joined(state, {person}) {
    if (person.user !== state.you.user) sayCame(person.name);
  },
  Chatted(state, {user, name, text, to, key = ""}) {
    const [tab, id] = key.split(":");
    if (user === state.you.user) {
      // Another person's tab may have the same name: only this person's messages leave the outbox.
      if (tab === TAB) removeFromOutbox(Number(id));
      return;
    }
    sayMessage(name, text, Boolean(to));
    if (to) notify("private", t("notices.private", {name: shortened(name)}), () => openThread(user));
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
  MediaChanged(state, {user, by}) {
    if (user === state.you.user) noteOwnChange(by);
  },
  MediaCut(_, {why, at}) {
    // One notice for all that broke together.
    if (toldCut.why === why && at - toldCut.at < TOGETHER) return;
    toldCut = {why, at};
    toast(t(NOT_RECORDED[why] || NOT_RECORDED.refused), "recording");
  },
  PollStarted(state, {poll}) {
    if (asks(state)) return;
    say(t("said.poll", {question: questionOf(poll)}));
    notify("poll", t("said.poll", {question: questionOf(poll)}), goToPoll);
    play("message");
  },
  PollReopened(state) {
    if (!asks(state)) toast(t("said.pollReopened"), "poll");
  },
  PollEnded(state) {
    if (!asks(state)) say(t("said.pollEnded"));
  },
  PollPublished(state) {
    if (state.poll) say(resultText(state.poll));
  },
  RecordingMarked(_, {on}) {
    say(t(on ? "said.recordingOn" : "said.recordingOff"));
    play("recording");
  },
  Lobby(_, {waiting}) {
    const fresh = waiting.filter(({user}) => !knocking.has(user));
    knocking = new Set(waiting.map(({user}) => user));
    if (!fresh.length) return;
    const words = fresh.length === 1 ? t("said.knock", {name: shortened(fresh[0].name)}) : plural("said.knockMany", fresh.length);
    toast(words, "knock");
    notify("knock", words, openPanel);
    play("knock");
  },
};

/** Announces what a snapshot in place of events changed for this person. */
export function noticeChanges(before, now) {
  if (before.you.role !== now.you.role) NOTICES.RoleChanged(now, {user: now.you.user, role: now.you.role});
  if (before.presenter !== now.presenter) NOTICES.PresenterChanged(now, {user: now.presenter});
  if (JSON.stringify(before.locks) !== JSON.stringify(now.locks)) NOTICES.LocksChanged();
}

/**
 * Called once for each event that was applied.
 * @param {State} state
 */
export function notice(state, event) {
  page.you = state.you;
  NOTICES[event.e]?.(state, event);
}
