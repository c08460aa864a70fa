// Whose tiles are shown, and where: those who matter most, as many as fit, each in the place that they have.

import {isPinned} from "../media/pictures.js";

/** Who spoke while out of sight, with the number of their turn: the latest of them stay in sight. @type {Map<string, number>} */
const called = new Map();

/**
 * Whether somebody is before all others. One's own camera is not, even while presenting.
 * @param {Person} person
 * @param {State} state
 */
const isInFront = ({user, cameras}, {presenter, you}) =>
  isPinned(user) || (user === presenter && !(user === you.user && cameras));

/**
 * @param {Person} person
 * @param {State} state
 */
function rank(person, state) {
  const me = person.user === state.you.user;
  if (isInFront(person, state)) return isPinned(person.user) ? 0 : 1;
  if (called.has(person.user)) return 2;
  // One's own camera comes after those of others.
  if (person.screen || person.cameras) return me ? 4 : 3;
  if (person.hand) return 5;
  if (person.microphone === "on") return 6;
  return me ? 7 : person.role === "MODERATOR" ? 8 : 9;
}

/**
 * Notes who speaks and is not shown.
 * @param {State} state
 * @param {(user: string) => boolean} isShown
 */
export function callTalkers(state, isShown) {
  for (const user of called.keys()) if (!state.people.has(user)) called.delete(user);
  for (const user of state.talking) {
    if (isShown(user) || !state.people.has(user)) continue;
    called.delete(user);
    called.set(user, Math.max(0, ...called.values()) + 1);
  }
}

/**
 * People in the order in which they are shown, if not all are.
 * @param {Person[]} people
 * @param {State} state
 */
export function byRank(people, state) {
  const ranks = new Map(people.map((person) => [person, rank(person, state)]));
  return people.sort((a, b) => ranks.get(a) - ranks.get(b)
    || (called.get(b.user) ?? 0) - (called.get(a.user) ?? 0) || (a.hand - b.hand) || a.joined - b.joined);
}

/**
 * Whether a picture of somebody is received: one's own is not.
 * @param {Person} person
 * @param {string} me
 */
const isReceived = ({user, cameras}, me) => user !== me && cameras > 0;

/**
 * The people of each page: as many as fit, and of cameras no more than one receives.
 * @param {Person[]} people
 * @param {string} me whose own camera does not count
 * @param {number} fits
 * @param {number} most
 */
export function pagesOf(people, me, fits, most) {
  /** @type {Person[][]} */
  const pages = [[]];
  let cameras = 0;
  for (const person of people) {
    const has = isReceived(person, me);
    if (pages.at(-1).length === fits || (has && cameras === most)) {
      pages.push([]);
      cameras = 0;
    }
    pages.at(-1).push(person);
    cameras += Number(has);
  }
  return pages;
}

/**
 * Who is shown, with one who must stay in sight: the last of the others makes room, of those with cameras for a camera.
 * @param {Person[]} shown
 * @param {string} me
 * @param {Person | undefined} held
 */
export function withHeld(shown, me, held) {
  if (!held || shown.includes(held)) return shown;
  const last = (isReceived(held, me) && shown.filter((person) => isReceived(person, me)).pop()) || shown.at(-1);
  return shown.map((person) => (person === last ? held : person));
}

/**
 * Where each is shown: who is there stays, and who comes takes the place of one who goes. Only the presenter, and who is
 * pinned, are in front: they change places with those who are.
 * @param {string[]} before users, as they are shown
 * @param {Person[]} shown
 * @param {State} state
 * @returns {Person[]}
 */
export function inPlaces(before, shown, state) {
  const people = new Map(shown.map((person) => [person.user, person]));
  const places = before.map((user) => people.get(user));
  const there = new Set(before);
  const fresh = shown.filter(({user}) => !there.has(user));
  const filled = places.map((person) => person ?? fresh.shift()).filter(Boolean).concat(fresh);
  shown.filter((person) => isInFront(person, state)).forEach((person, at) => {
    const from = filled.indexOf(person);
    [filled[at], filled[from]] = [person, filled[at]];
  });
  return filled;
}
