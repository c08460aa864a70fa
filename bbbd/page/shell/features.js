// Which features a meeting has: a create call can disable them.

/**
 * @param {State} state
 * @param {...string} features
 */
export const has = (state, ...features) =>
  !features.some((feature) => state.meeting.disabledFeatures.includes(feature));
