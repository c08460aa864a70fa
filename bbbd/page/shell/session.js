// State machine of the page, driven by the server's messages: joining, inside, reconnecting, over.

import {takeBreakouts} from "../breakouts/breakouts.js";
import {learnWayBack} from "../breakouts/going.js";
import {putOlder} from "../chat/model.js";
import {sendAgain} from "../chat/outbox.js";
import {hangUp, hear} from "../media/media.js";
import {askConsent, isAsking, isDue, tellAgain} from "../recording/consent.js";
import {noteApart, noteHealth, talk} from "../media/model.js";
import {play} from "../settings/sounds.js";
import {honour} from "../settings/userdata.js";
import {point} from "../slides/model.js";
import {place, quoted} from "./card.js";
import {el} from "./dom.js";
import {ended, returnNotice} from "./ending.js";
import {knowWaitingGuests, notice, noticeChanges} from "./event_notices.js";
import {askPresence, withdrawQuestion} from "./idle.js";
import {apply, fromSnapshot, isNews} from "./model.js";
import {canGoBack, goBack, goOn, wayBack} from "./return_url.js";
import {current, show} from "./states.js";
import {page, touch, watch} from "./store.js";
import {plural, t} from "./strings.js";
import {clearStrip, reconnecting} from "./strip.js";
import {remember, remembered, ticket} from "./ticket.js";
import {setServerTime} from "./time.js";
import * as wire from "./wire.js";

const OWN = new URL("..", import.meta.url).pathname.split("/").at(-2);
const STILL = 3_000;
const DIAGNOSIS = 10_000;
const FULL = 15;

let entered = 0; // when this page was first let in, for "you were here"
let retryAfter = null; // when the server said how soon: {seconds, spread}
let warnings = [];
/** @type {CardFacts} */
let waitingCard = {}; // as it was last shown

export function begin() {
  if (!ticket.token) {
    show("unknown");
    return;
  }
  show("joining");
  warnings = [setTimeout(() => joining(t("joining.still")), STILL), setTimeout(diagnose, DIAGNOSIS)];
  // Whoever begins to speak while the recording runs is asked too.
  watch(["media", "recording"], (state) => state && page.connected && isDue() && consent());
  wire.start({received, lost, latency});
}

const joining = (lead, actions = []) => {
  if (current() === "joining") show("joining", {lead, actions});
};

async function diagnose() {
  const {state, address} = await wire.door();
  const again = [[t("tryAgain"), "primary", wire.retryNow]];
  if (address) joining(t("joining.address", {address}), again);
  else if (state === "unreachable") joining(t("joining.unreachable"), again);
  else joining(t("joining.blocked"), again);
}

/** @type {MessageHandlers} */
const HANDLERS = {
  welcome({you, meeting, limits, now, server, media, page: hash, publishesRecordings}) {
    Object.assign(page, {
      you, meeting, server, publishesRecordings, media: media ?? null, limits: {...page.limits, ...limits}, back: meeting.back,
    });
    setServerTime(now);
    if (hash && hash !== OWN) outdated();
    else if (current() === "joining") show("joining");
    touch("meeting", "media");
  },
  lobby({place: number, message}) {
    quiet();
    wire.settled();
    const lines = [place(number), message ? quoted(t("waiting.message"), message) : null];
    waitingCard = {lines, actions: [[t("waiting.leave"), "quiet", () => out(), "leave"]]};
    show("waiting", waitingCard);
  },
  snapshot(message) {
    const waited = current() === "waiting";
    setServerTime(message.now);
    const before = page.state;
    page.state = fromSnapshot(message, before);
    if (before?.epoch === page.state.epoch) noticeChanges(before, page.state);
    page.meeting = message.meeting;
    page.you = message.you;
    page.back = message.meeting.back;
    knowWaitingGuests(page.state);
    honour(page.state).then(() => touch("all"));
    inside();
    if (waited) admitted();
  },
  resumed({now, you, count, lobby}) {
    setServerTime(now);
    Object.assign(page.state, {you, count, lobby: lobby ?? null});
    inside();
    touch("you", "roster", "lobby");
  },
  events({list}) {
    for (const event of list.filter((one) => isNews(page.state, one))) {
      touch(...apply(page.state, event));
      notice(page.state, event);
      if (event.e === "RecordingMarked" && event.on) consent({starts: true});
    }
    wire.reached(page.state.n, page.state.epoch);
  },
  now(message) {
    if (message.k === "pointer") touch(...point(page.state, message));
    if (message.k === "talking") touch(...talk(page.state, message.users));
    if (message.k === "apart") touch(...noteApart(page.state, message.pairs));
    if (message.k === "health") touch(...noteHealth(page.state, message.user, message.level));
  },
  media({t: _, id: __, ...media}) {
    page.media = media;
    touch("media");
  },
  breakouts({breakouts}) {
    takeBreakouts(page.state, breakouts);
    touch("rooms");
  },
  "media.down": hear,
  "media.gone": hear,
  "media.ask": hear,
  "media.links": hear,
  "media.signal": hear,
  "idle?": askPresence,
  chat({with: key = "", messages, more}) {
    putOlder(page.state, key, messages, more);
    touch("chat");
  },
  bye(message) {
    if (message.back) page.back = message.back;
    if (message.again !== null) retryAfter = {seconds: message.again};
    BYES[message.reason]?.(message);
  },
};

