// Breakout rooms above chat and people: one's own, those to choose from, and for moderators all of them.

import {isModerator} from "../people/model.js";
import {play} from "../settings/sounds.js";
import {$, bdi, button, el, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, watch} from "../shell/store.js";
import {plural, t} from "../shell/strings.js";
import {openPanel} from "../shell/tabs.js";
import {clock, serverNow} from "../shell/time.js";
import {toast} from "../shell/toast.js";
import {goToRoom} from "./going.js";
import {ownRoom} from "./model.js";

let drawn = ""; // what the section shows, so that it is made anew only when that changed

/** Loads the dialogs when somebody first wants them. */
const use = (act) => import("./dialogs.js").then(act, () => toast(t("no.lost")));

/** Opens the dialog for new rooms, or for those that are open. */
export const openRooms = () => use((parts) => parts.openRooms());

/** @param {Room} room */
function row(room, state) {
  const [mine, visits] = [room.sequence === state.breakouts.mine, isModerator(state)];
  const label = t(visits && !mine ? "rooms.visitOne" : "rooms.goTo", {name: room.name});
  const go = button(mine ? "primary small" : "quiet small", t(visits && !mine ? "rooms.visit" : "rooms.go"), () => goToRoom(room));
  go.setAttribute("aria-label", label);
  go.dataset.key = String(room.sequence);
  const note = [mine && t("rooms.own"), plural("rooms.count", room.count)].filter(Boolean).join(" · ");
  return el("li", {}, el("span", {class: "knock-who"}, bdi(room.name, {title: room.name}), el("small", {}, note)), go);
}

/** @param {State} state */
function draw(state) {
  const [box, {breakouts}] = [$("rooms"), state];
  const rooms = breakouts?.rooms ?? [];
  const kept = Boolean(state.meeting.breakout?.keepsChat);
  box.hidden = !rooms.length && !kept;
  drawPill(state);
  const looks = JSON.stringify([rooms, kept, breakouts?.mine, isModerator(state), document.documentElement.lang]);
  if (looks === drawn) return;
  drawn = looks;
  if (kept) {
    box.replaceChildren(el("h2", {id: "rooms-title"}, icon("info"), el("span", {}, t("rooms.keeps"))));
    return;
  }
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const focused = box.contains(active) ? active?.dataset.key : undefined;
  const title = el("h2", {id: "rooms-title", tabindex: "-1"}, icon("people"), el("span", {}, t("rooms")), el("b", {id: "rooms-left"}));
  box.replaceChildren(title);
  if (isModerator(state)) {
    const manage = button("quiet small", t("rooms.manage"), openRooms);
    manage.dataset.key = "manage";
    box.append(el("div", {class: "knock-all"}, manage));
  }
  box.append(el("ul", {role: "list"}, ...rooms.map((room) => row(room, state))));
  drawTime(state);
  if (focused !== undefined) (/** @type {HTMLElement | null} */ (box.querySelector(`[data-key="${focused}"]`)) ?? title).focus();
}

/** The time that is left of the rooms, by the one that ends first. */
const endOf = ({breakouts}) => Math.min(...(breakouts?.rooms ?? []).map(({ends}) => ends || Infinity));

/** @param {State} state */
function drawTime(state) {
  const left = $("rooms-left");
  const end = endOf(state);
  if (left) write(left, Number.isFinite(end) ? clock(end - serverNow()) : "");
}

/** @param {State} state */
function drawPill(state) {
  const pill = $("rooms-pill");
  const mine = ownRoom(state);
  pill.hidden = !state.breakouts?.rooms.length;
  const text = mine ? t("rooms.yours", {name: mine.name}) : t(isModerator(state) ? "rooms" : "rooms.choose");
  pill.classList.toggle("warn", !isModerator(state));
  if (!pill.hidden && pill.textContent !== text) pill.replaceChildren(icon("people"), el("span", {dir: "auto"}, text));
}

function followPill() {
  const mine = ownRoom(page.state);
  if (mine) goToRoom(mine);
  else if (openPanel()) $("rooms-title")?.focus();
  else if (isModerator(page.state)) openRooms();
}

/**
 * Takes what the server says of the rooms, and tells what changed.
 * @param {State} state
 * @param {Breakouts | null} breakouts
 */
export function takeBreakouts(state, breakouts) {
  const before = state.breakouts;
  const room = ownRoom(state);
  state.breakouts = breakouts;
  const own = ownRoom(state);
  if (own && own.sequence !== room?.sequence) {
    toast(t("rooms.yours", {name: own.name}), "rooms");
    play("admitted");
  } else if (!own && breakouts?.rooms.length && !before?.rooms.length) {
    toast(t(isModerator(state) ? "rooms.saidOpen" : "rooms.choose"), "rooms");
    play("admitted");
  } else if (before?.rooms.length && !breakouts?.rooms.length) {
    toast(t("rooms.saidClosed"), "rooms");
  }
}

export function startBreakouts() {
  $("rooms-pill").onclick = followPill;
  watch(["rooms", "you", "meeting", "words"], (state) => state && draw(state));
  watch(["second"], (state) => state?.breakouts?.rooms.length && drawTime(state));
}
