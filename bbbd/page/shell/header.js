// What create says of the page's looks: banner, logo, name, copyright; and the pills, with the state of the connection.

import {healthOf} from "../media/model.js";
import {isLoadable} from "../people/avatar.js";
import {explainLocks, locksNow} from "../people/locks.js";
import {isDark} from "../settings/theme.js";
import {say} from "./announcer.js";
import {$, el, set, write} from "./dom.js";
import {icon} from "./icons.js";
import {page, touch, watch} from "./store.js";
import {plural, t} from "./strings.js";
import {serverNow} from "./time.js";

const LEFT = 30; // minutes before the end from which the pill shows it
const ANNOUNCED = [30, 5, 1];
const SLOW = 400; // milliseconds of a round trip
const POOR = 1500;

let bannerShut = "";
let announcedLeft = Infinity;

function drawFace({meeting}) {
  const {breakout} = meeting;
  const name = breakout?.name || meeting.name;
  write($("name"), name);
  $("room").hidden = !breakout;
  if (breakout) {
    const [number, parent] = [breakout.sequence, breakout.parentName];
    write($("room"), parent ? t("breakout.of", {number, name: parent}) : t("breakout.room", {number}));
  }
  $("name").title = name;
  $("copyright").hidden = !meeting.copyright;
  document.body.dataset.copyright = meeting.copyright ? "on" : "off";
  $("copyright").title = meeting.copyright;
  write($("copyright"), meeting.copyright);
  const address = isDark() ? meeting.darkLogo || meeting.logo : meeting.logo;
  const brand = $("brand");
  if (brand.dataset.shows !== address) {
    brand.dataset.shows = address;
    const letter = el("span", {class: "mark", "aria-hidden": "true"}, Array.from(meeting.name.trim())[0] || "b");
    brand.replaceChildren(letter);
    if (isLoadable(address)) {
      const picture = el("img", {alt: meeting.name, src: address, referrerpolicy: "no-referrer"});
      picture.onload = () => brand.replaceChildren(picture);
    }
  }
  drawBanner(meeting);
}

/** Black or white, whichever contrasts more (WCAG's relative luminance). */
function contrasting(red, green, blue) {
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance > 0.179 ? "#000" : "#fff";
}

function drawBanner({bannerText, bannerColor}) {
  const banner = $("banner");
  banner.hidden = !bannerText || bannerShut === bannerText;
  write(banner.querySelector("p"), bannerText);
  banner.style.color = "";
  banner.style.backgroundColor = "";
  banner.style.backgroundColor = bannerColor;
  // The browser ignored a value that is no colour: the style sheet's colours stay.
  if (!banner.style.backgroundColor) return;
  const [red, green, blue] = getComputedStyle(banner).backgroundColor.match(/[\d.]+/g).map(Number);
  banner.style.color = contrasting(red, green, blue);
}

function drawLeft({meeting}) {
  const pill = $("left");
  const minutes = meeting.ends ? Math.ceil((meeting.ends - serverNow()) / 60_000) : Infinity;
  // A group works towards the end of its room from the beginning.
  set(pill, {hidden: minutes > (meeting.breakout ? Number.MAX_VALUE : LEFT)});
  if (pill.hidden) return;
  const text = plural("minutesLeft", Math.max(0, minutes));
  if (pill.textContent !== text) pill.replaceChildren(icon("clock"), el("span", {}, text));
  const due = ANNOUNCED.find((mark) => minutes <= mark && announcedLeft > mark && minutes > mark - 1);
  if (due) say(text);
  announcedLeft = Math.min(announcedLeft, minutes);
}

/** @param {State} state */
function drawLocks(state) {
  const pill = $("locks");
  const names = locksNow(state);
  set(pill, {hidden: !names.length});
  const text = plural("locks.count", names.length);
  if (pill.textContent !== text) pill.replaceChildren(icon("lock"), el("span", {}, text));
}

/** How the worse of the two connections is: that of the page, and that of sound and cameras. */
function connectionKind() {
  if (!page.connected) return "lost";
  const health = page.state ? healthOf(page.state, page.state.you.user) : "good";
  if (page.roundTrip > POOR || health === "bad") return "poor";
  return page.roundTrip > SLOW || health === "poor" ? "slow" : "good";
}

function drawConnection() {
  const kind = connectionKind();
  const pill = $("connection");
  if (pill.dataset.kind === kind && pill.lang === document.documentElement.lang) return;
  pill.dataset.kind = kind;
  pill.lang = document.documentElement.lang;
  const words = {lost: "connection.lost", poor: "connection.poor", slow: "connection.slow", good: "connection.good"};
  pill.replaceChildren(icon(kind === "lost" ? "unlinked" : "bars"), el("span", {}, t(words[kind])));
}

export function startHeader() {
  $("banner").querySelector("button").append(icon("close"));
  $("banner").querySelector("button").onclick = () => {
    bannerShut = page.state.meeting.bannerText;
    drawBanner(page.state.meeting);
    $("name").focus();
  };
  $("locks").onclick = () => explainLocks(page.state);
  watch(["meeting", "choices", "words"], (state) => state && drawFace(state));
  watch(["second", "words"], (state) => state && drawLeft(state));
  watch(["locks", "you", "words"], (state) => state && drawLocks(state));
  watch(["connection"], drawConnection);
  setInterval(() => touch("second"), 1000);
}
