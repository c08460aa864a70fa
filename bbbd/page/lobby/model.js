// The lobby in the meeting's model: its policy, its message, and for moderators those who wait.

/**
 * What each event changes; the topics are what must be drawn again.
 * @satisfies {Partial<Rules>}
 */
export const LOBBY_EVENTS = {
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
