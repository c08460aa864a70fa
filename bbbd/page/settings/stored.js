// What this browser stores of a person's choices.

const NAME = "bbbd.choices";

/** @returns {Record<string, any>} */
export function stored() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) || {};
  } catch {
    return {};
  }
}

export function store(choices) {
  try {
    localStorage.setItem(NAME, JSON.stringify(choices));
  } catch { /* no storage */ }
}
