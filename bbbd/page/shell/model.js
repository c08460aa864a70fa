// The meeting as this person may see it: the fold of the events over a snapshot. No document, no socket, no clock.

const KEPT = 5000;

/** Reads a snapshot; of the state before, older chat that was fetched on request stays. */
export function fromSnapshot(snapshot, before = null) {
  const {people, chat, more, recording, lobby, userdata, t: _, ...rest} = snapshot;
  const state = {
    lobby: null,
    pointer: null,
    ...rest,
    decks: snapshot.decks.map((deck) => ({...deck})),
    people: new Map(people.map((person) => [person.user, {...person}])),
    names: new Map(before && before.epoch === snapshot.epoch ? before.names : []),
    threads: new Map([["", {messages: [], more}]]),
    recording: {...recording},
    userdata: userdata || {},
  };
  if (lobby) state.lobby = lobby;
  for (const person of people) state.names.set(person.user, person.name);
  for (const message of chat) insert(state, message, more);
  if (before && before.epoch === snapshot.epoch && more) keepOlder(state, before, chat.length ? chat[0].n : Infinity);
  return state;
}

function keepOlder(state, before, oldest) {
  for (const [key, thread] of before.threads) {
    const older = thread.messages.filter((message) => message.n < oldest);
    const now = open(state, key, thread.more);
    now.messages = older.concat(now.messages);
    now.more = thread.more;
  }
}

/** With whom a message is: "" for everybody, else the other one. */
const threadOf = (state, message) => (message.to ? (message.user === state.you.user ? message.to : message.user) : "");

export function open(state, key, more = false) {
  if (!state.threads.has(key)) state.threads.set(key, {messages: [], more});
  return state.threads.get(key);
}

function insert(state, message, more = false) {
  const {messages} = open(state, threadOf(state, message), more);
  if (messages.length && messages[messages.length - 1].n >= message.n) return;
  messages.push(message);
  state.names.set(message.user, message.name);
  if (messages.length > KEPT) {
    messages.splice(0, messages.length - KEPT);
    open(state, threadOf(state, message)).more = true;
  }
}

/** Puts older messages, which were asked for, before the others. */
export function putOlder(state, key, messages, more) {
  const thread = open(state, key);
  const oldest = thread.messages.length ? thread.messages[0].n : Infinity;
  thread.messages = messages.filter((message) => message.n < oldest).concat(thread.messages);
  thread.more = more;
}

const change = (state, user, facts) => {
  const person = state.people.get(user);
  if (person) Object.assign(person, facts);
  if (user === state.you.user) {
    for (const key of Object.keys(facts)) if (key in state.you) state.you[key] = facts[key];
  }
};

const countModerators = (state) => {
  let moderators = 0;
  for (const person of state.people.values()) if (person.role === "MODERATOR") moderators += 1;
  state.moderators = moderators;
};

/** The part of a page, in percent, that is all of it. */
export const WHOLE = {x: 0, y: 0, w: 100, h: 100};

export const deckOf = (state, id) => state.decks.find(({deck}) => deck === id);

function putDeck(state, deck) {
  const known = deckOf(state, deck.deck);
  if (known) Object.assign(known, deck);
  else state.decks.push({...deck});
  return ["decks"];
}

/** What each event changes; the topics are what must be drawn again. */
const EVENTS = {
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
  Chatted(state, {n, at, user, name, text, to}) {
    insert(state, {n, at, user, name, text, to: to || ""});
    return ["chat"];
  },
  ChatCleared(state) {
    state.threads.set("", {messages: [], more: false});
    return ["chat"];
  },
  HandRaised(state, {user, at}) {
    change(state, user, {hand: at});
    return ["roster"];
  },
  HandLowered(state, {user}) {
    change(state, user, {hand: 0});
    return ["roster"];
  },
  Reacted(state, {user, emoji, at}) {
    change(state, user, {reaction: {emoji, at}});
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
  RecordingMarked(state, {on, total, at}) {
    state.recording = {on, total, since: on ? at : 0, marked: state.recording.marked || on};
    return ["recording"];
  },
  MediaChanged(state, {user, microphone, cameras, screen}) {
    change(state, user, {microphone, cameras, screen});
    return ["people"];
  },
  DeckAdded: (state, {deck}) => putDeck(state, deck),
  DeckConverted: (state, {deck}) => putDeck(state, deck),
  DeckFailed(state, {deck, why}) {
    Object.assign(deckOf(state, deck) ?? {}, {state: "failed", why});
    return ["decks"];
  },
  DeckRemoved(state, {deck, stage}) {
    state.decks = state.decks.filter((one) => one.deck !== deck);
    state.stage = stage;
    return ["decks", "stage"];
  },
  SlideShown(state, {deck, page}) {
    state.stage = {deck, page, ...WHOLE};
    return ["stage"];
  },
  SlideViewed(state, {x, y, w, h}) {
    if (state.stage) Object.assign(state.stage, {x, y, w, h});
    return ["stage"];
  },
  GuestPolicyChanged(state, {policy}) {
    state.policy = policy;
    return ["lobby"];
  },
  LobbyMessageChanged(state, {text}) {
    state.lobbyMessage = text;
    return ["lobby"];
  },
  Lobby(state, {waiting}) {
    state.lobby = waiting;
    return ["lobby"];
  },
};

/** Whether an event is yet to be applied. Those that have no number say how things stand, and always count. */
export const isNews = (state, {n}) => n === undefined || n > state.n;

/** Applies one event and returns the topics to draw. What is not known changes nothing. */
export function apply(state, event) {
  if (event.n !== undefined) state.n = event.n;
  return EVENTS[event.e]?.(state, event) ?? [];
}

/** Knows where who presents points, which is no event; without a place, nowhere. Returns the topics to draw. */
export function point(state, {x, y}) {
  state.pointer = x === undefined ? null : {x, y, stage: state.stage, by: state.presenter};
  return ["pointer"];
}

/** Where who presents points, {x, y} in percent; null once the page was turned since, or another presents. */
export const pointed = ({pointer, stage, presenter}) =>
  pointer && pointer.stage === stage && pointer.by === presenter ? pointer : null;

export const isModerator = (state) => state.you.role === "MODERATOR";

/** Whether a lock holds for this person: locked viewers, but for who is presenting. */
export const isLocked = (state, lock) =>
  Boolean(state.locks[lock]) && state.you.role === "VIEWER" && state.you.locked && state.presenter !== state.you.user;

export const has = (state, ...features) =>
  !features.some((feature) => state.meeting.disabledFeatures.includes(feature));

/** Whether this person presents, in a meeting that has slides. */
export const presents = (state) => has(state, "presentation") && state.presenter === state.you.user;

export const nameOf = (state, user) => state.names.get(user) || "";

/** Milliseconds of recording so far. */
export const recorded = ({on, since, total}, now) => total + (on ? Math.max(0, now - since) : 0);
