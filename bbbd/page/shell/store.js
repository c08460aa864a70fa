// The page's store, with its parts by topic: drawn at most once a frame, and lists of many a few times a second, at one
// beat. What takes longer than a frame should is drawn over several, so that nobody's typing waits for it.

/** @type {Store} */
export const page = {
  state: null, // the fold of the meeting's events (model.js), once there was a snapshot
  meeting: null, // the meeting's face, known a little earlier
  you: null,
  server: "",
  publishesRecordings: true,
  limits: {chat: 5000},
  media: null, // the server's engine for sound and cameras, as welcome and media describe it
  connected: false,
  back: "",
  roundTrip: 0,
};

/**
 * A part of the page: how often it is drawn at most, when it was, and whether it is to be drawn in the next frame, or at
 * the next beat.
 * @typedef {{draw: (state: State | null) => void, every: number, drawn: number, due: boolean, wanted: boolean}} Part
 */

/** In the order in which they are drawn. @type {Part[]} */
const parts = [];
/** @type {Map<Topic, Part[]>} */
const watching = new Map();
/** Milliseconds between two drawings of what shows many people or messages; all that waits is drawn at the same beat. */
export const SELDOM = 250;
/** Milliseconds of drawing after which the rest waits for the next frame: the browser's own work comes after it. */
const ENOUGH = 8;
let planned = false;
let beat = 0;
let at = 0; // the first part of the next frame: where the last one stopped

/**
 * Calls ``draw`` in the next frame after one of the topics was touched, but not again within ``every`` milliseconds.
 * @param {Topic[]} topics
 * @param {(state: State | null) => void} draw
 */
export function watch(topics, draw, every = 0) {
  const part = {draw, every, drawn: -Infinity, due: false, wanted: false};
  parts.push(part);
  for (const topic of topics) watching.set(topic, [...(watching.get(topic) ?? []), part]);
}

/** @param {Topic[]} topics */
export function touch(...topics) {
  for (const topic of topics) for (const part of topic === "all" ? parts : watching.get(topic) ?? []) want(part);
}

/** @param {Part} part */
function want(part) {
  if (part.wanted || part.due) return;
  const now = performance.now();
  // No frame is asked for in vain: one that changes nothing costs the browser half of one that does.
  if (part.every && part.drawn + part.every > now) {
    part.due = true;
    beat ||= setTimeout(drawDue, SELDOM - (now % SELDOM));
    return;
  }
  part.wanted = true;
  plan();
}

// In the same frames, so that the layout is computed once for all.
function drawDue() {
  beat = 0;
  for (const part of parts) {
    part.wanted ||= part.due;
    part.due = false;
  }
  plan();
}

function plan() {
  if (planned) return;
  planned = true;
  // A hidden page has no frames, but its title still counts.
  if (document.hidden) setTimeout(flush, 200);
  else requestAnimationFrame(flush);
}

function flush() {
  planned = false;
  const now = performance.now();
  // What is touched meanwhile is drawn in the next frame.
  const wanted = [...parts.slice(at), ...parts.slice(0, at)].filter((part) => part.wanted);
  at = 0;
  for (const part of wanted) {
    if (!document.hidden && performance.now() - now > ENOUGH) {
      at = parts.indexOf(part);
      plan();
      return;
    }
    part.wanted = false;
    if (part.every) part.drawn = performance.now();
    part.draw(page.state);
  }
}
