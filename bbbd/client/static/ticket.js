// The session token: taken out of the address, kept only in the history entry, so that a reload finds it.

const asked = new URLSearchParams(location.search).get("sessionToken");
const kept = history.state ?? {};

export const ticket = {token: asked || kept.token || ""};

/** Remembers facts of this tab across a reload of the page. */
export function remember(facts) {
  history.replaceState({...history.state, ...facts}, "", location.pathname);
}

export const remembered = (name) => history.state?.[name];

// Another link in the same tab begins anew.
if (asked && asked !== kept.token) history.replaceState({token: asked}, "", location.pathname);
else remember({token: ticket.token});
