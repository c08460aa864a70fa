// People in the meeting's model: who is there, their roles, who presents, and what is locked for whom.

/**
 * @param {State} state
 * @param {string} user
 */
export const change = (state, user, facts) => {
  const person = state.people.get(user);
  if (person) Object.assign(person, facts);
  if (user === state.you.user) {
    for (const key of Object.keys(facts)) if (key in state.you) state.you[key] = facts[key];
  }
};

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
    state.names.set(person.user, person.name);
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
  MediaChanged(state, {user, microphone, cameras, screen}) {
    change(state, user, {microphone, cameras, screen});
    return ["people"];
  },
};

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
 * @param {State} state
 * @param {string} user
 */
export const nameOf = (state, user) => state.names.get(user) || "";
