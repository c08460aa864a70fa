// Times of a recording as people write them, and as links have them.

const FORM = /^(?:([0-9]{1,4})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s?)?$/;
const COLONS = /^(?:([0-9]{1,4}):)?([0-9]{1,6}):([0-9]{1,2})$/;

/** 12:34, or 1:02:03 from an hour. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds of "1h10m5s", "70m", "25s", "25" or "1:10:05"; null if it is no time. */
export function secondsOf(text) {
  const given = String(text ?? "").trim().toLowerCase();
  const found = given && (FORM.exec(given) || COLONS.exec(given));
  if (!found) return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part || 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** A time as links have it: "1h10m5s". */
export function linkTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "m"], [whole % 60, "s"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count}${unit}`).join("") || "0s";
}
