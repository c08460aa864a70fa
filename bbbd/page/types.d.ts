// The shapes that the page's modules share, for `make types-js`. bbbd/live/protocol.py documents the messages.

type Role = "MODERATOR" | "VIEWER";
type Policy = "ALWAYS_ACCEPT" | "ASK_MODERATOR" | "ALWAYS_ACCEPT_AUTH" | "ALWAYS_DENY";
type LockName =
  | "publicChat" | "privateChat" | "userList" | "mic" | "cam" | "webcamsOnlyForModerator"
  | "notes" | "cursor" | "annotation" | "layout";
type Locks = Record<LockName, boolean>;

/** A time is milliseconds since 1970, by the server's clock. */
type Time = number;

// ---- what the server describes

interface Person {
  user: string;
  name: string;
  role: Role;
  guest: boolean;
  avatar: string;
  locked: boolean;
  away: boolean;
  /** When it was raised, 0 when it is down. */
  hand: Time | 0;
  microphone: "none" | "listen" | "muted" | "on";
  cameras: number;
  screen?: boolean;
  joined: Time;
  /** The last one, which only this page remembers. */
  reaction?: {emoji: string; at: Time};
}

interface You {
  user: string;
  name: string;
  role: Role;
  guest: boolean;
  /** These three once one is in. */
  locked?: boolean;
  presenter?: boolean;
  layout?: string;
}

interface Meeting {
  id: string;
  internal: string;
  name: string;
  /** HTML that the server has sanitised, as is ``moderatorOnly``. */
  welcome: string;
  moderatorOnly?: string;
  bannerText: string;
  bannerColor: string;
  logo: string;
  darkLogo: string;
  copyright: string;
  back: string;
  layout: string;
  record: boolean;
  allowStartStopRecording: boolean;
  notifyRecordingIsOn: boolean;
  duration: number;
  createTime: Time;
  ends: Time | 0;
  breakout: {sequence: number; name: string; parentName: string; keepsChat: boolean} | null;
  disabledFeatures: string[];
  allowModsToUnmute: boolean;
  allowModsToEjectCameras: boolean;
  muteOnStart: boolean;
  maxParticipants: number;
  maxPinnedCameras: number;
  allowPromoteGuest: boolean;
  logoutTimer: number;
}

/** The server's engine for sound and cameras; what follows ``engine`` is there unless it is off. */
interface Media {
  engine: "off" | "janus" | "mesh";
  /** Whether it works now. */
  up?: boolean;
  ice?: RTCIceServer[];
  /** Seconds for which ``ice`` is valid. */
  iceFor?: number;
  /** The most that this page receives. */
  cameras?: number;
  /** Bits a second of one camera. */
  bitrate?: number;
  /** What is kept of people's media while recording is on. */
  keeps?: "off" | "sound" | "all";
  /** Whether only TURN servers may be used. */
  relayOnly?: boolean;
  /** Of links between browsers: the most people whom each kind of track reaches. */
  copies?: Record<TrackKind, number>;
}

/** How often one's camera is halved for want of computing and of battery, and the measures that led there. */
interface CameraSteps {
  busy: number;
  battery: number;
  short: number;
  fine: number;
  relapses: number;
}

/** What some browsers have, and the library of types lacks. */
interface Navigator {
  getBattery?(): Promise<{level: number; charging: boolean}>;
  connection?: {saveData?: boolean};
}

type TrackKind = "microphone" | "camera" | "screen" | "screenSound";
type HealthLevel = "good" | "poor" | "bad";

interface ChatMessage {
  n: number;
  at: Time;
  user: string;
  name: string;
  text: string;
  /** A user, or "" for all. */
  to: string;
  /** A published result, which the page itself puts among the messages. */
  poll?: Poll;
}

interface Deck {
  deck: string;
  name: string;
  state: "waiting" | "ready" | "failed";
  pages: number;
  downloadable: boolean;
  removable: boolean;
  why?: string;
}

