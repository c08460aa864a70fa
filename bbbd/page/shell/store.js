// The page's store, with observers by topic: drawn at most once a frame.

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

/** @type {{topics: Topic[], draw: (state: State | null) => void}[]} */
const draws = [];
/** @type {Set<Topic>} */
let touched = new Set();
let planned = false;

/**
 * Calls ``draw`` in the next frame after one of the topics was touched.
 * @param {Topic[]} topics
 * @param {(state: State | null) => void} draw
 */
export function watch(topics, draw) {
  draws.push({topics, draw});
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
  for (const {topics, draw} of draws) {
    if (changed.has("all") || topics.some((topic) => changed.has(topic))) draw(page.state);
  }
}
