// Links to a moment: where the page begins, where a clip ends, where one stopped the last time, and links to copy.

import {$, button, el, write} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";
import {placeIn, rememberPlace} from "./choices.js";
import {clockText, linkTime, secondsOf} from "./clock_text.js";
import {openDialog} from "./dialog.js";
import {recording} from "./files.js";
import {duration, isPaused, listen, now, pause, play, seek} from "./timeline.js";

const SOON = 10; // seconds at either end that are not worth an offer
const REMEMBERED_EACH = 5;

const given = new URLSearchParams(location.search);
const from = secondsOf(given.get("t"));
const until = secondsOf(given.get("until"));
let end = until !== null && until > (from ?? 0) ? until : null; // of the clip that is played
let remembered = -1;

function offer(text, ...choices) {
  write($("offer-text"), text);
  $("offer-acts").replaceChildren(...choices.map(([label, look, act]) => button(`${look} small`, label, () => {
    $("offer").hidden = true;
    $("play").focus();
    act();
  })));
  $("offer").hidden = false;
}

function stopAtEnd() {
  if (end === null || isPaused() || now() < end) return;
  pause();
  const begin = from ?? 0;
  end = null;
  offer(t("clip.over"), [t("clip.on"), "primary", play], [t("clip.again"), "quiet", () => {
    end = until;
    seek(begin);
    play();
  }]);
}

function remember() {
  const time = now();
  if (isPaused() && remembered < 0) return;
  if (Math.abs(time - remembered) < REMEMBERED_EACH && !isPaused()) return;
  if (Math.floor(time) === Math.floor(remembered)) return;
  remembered = time;
  const isInside = time > SOON && time < duration() - SOON;
  rememberPlace(recording.id, isInside ? time : 0);
}

/** Begins where the link says; else offers to go on where one stopped. */
export function startLink() {
  if (from !== null) seek(from);
  listen(stopAtEnd);
  const place = placeIn(recording.id);
  if (end !== null) {
    offer(t("clip", {from: clockText(from ?? 0), until: clockText(end)}), [t("clip.whole"), "quiet", () => {
      end = null;
    }], [t("close"), "quiet", () => {}]);
  } else if (from === null && place > SOON) {
    offer(t("continue.text", {time: clockText(place)}), [t("continue"), "primary", () => {
      seek(place);
      play();
    }], [t("continue.no"), "quiet", () => rememberPlace(recording.id, 0)]);
  }
  listen(remember);
}

/** The link to a part of this recording. */
function linkTo(begin, stop) {
  const url = new URL(location.href);
  url.hash = "";
  url.search = "";
  const query = [begin > 0 && `t=${linkTime(begin)}`, stop !== null && `until=${linkTime(stop)}`].filter(Boolean).join("&");
  return query ? `${url.href}?${query}` : url.href;
}

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // Without https there is no clipboard, but the old way.
    return document.execCommand("copy");
  }
}

/** Opens the dialog with the link to this moment, or to a clip from it. */
export function openLink() {
  const field = (id, label, value) => el("label", {class: "field"}, el("span", {}, label),
    el("input", {id, value, dir: "ltr", autocomplete: "off", placeholder: "1:10:05"}));
  const address = el("input", {id: "link-address", readonly: true, dir: "ltr", "aria-label": t("link")});
  const told = el("p", {role: "status", class: "aside-note"});
  const begin = field("link-from", t("link.from"), clockText(now()));
  const stop = field("link-until", t("link.until"), "");
  const draw = () => {
    const [first, second] = [begin, stop].map((label) => /** @type {HTMLInputElement} */ (label.lastElementChild).value);
    const [start, last] = [first.trim() ? secondsOf(first) : 0, second.trim() ? secondsOf(second) : null];
    const isGood = start !== null && (!second.trim() || (last !== null && last > start));
    address.value = isGood ? linkTo(start, last) : "";
    write(told, isGood ? "" : t("link.wrong"));
  };
  for (const label of [begin, stop]) label.addEventListener("input", draw);
  const press = button("primary", t("link.copy"), async () => {
    if (address.value) write(told, t(await copy(address) ? "link.copied" : "link.byHand"));
  });
  openDialog(t("link"), [el("div", {class: "link-times"}, begin, stop), address, told], [press]);
  draw();
  address.focus();
  address.select();
}
