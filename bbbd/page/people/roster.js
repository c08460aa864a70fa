// The list of people, virtualised: only the rows in sight exist in the document.

import {reactionIcon, reactionOf} from "../hands/reactions.js";
import {healthOf, isTalking} from "../media/model.js";
import {choice} from "../settings/preferences.js";
import {$, el, iconButton, redraw, set, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, SELDOM, touch, watch} from "../shell/store.js";
import {language, plural, t} from "../shell/strings.js";
import {isShown} from "../shell/tabs.js";
import {ago, serverNow} from "../shell/time.js";
import {avatar} from "./avatar.js";
import {isLocked, isModerator, nameOf, numberOf} from "./model.js";
import {kinds, nameNode, signs} from "./person.js";
import {hasMenu, openMenu} from "./person_menu.js";

const ROW = 3.5; // rem, as is the next
const HEADING = 2.5;
const SPARE = 4;
const SEARCHED = 10;

/** What is seen of the box, in pixels: drawing would otherwise wait for a layout of what others have just drawn. */
const sight = {rem: 16, top: 0, height: 0};
let stale = true; // people have come, gone or changed their order since the lists were drawn

const rowHeight = () => ROW * sight.rem;

/** Whether the list is seen. What is not is neither sorted nor drawn, until it is. */
const isSeen = () => isShown("people") && sight.height > 0;

/** Three lists under each other in one scrolling box. */
const SECTIONS = [
  {id: "hands", title: (count) => t("people.hands", {count})},
  {id: "moderators", title: (count) => t("people.moderators", {count})},
  {id: "viewers", title: (count) => t("people.viewers", {count})},
].map((section) => ({...section, people: [], rows: new Map(), heading: el("h3"), list: el("ul", {role: "list"})}));

let collator = new Intl.Collator();
let collated = ""; // its language

/** @param {State} state */
function sort(state) {
  const sought = $("find").value.trim().toLocaleLowerCase();
  const me = state.you.user;
  const shown = [...state.people.values()].filter(({name}) => !sought || name.toLocaleLowerCase().includes(sought));
  const byName = (a, b) => Number(b.user === me) - Number(a.user === me) || collator.compare(a.name, b.name) || a.joined - b.joined;
  const [hands, moderators, viewers] = SECTIONS;
  hands.people = shown.filter(({hand}) => hand).sort((a, b) => a.hand - b.hand);
  moderators.people = shown.filter(({hand, role}) => !hand && role === "MODERATOR").sort(byName);
  viewers.people = shown.filter(({hand, role}) => !hand && role !== "MODERATOR").sort(byName);
}

/** @param {State} state */
function drawRoster(state) {
  stale = false;
  if (collated !== language()) {
    collated = language();
    collator = new Intl.Collator(collated);
  }
  sort(state);
  for (const {people, heading, list, title} of SECTIONS) {
    for (const node of [heading, list]) set(node, {hidden: !people.length});
    write(heading, title(people.length));
    const height = `${people.length * ROW}rem`;
    if (list.style.height !== height) list.style.height = height;
  }
  set($("find-row"), {hidden: state.people.size <= SEARCHED});
  const hidden = isLocked(state, "userList");
  set($("hidden-people"), {hidden: !hidden});
  if (hidden) write($("hidden-people"), plural("people.hidden", state.count));
  drawRows(state);
}

/**
 * Makes the rows in sight, and leaves unchanged rows alone.
 * @param {State} state
 */
function drawRows(state) {
  const height = rowHeight();
  const {top, height: clientHeight} = sight;
  let end = 0;
  const begins = SECTIONS.map(({people}) => {
    const begin = end + HEADING * sight.rem;
    if (people.length) end = begin + people.length * height;
    return begin;
  });
  SECTIONS.forEach((section, index) => {
    const {people, rows, list} = section;
    const first = Math.max(0, Math.floor((top - begins[index]) / height) - SPARE);
    const last = Math.min(people.length, Math.ceil((top + clientHeight - begins[index]) / height) + SPARE);
    const wanted = new Map();
    const places = new Map(people.map((person, at) => [person.user, at]));
    for (let at = first; at < last; at += 1) wanted.set(people[at].user, at);
    for (const [user, row] of rows) {
      const at = places.get(user) ?? -1;
      // The row with the focus stays in the document, even out of sight.
      if (wanted.has(user) || (at >= 0 && row.node.contains(document.activeElement))) wanted.set(user, at);
      else {
        row.node.remove();
        rows.delete(user);
      }
    }
    for (const [user, at] of wanted) {
      if (!rows.has(user)) rows.set(user, makeRow(user));
      drawRow(rows.get(user), people[at], at, people.length, state);
    }
    order(list, rows, wanted);
  });
}

