// Who speaks, and whose connection is poor: facts of the moment, which no snapshot repeats.

/**
 * @param {State} state
 * @param {string[]} users
 * @returns {Topic[]}
 */
export function talk(state, users) {
  state.talking = users;
  return ["talking"];
}

/**
 * Notes whose browsers find no way to each other.
 * @param {State} state
 * @param {[string, string][]} pairs
 * @returns {Topic[]}
 */
export function noteApart(state, pairs) {
  state.apart = pairs;
  return ["media"];
}

/**
 * @param {State} state
 * @param {string} user
 * @param {HealthLevel} level
 * @returns {Topic[]}
 */
export function noteHealth(state, user, level) {
  state.health[user] = level;
  return ["people", "connection"];
}

/**
 * @param {State} state
 * @param {string} user
 */
export const isTalking = (state, user) => state.talking.includes(user);

/**
 * How well the media of a person arrive; of others only moderators know it.
 * @param {State} state
 * @param {string} user
 * @returns {HealthLevel}
 */
export const healthOf = (state, user) => state.health[user] ?? "good";
