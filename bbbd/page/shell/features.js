// Which features a meeting has: a create call can disable them.

export const has = (state, ...features) =>
  !features.some((feature) => state.meeting.disabledFeatures.includes(feature));
