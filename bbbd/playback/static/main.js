// The page that plays a recording: reads BigBlueButton's own files and shows all that belongs to the moment of the clock.
//
// Files come from strangers: texts are only ever set as text, drawings and notes are copied by fixed lists, and nothing
// takes time that grows faster than a file does.

import {$, el, write} from "../../page/shell/dom.js";
import {choose as chooseLanguage} from "../../page/shell/languages.js";
import {load, locale, plural, t} from "../../page/shell/strings.js";
import {drawCaptions, startCaptions} from "./captions.js";
import {allChat, drawChat, readChat, startChat} from "./chat.js";
import {sharedChoice} from "./choices.js";
import {startControls} from "./controls.js";
import {given, number, readXml, recording} from "./files.js";
import {startKeys} from "./keys.js";
import {startLink} from "./link.js";
import {readLoudness, startLoudness} from "./loudness.js";
import {allPolls, allVideos, drawMoments, readMoments, startMoments} from "./moments.js";
import {readNotes, startNotes} from "./notes.js";
import {startPanels} from "./panels.js";
import {drawScreen, isShared, readScreen, screenEvents} from "./screen.js";
import {startSearch} from "./search.js";
import {allSlides, drawSlide, lastOnSlides, readSlides} from "./slides.js";
import {hasMedia, listen, now, startTimeline} from "./timeline.js";
import {applyTheme, arrange, startView} from "./view.js";

const FIRST_RECORDINGS = 1_000_000_000_000; // milliseconds; what is less was no date

function translate() {
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("button[data-t-label]"))) {
    node.title = t(node.dataset.tLabel);
  }
}

function about(metadata) {
  const text = (name) => metadata?.querySelector(name)?.textContent.trim() || "";
  const name = metadata?.querySelector("recording > meeting")?.getAttribute("name") || text("meta > meetingName") || t("title");
  write($("title"), name);
  $("title").title = name;
  document.title = name;
  const given = text("recording > start_time");
  const start = Number(given) || Date.parse(given);
  const parts = start > FIRST_RECORDINGS
    ? [new Intl.DateTimeFormat(locale(), {dateStyle: "long", timeStyle: "short"}).format(start)] : [];
  const people = Number(text("recording > participants"));
  if (people > 0) parts.push(plural("facts.people", people));
  write($("facts"), parts.join(" · "));
}

/** The length of a recording without a media file, in seconds. */
function lengthOf(metadata) {
  const text = (name) => number(metadata?.querySelector(name)?.textContent);
  const stated = text("playback > duration") / 1000;
  if (stated > 0) return stated;
  const ends = [
    lastOnSlides(), ...screenEvents().map(({end}) => Number.isFinite(end) ? end : 0),
    ...[...allChat(), ...allPolls(), ...allVideos()].map(({begin}) => begin + 1),
  ];
  return ends.reduce((longest, end) => Math.max(longest, end), 0);
}

function showDownloads() {
  for (const {format, href} of recording.downloads) {
    $("links").append(el("li", {}, el("a", {href, download: true}, t(`download.${format}`))));
  }
  $("downloads").hidden = recording.downloads.length === 0;
}

function draw() {
  const time = now();
  const unknown = drawSlide(time);
  drawScreen();
  $("slide").toggleAttribute("data-behind", isShared());
  drawChat(time);
  drawMoments(time);
  drawCaptions();
  $("unshown").hidden = unknown === 0;
  if (unknown) write($("unshown"), plural("unshown", unknown));
}

async function start() {
  applyTheme();
  const tag = chooseLanguage(new URLSearchParams(location.search).get("locale"), sharedChoice("language"), ...navigator.languages);
  await load(tag, given);
  translate();
  write($("notice"), t("loading"));
  const [metadata] = await Promise.all([
    readXml("metadata.xml"), readSlides(), readChat(), readScreen(), readMoments(), readNotes(), readLoudness(),
  ]);
  about(metadata);
  const slides = allSlides().length > 0 || screenEvents().length > 0;
  startTimeline(lengthOf(metadata), (fault) => {
    if (fault === "broken") arrange({slides, camera: false, sound: false});
    write($("notice"), fault && t(fault));
  });
  startChat();
  startPanels({chat: allChat().length > 0, contents: startMoments(), notes: startNotes(), search: true});
  startCaptions();
  startSearch();
  arrange({slides, camera: recording.media.some((name) => name.startsWith("video/")), sound: hasMedia()});
  startView();
  startKeys();
  startControls();
  startLoudness();
  showDownloads();
  listen(draw);
  draw();
  write($("notice"), hasMedia() ? "" : t("noMedia"));
  document.body.dataset.state = "ready";
  startLink();
}

start().catch((fault) => {
  document.body.dataset.state = "failed";
  const text = t("failed");
  write($("notice"), text === "failed" ? "The recording could not be loaded. Reload this page." : text);
  throw fault;
});