/** @param {ServerMessage} message */
function received(message) {
  HANDLERS[message.t]?.(/** @type {any} */ (message));
}

function quiet() {
  warnings.forEach(clearTimeout);
  warnings = [];
}

function inside() {
  quiet();
  entered ||= Date.now();
  page.connected = true;
  wire.settled();
  wire.reached(page.state.n, page.state.epoch);
  clearStrip();
  show(isAsking() ? "recorded" : "meeting");
  tellAgain();
  consent();
  touch("connection");
}

/** Sends waiting messages once the person has agreed to being recorded. */
async function consent(facts) {
  if (!(await askConsent(facts))) return;
  sendAgain();
  touch("connection");
}

function admitted() {
  play("admitted");
  if (!document.hidden) return;
  const before = document.title;
  document.title = t("waiting.admitted");
  document.addEventListener("visibilitychange", () => {
    document.title = before;
    touch("chat");
  }, {once: true});
}

const facts = () => ({entered, actions: wayBack()});

const BYES = {
  left: () => over("left", facts()),
  ended: (message) => over("ended", ended(message, facts())),
  removed: ({by}) => over("removed", {...facts(), by}),
  denied: () => over("denied", facts()),
  // A moderator's word leads on at once; who chose another room has it open already.
  moved: ({follow}) => {
    over("left", {lead: t(follow ? "rooms.moved" : "rooms.elsewhere"), actions: wayBack()});
    if (follow) goOn();
  },
  idle: () => over("left", {...facts(), lead: t("left.idle"), lines: returnNotice()}),
  elsewhere: () => {
    // This page was never inside: a newer link of the same person is in use.
    if (["joining", "reconnecting"].includes(current())) newer();
    else over("elsewhere", {actions: [[t("elsewhere.use"), "primary", useHere], ...secondary()]});
  },
  flood: () => over("left", {lead: t("left.flood"), actions: [[t("comeIn"), "primary", useHere], ...secondary()]}),
  full,
  outdated: () => outdated(),
  unknown: () => over("unknown", facts()),
};

const secondary = () => wayBack().map(([label, , act]) => /** @type {CardAction} */ ([label, "quiet", act]));

/** Shows a final state: only the person can go on from it. */
function over(state, card) {
  quiet();
  withdrawQuestion();
  hangUp();
  page.connected = false;
  wire.stop();
  clearStrip();
  show(state, card);
}

function newer() {
  over("elsewhere", {lead: t("elsewhere.leadNewer"), actions: wayBack()});
}

function useHere() {
  show("joining");
  wire.resume();
}

function full({again}) {
  const seconds = again || FULL;
  retryAfter = {seconds, spread: 0};
  quiet();
  show("full", {lines: [el("p", {class: "aside-note"}, plural("full.retry", seconds))], actions: wayBack()});
}

function outdated() {
  if (remembered("reloaded") === OWN) {
    over("outdated", {actions: [[t("outdated.again"), "primary", () => location.reload()]]});
    return;
  }
  remember({reloaded: OWN});
  location.reload();
}

/** By the status of a token that no longer opens the socket. */
const DOORS = {
  unknown: BYES.unknown,
  denied: BYES.denied,
  removed: BYES.removed,
  left: BYES.left,
  idle: BYES.idle,
  elsewhere: newer,
  ended: ({reason}) => over("ended", ended({why: reason}, facts())),
  full,
};

async function lost({opened, pause}) {
  page.connected = false;
  touch("connection");
  const soon = retryAfter ? wire.again(retryAfter.seconds, retryAfter.spread) : pause;
  retryAfter = null;
  if (["meeting", "recorded", "idle", "reconnecting"].includes(current())) reconnecting(soon);
  else if (current() === "waiting") show("waiting", {...waitingCard, note: t("strip.trying")});
  if (opened) return;
  const answer = await wire.door();
  if (answer.back) page.back = answer.back;
  if (!wire.isOpen() && DOORS[answer.state]) DOORS[answer.state](answer);
}

function latency(milliseconds) {
  page.roundTrip = milliseconds;
  touch("connection");
}

/** Leaves the meeting, at once to the logout URL. */
export async function out(lead = "") {
  if (page.meeting.breakout) await learnWayBack();
  wire.send({t: "leave"});
  over("left", {...facts(), lead, lines: canGoBack() ? [] : returnNotice()});
  goBack();
}
