// The bar of controls at the foot: sound, camera, screen, recording, slides, hand, reactions, more, leaving.

import {isHandUp, toggleHand} from "../hands/hand.js";
import {openReactions} from "../hands/reactions.js";
import {MEDIA_TOOLS} from "../media/tools.js";
import {isPollShown, isTherePoll, openPoll, PICTURE} from "../polls/polls.js";
import {mayRecord, toggleRecording} from "../recording/recording.js";
import {presents} from "../slides/model.js";
import {openDecks} from "../slides/slides.js";
import {$, el, forbid, set, write} from "./dom.js";
import {has} from "./features.js";
import {icon} from "./icons.js";
import {leaveOrEnd} from "./leave.js";
import {openMore} from "./more_menu.js";
import {page, SELDOM, watch} from "./store.js";
import {t} from "./strings.js";
import {hourOf, serverNow} from "./time.js";

/**
 * Each tool: when it is shown, whether it is on or off, why it cannot be used, its icon, its label on a wide screen and
 * on a phone.
 * @type {Tool[]}
 */
const TOOLS = [
  ...MEDIA_TOOLS,
  {
    name: "record", there: mayRecord, on: ({recording}) => recording.on, act: toggleRecording,
    look: (on) => (on ? ["record-off", "tool.recordStop", "tool.recordStopShort"] : ["record", "tool.record", "tool.recordShort"]),
  },
  {
    name: "slides", there: presents, on: () => false, act: openDecks, look: () => ["slides", "slides", "slides.short"],
  },
  {
    name: "poll", there: isTherePoll, on: isPollShown, act: openPoll, look: () => [PICTURE, "tool.poll", "tool.pollShort"],
  },
  {
    name: "hand", there: () => true, on: isHandUp, act: toggleHand,
    look: (on) => (on ? ["hand", "tool.lower", "tool.lowerShort"] : ["hand", "tool.raise", "tool.raiseShort"]),
  },
  {
    name: "react", there: (state) => has(state, "reactions"), on: () => false, act: openReactions,
    look: () => ["smile", "tool.react", "tool.reactShort"],
  },
  {
    name: "return", there: ({meeting}) => Boolean(meeting.breakout), on: () => false, act: () => returns(),
    look: () => ["leave", "rooms.back", "rooms.backShort"],
  },
  {name: "more", there: () => true, on: () => false, act: openMore, look: () => ["more", "tool.more", "tool.moreShort"]},
];

/** Tools that need no connection; and those that open a dialog. */
const ALWAYS = new Set(["more"]);
const DIALOGS = new Set(["more", "react", "slides"]);

/**
 * @param {HTMLElement} control
 * @param {string[]} look
 */
function face(control, [picture, long, short]) {
  if (control.dataset.icon !== picture) {
    control.dataset.icon = picture;
    control.replaceChildren(icon(picture), el("span", {class: "long"}), el("span", {class: "short"}));
  }
  write(control.querySelector(".long"), t(long));
  write(control.querySelector(".short"), t(short));
}

/** @param {State} state */
function draw(state) {
  for (const {name, there, on, off, why, look} of TOOLS) {
    const control = $(`tool-${name}`);
    const isOn = on(state);
    set(control, {hidden: !there(state)});
    control.classList.toggle("on", isOn);
    control.classList.toggle("off", Boolean(off?.(state)));
    face(control, look(isOn, state));
    forbid(control, page.connected || ALWAYS.has(name) ? why?.(state) ?? "" : t("why.lost"));
  }
  face($("leave"), ["leave", "leave", "leave.short"]);
}

function drawMe({you}) {
  write($("full-name"), you.name);
  write($("role"), t(you.role === "MODERATOR" ? "role.moderator" : "role.viewer"));
  write($("clock"), hourOf(serverNow()));
}

let returns = () => {};

export function startActionBar(out) {
  returns = () => out();
  for (const {name, act} of TOOLS) {
    const control = el("button", {type: "button", class: "tool", id: `tool-${name}`, hidden: true});
    control.addEventListener("click", () => {
      if (!control.dataset.why) act(control);
    });
    if (DIALOGS.has(name)) control.setAttribute("aria-haspopup", "dialog");
    $("tools").append(control);
  }
  $("leave").onclick = () => leaveOrEnd(out);
  /** @param {State | null} state */
  const drawSeen = (state) => state && draw(state);
  watch(["you", "locks", "recording", "media", "poll", "meeting", "connection", "words"], drawSeen);
  watch(["people", "roster"], drawSeen, SELDOM);
  watch(["you", "second", "words"], (state) => state && drawMe(state));
}