// Rows have the same order in the document as on the screen.
function order(list, rows, wanted) {
  let before = null;
  for (const [user] of [...wanted].sort((a, b) => b[1] - a[1])) {
    const {node} = rows.get(user);
    if (node.parentNode !== list || node.nextSibling !== before) {
      const focused = node.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
      list.insertBefore(node, before);
      if (focused) focused.focus();
    }
    before = node;
  }
}

/** @param {string} user */
function makeRow(user) {
  const picture = el("span", {class: "picture"});
  const [words, kind] = [el("span", {class: "part"}), el("span", {class: "kinds"})];
  const marks = el("span", {class: "marks"});
  const more = iconButton("more", "", () => openMenu(more, page.state.people.get(user)), "icon-button row-menu");
  const node = el("li", {class: "person"}, picture, el("span", {class: "words"}, words, kind), marks, more);
  return {node, picture, words, kind, marks, more, at: -1};
}

/**
 * @param {Person} person
 * @param {State} state
 */
function drawRow(row, person, at, size, state) {
  const {node, picture, words, kind, marks, more} = row;
  const {user, name, hand} = person;
  if (row.at !== at) {
    row.at = at;
    node.style.transform = `translateY(${at * ROW}rem)`;
  }
  set(node, {"aria-setsize": size, "aria-posinset": at + 1});
  const now = serverNow();
  const reaction = reactionOf(person, now);
  const number = numberOf(state, user);
  const me = user === state.you.user;
  node.classList.toggle("away", Boolean(person.away));
  redraw(picture, [name, person.avatar, choice("pictures")], () => [avatar(person)]);
  redraw(words, [name, number, language()], () => [nameNode(person, state)]);
  write(kind, hand ? t("people.raised", {ago: ago(now - hand)}) : kinds(person, state));
  const locked = isModerator(state) && person.role === "VIEWER" && person.locked && Object.values(state.locks).some(Boolean);
  const sound = [isTalking(state, user), healthOf(state, user), person.microphone, person.cameras, person.screen];
  redraw(marks, [reaction, hand ? at : null, locked, language(), ...sound], () => [
    reaction && reactionIcon(reaction.emoji),
    hand !== 0 && el("span", {class: "hand", title: t("people.hand")}, icon("hand"), el("b", {}, String(at + 1)), el("span", {class: "aside"}, t("people.hand"))),
    locked && el("span", {class: "sign", title: t("locked")}, icon("lock"), el("span", {class: "aside"}, t("locked"))),
    ...signs(person, state)]);
  const bare = !hasMenu(state, person);
  node.classList.toggle("bare", bare);
  set(more, {hidden: bare});
  if (!bare) set(more, {"aria-label": me ? t("people.menuYou") : t("people.menu", {name: nameOf(state, user)})});
}

/** Arrow keys, Home and End go from row to row. */
function step(event) {
  const row = event.target.closest?.(".person");
  const section = row && SECTIONS.find(({list}) => list.contains(row));
  if (!section) return;
  const all = SECTIONS.flatMap(({people, list}) => people.map((person, at) => ({person, at, list})));
  const mine = all.findIndex(({list, at}) => list === section.list && at === Number(row.getAttribute("aria-posinset")) - 1);
  const next = {ArrowDown: mine + 1, ArrowUp: mine - 1, Home: 0, End: all.length - 1}[event.key];
  if (next === undefined || !all[next]) return;
  event.preventDefault();
  const direction = next < mine ? -1 : 1;
  for (let at = next; all[at]; at += event.key === "End" ? -1 : event.key === "Home" ? 1 : direction) {
    if (!hasMenu(page.state, all[at].person)) continue;
    bring(all[at]);
    return;
  }
}

function bring({person, at, list}) {
  const box = $("roster");
  const [top, height] = [list.offsetTop + at * rowHeight(), rowHeight()];
  if (top < box.scrollTop) box.scrollTop = top - height;
  if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * height - box.clientHeight;
  sight.top = box.scrollTop;
  drawRows(page.state);
  for (const {rows} of SECTIONS) rows.get(person.user)?.more.focus({preventScroll: true});
}

export function startRoster() {
  const box = $("roster");
  for (const {heading, list} of SECTIONS) box.append(heading, list);
  box.addEventListener("scroll", () => {
    sight.top = box.scrollTop;
    touch("rows");
  }, {passive: true});
  box.addEventListener("keydown", step);
  $("find").addEventListener("input", () => {
    box.scrollTop = sight.top = 0;
    touch("find");
  });
  new ResizeObserver(() => {
    sight.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    sight.height = box.clientHeight;
    sight.top = box.scrollTop;
    touch("rows");
  }).observe(box);
  /** @param {State | null} state */
  const draw = (state) => {
    if (!state || !isSeen()) return;
    if (stale) drawRoster(state);
    else drawRows(state);
  };
  watch(["roster", "hands", "words", "find"], () => (stale = true));
  watch(["find", "rows", "you", "tab", "words"], draw);
  watch(["roster", "people", "hands", "locks", "choices", "second", "talking", "media"], draw, SELDOM);
}

