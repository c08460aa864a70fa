// People in the meeting's model: who is there, their roles, who presents, and what is locked for whom.

/**
 * Changes facts of a person; returns the topic of one's own.
 * @param {State} state
 * @param {string} user
 * @returns {Topic[]}
 */
export const change = (state, user, facts) => {
  const person = state.people.get(user);
  if (person) Object.assign(person, facts);
  if (user !== state.you.user) return [];
  for (const key of Object.keys(facts)) if (key in state.you) state.you[key] = facts[key];
  return ["you"];
};

/** A name as it looks: without invisible characters, each letter in one form. */
const looks = (name) => name.normalize("NFKC").replace(/\p{Cf}/gu, "").replace(/\s+/g, " ").trim().toLocaleLowerCase();

/** Of everybody known: user -> their place in the order of coming, and their number among those of the same name. */
let known = {names: null, places: new Map(), numbers: new Map()};

/**
 * Remembers a name; it stays known when the person has left, for the messages of the chat.
 * @param {State} state
 * @param {string} user
 * @param {string} name
 */
export function remember(state, user, name) {
  if (state.names.get(user) === name) return;
  state.names.set(user, name);
  known.names = null;
}

/** @param {State} state */
function everybody({names}) {
  if (known.names === names) return known;
  known = {names, places: new Map(), numbers: new Map()};
  const same = new Map(); // how a name looks -> users
  for (const [user, name] of names) {
    known.places.set(user, known.places.size);
    const key = looks(name);
    same.set(key, [...(same.get(key) ?? []), user]);
  }
  for (const users of same.values()) if (users.length > 1) users.forEach((user, at) => known.numbers.set(user, at + 1));
  return known;
}

/**
 * What changes whenever the number of anybody may have.
 * @param {State} state
 */
export const numbering = (state) => everybody(state).numbers;

/**
 * The number that distinguishes people whose names look the same; undefined for all others.
 * @param {State} state
 * @param {string} user
 */
export const numberOf = (state, user) => everybody(state).numbers.get(user);

/**
 * The place of a person in the order of coming, from 0.
 * @param {State} state
 * @param {string} user
 */
export const placeOf = (state, user) => everybody(state).places.get(user) ?? 0;

/** @param {State} state */
const countModerators = (state) => {
  let moderators = 0;
  for (const person of state.people.values()) if (person.role === "MODERATOR") moderators += 1;
  state.moderators = moderators;
};

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const PEOPLE_EVENTS = {
  Joined(state, {person, count}) {
    state.people.set(person.user, {...person});
    remember(state, person.user, person.name);
    state.count = count;
    countModerators(state);
    return ["roster"];
  },
  Left(state, {user, count}) {
    state.people.delete(user);
    state.count = count;
    if (state.presenter === user) state.presenter = "";
    countModerators(state);
    return ["roster"];
  },
  Count(state, {count}) {
    state.count = count;
    return ["roster"];
  },
  Lost(state, {user}) {
    change(state, user, {away: true});
    return ["people"];
  },
  Returned(state, {user}) {
    change(state, user, {away: false});
    return ["people"];
  },
  PresenterChanged(state, {user}) {
    state.presenter = user;
    state.you.presenter = user === state.you.user;
    return ["roster", "you"];
  },
  RoleChanged(state, {user, role, locked}) {
    change(state, user, {role, locked});
    countModerators(state);
    return ["roster", "you"];
  },
  LocksChanged(state, {locks}) {
    state.locks = {...locks};
    for (const person of state.people.values()) change(state, person.user, {locked: person.role === "VIEWER"});
    return ["people", "locks", "you"];
  },
  LockChanged(state, {user, locked}) {
    change(state, user, {locked});
    return ["people", "locks", "you"];
  },
  // Which of one's own tracks are being recorded; a track may be in two files for a moment.
  MediaKept(state, {track, on}) {
    if (on) state.kept = [...state.kept, track];
    else leaveOut(state, track);
    return ["people"];
  },
  MediaCut(state, {user, track}) {
    if (user === state.you.user) leaveOut(state, track);
    return ["people"];
  },
  MediaChanged(state, {user, microphone, cameras, screen}) {
    change(state, user, {microphone, cameras, screen});
    return ["people"];
  },
};

/**
 * @param {State} state
 * @param {TrackKind} track
 */
function leaveOut(state, track) {
  const place = state.kept.indexOf(track);
  if (place >= 0) state.kept = state.kept.filter((_, other) => other !== place);
}

/** @param {State} state */
export const isModerator = (state) => state.you.role === "MODERATOR";

/**
 * Whether a lock holds for this person: locked viewers, but for who is presenting.
 * @param {State} state
 * @param {LockName} lock
 */
export const isLocked = (state, lock) =>
  Boolean(state.locks[lock]) && state.you.role === "VIEWER" && state.you.locked && state.presenter !== state.you.user;

/**
 * A person's name, with their number where others have the same.
 * @param {State} state
 * @param {string} user
 */
export const nameOf = (state, user) => {
  const number = numberOf(state, user);
  return `${state.names.get(user) || ""}${number ? ` (${number})` : ""}`;
};
