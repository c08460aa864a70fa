// Choices of this browser. Language and colours are those of the meeting's page. Where storage is refused, they last as
// long as the page.

const SHARED = "bbbd.choices";
const OWN = "bbbd.player";
const MOST_PLACES = 50; // recordings whose place is remembered

function stored(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name) || "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

function store(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch { /* no storage */ }
}

const shared = stored(SHARED);
const own = {speed: 1, volume: 1, muted: false, captions: "", over: false, places: [], ...stored(OWN)};
if (!Array.isArray(own.places)) own.places = [];

/** @param {"language" | "theme"} name */
export const sharedChoice = (name) => typeof shared[name] === "string" ? shared[name] : "";

/** Whether single letters are shortcuts. */
export const usesLetters = () => shared.shortcuts !== false;

export function chooseShared(name, value) {
  shared[name] = value;
  // The meeting's page may have stored others meanwhile.
  store(SHARED, {...stored(SHARED), [name]: value});
}

/** @param {"speed" | "volume" | "muted" | "captions" | "over"} name */
export const choice = (name) => own[name];

export function choose(name, value) {
  own[name] = value;
  store(OWN, own);
}

/** Where one stopped in a recording, in seconds; 0 if nowhere. */
export const placeIn = (id) => Number(own.places.find((one) => one[0] === id)?.[1]) || 0;

export function rememberPlace(id, seconds) {
  own.places = [...(seconds ? [[id, Math.floor(seconds)]] : []), ...own.places.filter((one) => one[0] !== id)].slice(0, MOST_PLACES);
  store(OWN, own);
}
