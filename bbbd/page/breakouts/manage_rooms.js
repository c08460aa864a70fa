// The dialog in which a moderator cares for open rooms: who is where, visits, more time, a word to all, and their end.

import {nameOf} from "../people/model.js";
import {confirm, dialog} from "../shell/dialog.js";
import {bdi, button, el, write} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {plural, t} from "../shell/strings.js";
import {clock, serverNow} from "../shell/time.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {goToRoom} from "./going.js";
import {keptChats} from "./kept_chats.js";

const MORE = [5, 10, 15];

let list = null; // the list of rooms in the open dialog
let left = null; // and the time that is left
let opened = null;
let drawn = "";

const send = async (message) => agreed(await ask(message));

/**
 * A line for a person: where they are, and where to.
 * @param {State} state
 */
function person(state, user, name, note, sequence) {
  const {rooms} = state.breakouts;
  const shown = user ? nameOf(state, user) || name : name;
  const select = el("select", {"aria-label": t("rooms.roomOf", {name: shown}), "data-key": `person-${user}`},
    el("option", {value: "0"}, t("rooms.none")), ...rooms.filter(({planned}) => planned).map((room) => el("option", {value: String(room.sequence)}, room.name)));
  select.value = String(sequence);
  select.onchange = () => send({t: "breakout.move", who: user, room: Number(select.value)});
  return el("li", {}, el("span", {class: "knock-who"}, bdi(shown), note && el("small", {}, note)), user && state.breakouts.open && select);
}

/**
 * @param {State} state
 * @param {Room} room
 */
function section(state, room) {
  const inside = room.people ?? [];
  const there = new Set(inside.map(({user}) => user));
  const expected = (room.assigned ?? []).filter((user) => !there.has(user));
  const visit = button("quiet small", t("rooms.visit"), () => goToRoom(room));
  visit.setAttribute("aria-label", t("rooms.visitOne", {name: room.name}));
  visit.dataset.key = `visit-${room.sequence}`;
  return el("section", {class: "room-assign"},
    el("div", {class: "room-head"}, el("h3", {}, bdi(room.name), " ", el("small", {}, plural("rooms.count", room.count))), visit),
    el("ul", {class: "room-people", role: "list"},
      ...inside.map(({user, name}) => {
        const belongs = (room.assigned ?? []).includes(user);
        return person(state, user, name, t(belongs ? "rooms.inside" : "rooms.visiting"), belongs ? room.sequence : roomOf(state, user));
      }),
      ...expected.map((user) => person(state, user, "", t("rooms.expected"), room.sequence))));
}

/** @param {State} state */
const roomOf = ({breakouts}, user) => breakouts.rooms.find(({assigned}) => assigned?.includes(user))?.sequence ?? 0;

/** @param {State} state */
function without(state) {
  const {rooms} = state.breakouts;
  const known = new Set(rooms.flatMap(({assigned = [], people = []}) => [...assigned, ...people.map(({user}) => user)]));
  const others = [...state.people.values()].filter(({user, role}) => role === "VIEWER" && !known.has(user));
  if (!others.length || !state.breakouts.open) return null;
  return el("section", {class: "room-assign"}, el("h3", {}, t("rooms.unassigned")),
    el("ul", {class: "room-people", role: "list"}, ...others.map(({user, name}) => person(state, user, name, "", 0))));
}

/** @param {State} state */
function draw(state) {
  if (!list) return;
  if (!state.breakouts?.rooms.length) {
    opened.abort();
    return;
  }
  const {ends} = state.breakouts;
  write(left, ends ? t("rooms.left", {time: clock(ends - serverNow())}) : "");
  const looks = JSON.stringify([state.breakouts, [...state.people.values()].map(({user, name, role}) => [user, name, role])]);
  if (looks === drawn) return;
  drawn = looks;
  const key = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key;
  const parts = [...state.breakouts.rooms.map((room) => section(state, room)), without(state)];
  list.replaceChildren(...parts.filter(Boolean));
  if (key) /** @type {HTMLElement | null} */ (list.querySelector(`[data-key="${key}"]`))?.focus();
}

watch(["rooms", "roster", "people", "second"], (state) => state && draw(state));

function controls() {
  const text = el("input", {type: "text", dir: "auto", autocomplete: "off", maxlength: page.limits.roomMessage ?? 2000});
  const say = async (event) => {
    event.preventDefault();
    if (!text.value.trim() || !(await send({t: "breakout.say", text: text.value}))) return;
    text.value = "";
    toast(t("rooms.sent"), "rooms");
  };
  const words = el("form", {class: "room-message", onsubmit: say},
    el("label", {class: "field"}, el("span", {}, t("rooms.message")), text), el("button", {type: "submit", class: "quiet"}, t("rooms.send")));
  const more = page.state.breakouts.ends > 0 && el("div", {class: "knock-all", role: "group", "aria-label": t("rooms.more")},
    ...MORE.map((minutes) => button("quiet small", plural("rooms.addMinutes", minutes), () => send({t: "breakout.extend", minutes}))));
  return page.state.breakouts.open ? [words, more] : [];
}

export async function manageRooms() {
  opened = new AbortController();
  drawn = "";
  list = el("div", {class: "room-list"});
  left = el("p", {class: "lead"});
  draw(page.state);
  const {open} = page.state.breakouts;
  const answer = await dialog({
    title: t("rooms"), kind: "rooms-dialog", content: [left, ...controls(), list, keptChats(page.state)], signal: opened.signal,
    actions: [...(open ? [/** @type {DialogAction} */ ([t("rooms.close"), "danger", "close"])] : []), [t("close"), "quiet", ""]],
  });
  list = null;
  if (answer !== "close") return;
  if (await confirm(t("rooms.closeTitle"), t("rooms.closeLead"), t("rooms.close"), "danger")) send({t: "breakout.close"});
}
