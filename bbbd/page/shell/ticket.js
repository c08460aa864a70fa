// The session token: taken out of the address, kept only in the history entry, so that a reload finds it.

const query = new URLSearchParams(location.search);

/** What the link says beside the token. */
export const asked = (name) => query.get(name) ?? "";

const given = asked("sessionToken");
const kept = history.state ?? {};

export const ticket = {token: given || kept.token || ""};

/** Remembers facts of this tab across a reload of the page. */
export function remember(facts) {
  history.replaceState({...history.state, ...facts}, "", location.pathname);
}

export const remembered = (name) => history.state?.[name];

// Another link in the same tab begins anew.
if (given && given !== kept.token) history.replaceState({token: given}, "", location.pathname);
else remember({token: ticket.token});
