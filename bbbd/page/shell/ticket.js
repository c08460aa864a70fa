// The session token: removed from the address and kept in the history entry, where a reload finds it.

const query = new URLSearchParams(location.search);

/** A parameter of the link. */
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
