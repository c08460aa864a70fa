// The contents of a recording: its slides, polls and external videos in their order, each of which leads to its moment.

import {$, bdi, el, write} from "../../page/shell/dom.js";
import {locale, plural, t} from "../../page/shell/strings.js";
import {momentButton} from "./chat.js";
import {clockText} from "./clock_text.js";
import {address, number, readJson} from "./files.js";
import {allSlides} from "./slides.js";
import {isWeb} from "./texts.js";
import {seek} from "./timeline.js";

const VIDEO_SHOWN = 30; // seconds for which a link to an external video stands below the slide

let polls = [];
let videos = [];
/** @type {{begin: number, item: HTMLElement}[]} */
let moments = [];
let current = null;

const list = (value) => Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : [];

export async function readMoments() {
  const [pollFile, videoFile] = await Promise.all([readJson("polls.json"), readJson("external_videos.json")]);
  polls = list(pollFile).map((one) => ({
    begin: number(one.timestamp), question: String(one.question ?? ""),
    answers: list(one.answers).map((answer) => ({key: String(answer.key ?? ""), votes: number(answer.numVotes)})),
    responders: number(one.responders ?? one.respondents),
  }));
  videos = list(videoFile).map((one) => ({begin: number(one.timestamp), url: String(one.external_video_url ?? "")}))
    .filter(({url}) => isWeb(url)).sort((a, b) => a.begin - b.begin);
}

export const allPolls = () => polls;
export const allVideos = () => videos;

export const videoLink = (url) => el("a", {href: url, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr"}, url);

function slideMoments() {
  const numbers = new Map();
  let before = "";
  const found = [];
  for (const slide of allSlides()) {
    if (!numbers.has(slide.href)) numbers.set(slide.href, numbers.size + 1);
    if (slide.href === before) continue;
    before = slide.href;
    const facts = {number: numbers.get(slide.href), text: slide.text.slice(0, 80)};
    const image = el("img", {alt: t(slide.text ? "slide.numberText" : "slide.number", facts), loading: "lazy", decoding: "async"});
    const whole = address(slide.href);
    image.addEventListener("error", () => {
      image.src = whole;
    }, {once: true});
    image.src = whole.replace("/svgs/slide", "/thumbnails/thumb-").replace("/slide-", "/thumbnails/thumb-").replace(".svg", ".png");
    const press = el("button", {type: "button", class: "thumbnail", onclick: () => seek(slide.begin)}, image,
      el("span", {class: "thumbnail-time", dir: "ltr"}, clockText(slide.begin)));
    found.push({begin: slide.begin, item: el("li", {class: "slide-moment"}, press)});
  }
  return found;
}

function pollMoment({begin, question, answers, responders}) {
  const most = Math.max(1, ...answers.map(({votes}) => votes));
  const rows = answers.map(({key, votes}) => {
    const bar = el("span", {class: "bar"});
    bar.style.setProperty("--part", String(votes / most));
    return el("tr", {}, el("th", {scope: "row"}, bdi(key)), el("td", {}, bar), el("td", {class: "votes"}, votes.toLocaleString(locale())));
  });
  const head = el("p", {class: "message-head"}, el("b", {}, t("poll")), momentButton(begin, t("poll.go", {time: clockText(begin)})));
  return {begin, item: el("li", {class: "card-moment"}, head, question && el("p", {class: "text", dir: "auto"}, question),
    el("table", {class: "votes-table", "aria-label": t("poll")}, el("tbody", {}, ...rows)),
    el("p", {class: "aside-note"}, plural("poll.answers", responders)))};
}

function videoMoment({begin, url}) {
  const head = el("p", {class: "message-head"}, el("b", {}, t("video")), momentButton(begin, t("video.go", {time: clockText(begin)})));
  return {begin, item: el("li", {class: "card-moment"}, head, el("p", {}, videoLink(url)))};
}

/** Makes the list; returns whether there is anything in it. */
export function startMoments() {
  moments = [...slideMoments(), ...polls.map(pollMoment), ...videos.map(videoMoment)].sort((a, b) => a.begin - b.begin);
  $("moments").replaceChildren(...moments.map(({item}) => item));
  // It gets a size whenever its tab is opened.
  new ResizeObserver(() => keepInView(current?.item)).observe($("moments").parentElement);
  return moments.length > 0;
}

// Within the panel alone: the page may scroll as a whole, and stays where it is.
function keepInView(item) {
  const box = $("moments").parentElement;
  if (!item || box.contains(document.activeElement) || box.scrollHeight <= box.clientHeight) return;
  const [inner, outer] = [item.getBoundingClientRect(), box.getBoundingClientRect()];
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}

/** Marks the slide of a time, and shows the link to an external video for a while. */
export function drawMoments(time) {
  let latest = null;
  for (const one of moments) {
    if (one.begin > time) break;
    if (one.item.className === "slide-moment") latest = one;
  }
  if (latest !== current) {
    current?.item.querySelector("button").removeAttribute("aria-current");
    latest?.item.querySelector("button").setAttribute("aria-current", "true");
    current = latest;
    keepInView(latest?.item);
  }
  const video = videos.findLast((one) => one.begin <= time);
  const isShown = Boolean(video) && time < video.begin + VIDEO_SHOWN;
  $("outside").hidden = !isShown;
  if (isShown && $("outside-link").getAttribute("href") !== video.url) {
    $("outside-link").setAttribute("href", video.url);
    write($("outside-link"), video.url);
  }
}