/** A part of a page, in percent. */
interface View {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface PageOfDeck {
  deck: string;
  page: number;
}

type Stage = PageOfDeck & View;

interface Recording {
  on: boolean;
  marked: boolean;
  since: Time | 0;
  /** Milliseconds before ``since``. */
  total: number;
}

interface Ballot {
  answers?: number[];
  text?: string;
}

interface PollResult {
  totals?: {text: string; votes: number}[];
  /** Votes for typed answers that are not among the totals. */
  rest?: number;
  respondents?: number;
  responders?: number;
  published?: Time | 0;
}

interface Poll extends PollResult {
  poll: string;
  n: number;
  at: Time;
  kind: string;
  question: string;
  answers: string[];
  secret: boolean;
  multiple: boolean;
  by: string;
  state: "open" | "ended" | "published";
  /** Whether this person has answered. */
  mine?: boolean;
  /** For presenter and moderators, of an open poll; by user, unless it is secret. */
  voted?: number;
  ballots?: Record<string, Ballot>;
  /** Of a published one. */
  publishedN?: number;
}

interface Waiting {
  user: string;
  name: string;
  since: Time;
  away: boolean;
}

/** A breakout room; what follows ``count`` is for moderators. */
interface Room {
  sequence: number;
  name: string;
  freeJoin: boolean;
  ends: Time | 0;
  count: number;
  planned?: boolean;
  assigned?: string[];
  people?: {user: string; name: string}[];
}

interface Group {
  id: string;
  name: string;
  users: string[];
  others: number;
}

interface KeptChat {
  room: string;
  sequence: number;
  name: string;
  at: Time;
  lines: number;
}

interface Breakouts {
  open: boolean;
  freeJoin: boolean;
  ends: Time | 0;
  keepsChat: boolean;
  mine: number;
  rooms: Room[];
  /** For moderators. */
  groups?: Group[];
  kept?: KeptChat[];
}

// ---- from the server

interface Snapshot {
  t: "snapshot";
  /** One's own tracks that are being recorded. */
  kept?: TrackKind[];
  epoch: string;
  n: number;
  now: Time;
  you: You;
  meeting: Meeting;
  people: Person[];
  count: number;
  moderators: number;
  presenter: string;
  decks: Deck[];
  stage: Stage | null;
  chat: ChatMessage[];
  more: boolean;
  recording: Recording;
  poll: Poll | null;
  results: Poll[];
  /** Whether this person agreed to being recorded; null before they answered. */
  consent: boolean | null;
  /** What was kept of people's media when they agreed. */
  agreedTo?: "off" | "sound" | "all";
  locks: Locks;
  policy: Policy;
  userdata: Record<string, string>;
  lobby?: Waiting[];
  lobbyMessage?: string;
  breakouts: Breakouts | null;
}

/** The facts of each event, beside its name ``e``, its number ``n`` and its time ``at``. */
interface Facts {
  Joined: {person: Person; count: number};
  Left: {user: string; by: string; count: number; why: "left" | "lost" | "removed" | "inactive"};
  Count: {count: number};
  Lost: {user: string};
  Returned: {user: string};
  Chatted: {user: string; name: string; text: string; to?: string; key?: string};
  ChatCleared: {by: string};
  HandRaised: {user: string};
  HandLowered: {user: string; by: string};
  Reacted: {user: string; emoji: string};
  PresenterChanged: {user: string; by: string};
  RoleChanged: {user: string; role: Role; locked: boolean; by: string};
  LocksChanged: {locks: Locks; by: string};
  LockChanged: {user: string; locked: boolean; by: string};
  RecordingMarked: {on: boolean; by: string; total: number};
  RecordingConsent: {agrees: boolean};
  MediaChanged: Pick<Person, "user" | "microphone" | "cameras" | "screen"> & {by: string};
  MediaKept: {user: string; track: TrackKind; on: boolean};
  MediaCut: {user: string; track: TrackKind; why: string};
  DeckAdded: {deck: Deck; by: string};
  DeckConverted: {deck: Deck; by: string};
  DeckFailed: {deck: string; name: string; why: string};
  DeckRemoved: {deck: string; by: string; stage: Stage | null};
  SlideShown: PageOfDeck & {by: string};
  SlideViewed: View & {by: string};
  PollStarted: {poll: Poll};
  PollVoted: {poll: string; user?: string; voted?: number} & Ballot;
  PollReopened: {poll: string};
  PollEnded: {poll: string; by: string} & PollResult;
  PollPublished: {poll: string; by: string} & PollResult;
  PollClosed: {poll: string; by: string};
  GuestPolicyChanged: {policy: Policy; by: string};
  LobbyMessageChanged: {text: string; by: string};
  Lobby: {waiting: Waiting[]};
  BreakoutsOpened: {rooms: number; minutes: number; by: string};
  BreakoutMoved: {user: string; room: number; by: string};
  BreakoutsExtended: {ends: Time | 0; by: string};
  BreakoutsAnnounced: {name: string; text: string; by: string};
  BreakoutsClosed: {by: string};
  DurationChanged: {duration: number; ends: Time};
}

type EventName = keyof Facts;
type EventOf<E extends EventName> = Facts[E] & {n?: number; at: Time};
type MeetingEvent = {[E in EventName]: EventOf<E> & {e: E}}[EventName];

interface Bye {
  t: "bye";
  reason: string;
  back?: string;
  again: number | null;
  /** Of an ended meeting, and of who was removed. */
  why?: string;
  by?: string;
  /** Of who was moved: whether to go to ``back`` at once. */
  follow?: boolean;
}

type Answer = {
  t: "ok" | "no" | "media.up" | "invitation" | "breakout.go" | "breakout.back" | "breakout.chat";
  id?: number;
  /** Of a message of the chat that was said before. */
  known?: boolean;
  key?: string;
  why?: string;
  /** Seconds. */
  wait?: number;
  /** Of what this page sends. */
  sdp?: string;
  /** Of a way into a room or back. */
  url?: string;
  /** Of a chat that was kept. */
  lines?: {at: Time; name: string; text: string}[];
};

interface Welcome {
  t: "welcome";
  v: number;
  server: string;
  page: string;
  /** Whether recordings are published as soon as they are made. */
  publishesRecordings: boolean;
  you: You;
  meeting: Meeting;
  limits: Limits;
  media?: Media;
  now: Time;
}

interface Limits {
  chat: number;
  notice?: number;
  message?: number;
  document?: number;
  rooms?: number;
  roomName?: number;
  roomMessage?: number;
  /** Of a poll: characters of the question and of an answer, number of answers. */
  question?: number;
  answer?: number;
  answers?: number;
}

type ServerMessage =
  | Welcome
  | Snapshot
  | {t: "lobby"; place: number; of: number; message: string}
  | {t: "resumed"; n: number; epoch: string; now: Time; you: You; count: number; moderators: number; lobby?: Waiting[]}
  | {t: "events"; list: MeetingEvent[]}
  | {t: "now"; k: string; x?: number; y?: number; users?: string[]; user?: string; level?: HealthLevel; pairs?: [string, string][]}
  | (Media & {t: "media"; id?: number})
  | {t: "media.down"; sdp: string; offer: number; fresh: boolean; feeds: Record<string, Feed>}
  | {t: "media.gone"; link: "up" | "down"; why: string}
  | {t: "media.ask"; by: string}
  | {t: "media.links"; links: MeshLinkFacts[]; leftOut: TrackKind[]}
  | {t: "media.signal"; link: string; offer?: string; answer?: string; candidates?: MeshCandidate[]; want?: "restart"}
  | {t: "chat"; id: number; with?: string; messages: ChatMessage[]; more: boolean}
  | {t: "breakouts"; breakouts: Breakouts | null}
  | {t: "idle?"; of: "you" | "meeting"; seconds: number}
  | Bye;

/** Whose track it is, "" for somebody whom this page does not know. */
interface Feed {
  user: string;
  kind: TrackKind;
}

type MessageOf<T extends ServerMessage["t"]> = Extract<ServerMessage, {t: T}>;

/** The answer of ``/html5client/door``. */
interface Door {
  state: string;
  address?: string;
  reason?: string;
  back?: string;
  again?: number;
}

// ---- to the server

type ClientMessage =
  | {t: "hello"; v: 1; tab: string; lang: string; after?: number; epoch?: string}
  | {t: "leave"}
  | {t: "here"}
  | {t: "ping"; at: number}
  | {t: "end"}
  | {t: "chat.say"; text: string; to?: string}
  | {t: "chat.more"; before: number; with?: string}
  | {t: "chat.clear"}
  | {t: "hand"; up: boolean; who?: string}
  | {t: "react"; emoji: string}
  | {t: "presenter"; who: string}
  | {t: "role"; who: string; role: Role}
  | {t: "remove"; who: string; forGood: boolean}
  | {t: "locks"; locks: Partial<Locks>}
  | {t: "lock"; who: string; locked: boolean}
  | {t: "guest.answer"; admit: boolean; who?: string[]; all?: boolean; remember?: boolean}
  | {t: "guest.policy"; policy: Policy}
  | {t: "guest.message"; text: string}
  | {t: "invite"; role: Role}
  | ({t: "slide.show"} & PageOfDeck)
  | ({t: "slide.view"} & View)
  | {t: "slide.remove"; deck: string}
  | {t: "pointer"; x?: number; y?: number}
  | {t: "record"; on: boolean}
  | {t: "record.consent"; agrees: boolean}
  | {
      t: "breakout.open"; rooms: {name: string; users: string[]; group?: string}[]; minutes: number; freeJoin: boolean;
      keepChat: boolean;
    }
  | {t: "breakout.go"; room: number}
  | {t: "breakout.back"}
  | {t: "breakout.move"; who: string; room: number}
  | {t: "breakout.extend"; minutes: number}
  | {t: "breakout.say"; text: string}
  | {t: "breakout.close"}
  | {t: "breakout.chat"; room: string}
  | {t: "poll.start"; kind: string; question: string; answers: string[]; secret?: boolean; multiple?: boolean}
  | {t: "poll.vote"; poll: string; answers?: number[]; text?: string}
  | {t: "poll.stop"; poll: string; publish?: boolean}
  | {t: "poll.publish"; poll: string}
  | {t: "poll.close"; poll: string}
  | {t: "media.watch"; page: string; cameras: Record<string, number>; sound: boolean; screen: boolean}
  | {t: "media.up"; page: string; sdp: string; tracks: Record<string, TrackKind>; muted: boolean; fresh: boolean}
  | {t: "media.down"; offer: number; sdp: string}
  | {t: "media.restart"}
  | {t: "media.ice"}
  | {t: "media.health"; level: HealthLevel}
  | {t: "media.share"; page: string; kinds: TrackKind[]; muted: boolean}
  | {t: "media.signal"; link: string; offer?: string; answer?: string; candidates?: MeshCandidate[]; want?: "restart"}
  | {t: "media.link"; link: string; up: boolean}
  | {t: "media.talk"; on: boolean}
  | {t: "media.stop"; who: string; kind: "camera" | "screen"}
  | {t: "mute"; on: boolean; who?: string};

/** What session.js hears from wire.js. */
interface WireListener {
  received(message: ServerMessage): void;
  /** The connection broke; it is tried again after ``pause`` milliseconds. */
  lost(facts: {opened: boolean; pause: number}): void;
  latency(milliseconds: number): void;
}

/** What early.js began before the modules had arrived. */
interface Early {
  token: string;
  tab: string;
  /** The language of ``words``, which are null if they could not be fetched. */
  tag: string;
  words: Promise<Record<string, string> | null>;
  /** Null once wire.js has it. */
  socket: WebSocket | null;
  /** What it has said so far. */
  messages: string[];
}

declare var early: Early | undefined;

// ---- the store

interface Thread {
  messages: ChatMessage[];
  more: boolean;
}

interface State extends Omit<Snapshot, "t" | "now" | "people" | "chat" | "more" | "lobby" | "results"> {
  people: Map<string, Person>;
  /** Of all who were ever seen here, those too who have left. */
  names: Map<string, string>;
  /** "" is that with everybody, the others by their user. */
  threads: Map<string, Thread>;
  lobby: Waiting[] | null;
  pointer: {x: number; y: number; stage: Stage; by: string} | null;
  /** Who speaks now. */
  talking: string[];
  /** Of moderators: whose browsers find no way to each other. */
  kept: TrackKind[];
  apart: [string, string][];
  /** By user: how well their sound and pictures arrive. */
  health: Record<string, HealthLevel>;
}

interface Store {
  state: State | null;
  meeting: Meeting | null;
  you: You | null;
  server: string;
  publishesRecordings: boolean;
  limits: Limits;
  media: Media | null;
  connected: boolean;
  back: string;
  /** Milliseconds of the last round trip. */
  roundTrip: number;
}

/** What was touched, and is drawn anew by those who watch it. */
type Topic =
  | "all" | "asking" | "chat" | "choices" | "connection" | "decks" | "find" | "hands" | "lobby" | "locks" | "media" | "meeting"
  | "people" | "pictures" | "pointer" | "poll" | "reading" | "recording" | "rooms" | "roster" | "rows" | "second" | "seen" | "sending"
  | "stage" | "tab" | "talking" | "thread" | "tiles" | "unread" | "words" | "you";

/** Each event's rule: changes the state, returns the topics. */
type Rules = {[E in EventName]: (state: State, event: EventOf<E>) => Topic[]};

/** What is said and sounded of an event. */
type Notices = {[E in EventName]?: (state: State, event: Partial<EventOf<E>>) => void};

type MessageHandlers = {[T in ServerMessage["t"]]: (message: MessageOf<T>) => void};

// ---- sound and cameras

/** See media/mine.js. */
interface Mine {
  sound: "out" | "listen" | "talk";
  camera: boolean;
  screen: boolean;
  asking: "" | TrackKind;
}

/** A track that goes on; null while the device is released. */
interface Sent {
  track: MediaStreamTrack | null;
  encodings?: RTCRtpEncodingParameters[];
}

/** A part of a file that waits in the browser: from which byte on, how many, and when the last one had been recorded. */
interface Piece {
  key: string;
  from: number;
  size: number;
  at: number;
}

/** A file of one's own recording; see recording/uploader.js. ``isKnown``: whether it is known how much the server has. */
interface Upload {
  key: string;
  kind: string;
  mime: string;
  startedAt: number;
  seq: number;
  token: string;
  id: string;
  sent: number;
  total: number;
  isOver: boolean;
  isKnown: boolean;
  pieces: Piece[];
  answered: number;
  stalls: number;
}

interface UpLink {
  pc: RTCPeerConnection;
  transceivers: Map<TrackKind, RTCRtpTransceiver>;
}

interface MeshCandidate {
  candidate: string;
  mid: string | null;
}

/** A link with another browser, as the server describes it; ``link`` is "" while it rests. */
interface MeshLinkFacts {
  link: string;
  user: string;
  offers: boolean;
  send: TrackKind[];
  receive: TrackKind[];
  apart: boolean;
}

interface MeshLink {
  name: string;
  pc: RTCPeerConnection;
  offers: boolean;
  user: string;
  send: TrackKind[];
  receive: TrackKind[];
  /** What is done with it, in order. */
  work: Promise<void>;
  candidates: MeshCandidate[];
  gathering: number;
  patience: number;
  lost: number;
  isRestarting: boolean;
  /** The size of the camera, as it was set. */
  tuned: string;
}

interface Received extends Feed {
  mid: string;
  track: MediaStreamTrack;
}

// ---- elements

/** The elements of index.html that are more than an HTMLElement. */
interface Elements {
  write: HTMLTextAreaElement;
  find: HTMLInputElement;
}

/** What an element is given to hold; what is false or missing is left out. */
type Child = Node | string | false | null | undefined;

/** An action of a dialog: its words, look and value. */
type DialogAction = [label: string, look: string, value: string];

interface DialogFacts {
  title: string;
  lead?: string;
  content?: Child[];
  actions?: DialogAction[];
  kind?: string;
  /** It has to be answered. */
  must?: boolean;
  signal?: AbortSignal;
}

/** A tool of the bar; ``look`` is its icon and its labels, on a wide screen and on a phone. */
interface Tool {
  name: string;
  there: (state: State) => boolean;
  on: (state: State) => boolean;
  off?: (state: State) => boolean;
  why?: (state: State) => string;
  act: (control: HTMLElement) => unknown;
  look: (on: boolean, state: State) => string[];
}

interface MenuItem {
  icon?: string;
  emoji?: string;
  label: string;
  /** The reason for which it cannot be done now, or "". */
  why?: () => string;
  act: () => void;
  danger?: boolean;
}

/** An action of a card: its words, look, deed and icon. */
type CardAction = [label: string, look: string, act: () => void, icon?: string];

interface CardFacts {
  lead?: string;
  by?: string;
  lines?: Child[];
  stats?: [label: string, value: string][];
  note?: string;
  actions?: CardAction[];
}

// ---- browsers that the DOM's types lag behind

interface Navigator {
  userAgentData?: {platform: string};
}

interface Document {
  featurePolicy?: {allowsFeature(name: string): boolean};
}

interface Window {
  trustedTypes?: {createPolicy(name: string, rules: {createHTML(html: string): string}): {createHTML(html: string): string}};
}
