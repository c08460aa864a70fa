// The page's store, with observers by topic: drawn at most once a frame, and lists of many a few times a second. What
// takes longer than a frame should is drawn over several, so that nobody's typing waits for it.

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

/** @type {{topics: Topic[], draw: (state: State | null) => void, every: number, drawn: number, due: number, wanted: boolean}[]} */
const draws = [];
/** Milliseconds between two drawings of what shows many people or messages. */
export const SELDOM = 250;
/** Milliseconds of drawing after which the rest waits for the next frame. */
const ENOUGH = 12;
/** @type {Set<Topic>} */
let touched = new Set();
let planned = false;
let at = 0; // the first observer of the next frame: where the last one stopped

/**
 * Calls ``draw`` in the next frame after one of the topics was touched, but not again within ``every`` milliseconds.
 * @param {Topic[]} topics
 * @param {(state: State | null) => void} draw
 */
export function watch(topics, draw, every = 0) {
  draws.push({topics, draw, every, drawn: -Infinity, due: 0, wanted: false});
}

/** @param {Topic[]} topics */
export function touch(...topics) {
  for (const topic of topics) touched.add(topic);
  if (touched.size) plan();
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
  const changed = touched;
  touched = new Set();
  const now = performance.now();
  for (const one of draws) {
    if (one.due || !(changed.has("all") || one.topics.some((topic) => changed.has(topic)))) continue;
    const left = one.drawn + one.every - now;
    if (left > 0) one.due = setTimeout(() => drawSoon(one), left);
    else one.wanted = true;
  }
  for (let step = 0; step < draws.length; step += 1) {
    const next = (at + step) % draws.length;
    if (!draws[next].wanted) continue;
    if (!document.hidden && performance.now() - now > ENOUGH) {
      at = next;
      plan();
      return;
    }
    drawNow(draws[next]);
  }
  at = 0;
}

// With the others of a frame, so that the layout is computed once for all.
function drawSoon(one) {
  one.due = 0;
  one.wanted = true;
  plan();
}

function drawNow(one) {
  one.wanted = false;
  if (one.every) one.drawn = performance.now();
  one.draw(page.state);
}
