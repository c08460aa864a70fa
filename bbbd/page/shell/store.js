// The page's store, with observers by topic: drawn at most once a frame, and lists of many a few times a second.

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

/** @type {{topics: Topic[], draw: (state: State | null) => void, every: number, drawn: number, due: number}[]} */
const draws = [];
/** Milliseconds between two drawings of what shows many people or messages. */
export const SELDOM = 250;
/** @type {Set<Topic>} */
let touched = new Set();
let planned = false;

/**
 * Calls ``draw`` in the next frame after one of the topics was touched, but not again within ``every`` milliseconds.
 * @param {Topic[]} topics
 * @param {(state: State | null) => void} draw
 */
export function watch(topics, draw, every = 0) {
  draws.push({topics, draw, every, drawn: -Infinity, due: 0});
}

/** @param {Topic[]} topics */
export function touch(...topics) {
  for (const topic of topics) touched.add(topic);
  if (planned || !touched.size) return;
  planned = true;
  // A hidden page has no frames, but its title still counts.
  if (document.hidden) setTimeout(flush, 200);
  else requestAnimationFrame(flush);
}

function flush() {
  planned = false;
  const changed = touched;
  touched = new Set();
  const now = performance.now();
  for (const one of draws) {
    if (one.due || !(changed.has("all") || one.topics.some((topic) => changed.has(topic)))) continue;
    const left = one.drawn + one.every - now;
    if (left > 0) one.due = setTimeout(() => drawNow(one), left);
    else drawNow(one);
  }
}

function drawNow(one) {
  one.due = 0;
  if (one.every) one.drawn = performance.now();
  one.draw(page.state);
}
