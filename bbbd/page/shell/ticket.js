// The session token: removed from the address and stored in the history entry, where a reload finds it.

const query = new URLSearchParams(location.search);

/** A parameter of the link. */
export const linkParameter = (name) => query.get(name) ?? "";

const fromLink = linkParameter("sessionToken");
const stored = history.state ?? {};

export const ticket = {token: fromLink || stored.token || ""};

/** Remembers facts of this tab across a reload of the page. */
export function remember(facts) {
  history.replaceState({...history.state, ...facts}, "", location.pathname);
}

export const remembered = (name) => history.state?.[name];

// Another link in the same tab begins anew.
if (fromLink && fromLink !== stored.token) history.replaceState({token: fromLink}, "", location.pathname);
else remember({token: ticket.token});
