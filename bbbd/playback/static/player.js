// Plays a recording from BigBlueButton's own files: slides, drawings, chat, media and text tracks on one timeline.
//
// The media file is the clock. Every other file is a list of things with a time; at each tick the page shows what
// belongs to that time. Texts are only ever set as text, drawings are copied element by element from a fixed list.
// Files come from strangers: nothing here takes time that grows faster than a file does.

import {leadsOut, plainText, refers, slideOf, trailingDigits, unstyled, words} from "./texts.js";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const XLINK = "http://www.w3.org/1999/xlink";
const id = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop() || "");
// A server may be below a path of its own.
const root = location.pathname.split("/playback/")[0];
const base = `${root}/presentation/${encodeURIComponent(id)}/`;
const media = $("media");
const screen_ = $("screen");
const show = {slides: [], pans: [], cursors: [], chat: [], shared: [], drawings: new Map()};

// Words: one file for each language, beside this one.
const LANGUAGES = ["en", "de", "fr", "es", "pt-BR", "ar"];
const short = (tag) => tag.toLowerCase().split("-")[0];
const wanted = navigator.languages.map((tag) => LANGUAGES.find((known) => short(known) === short(tag)));
const language = wanted.find(Boolean) || "en";
const sentences = await (await fetch(new URL(`player.${language}.json`, import.meta.url))).json();
const t = (key, values = {}) => sentences[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
document.documentElement.lang = language;
document.dir = language === "ar" ? "rtl" : "ltr";
for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
for (const node of document.querySelectorAll("[data-t-title]")) node.title = t(node.dataset.tTitle);

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (h ? `${h}:${String(m).padStart(2, "0")}` : `${m}`) + `:${String(s).padStart(2, "0")}`;
};
const number = (text, otherwise = 0) => Number.isFinite(parseFloat(text)) ? parseFloat(text) : otherwise;

// Returns the children of an element that have a name. Elements below them are not searched.
const childrenOf = (element, name) => [...element.children].filter((child) => child.localName === name);

async function optional(name, read) {
  const answer = await fetch(base + name).catch(() => null);
  if (!answer || !answer.ok) return null;
  try { return await read(answer); } catch { return null; }
}
const xml = (name) => optional(name, async (answer) => {
  const parsed = new DOMParser().parseFromString(unstyled(await answer.text()), "text/xml");
  return parsed.querySelector("parsererror") ? null : parsed;
});
const json = (name) => optional(name, (answer) => answer.json());
const exists = async (name) => {
  const answer = await fetch(base + name, {method: "HEAD"}).catch(() => null);
  return Boolean(answer && answer.ok);
};

function fail(text) {
  document.body.dataset.state = "failed";
  $("notice").textContent = text;
}

function readSlides(shapes, texts) {
  for (const image of shapes.querySelectorAll("image.slide, svg > image")) {
    const href = image.getAttributeNS(XLINK, "href") || image.getAttribute("href") || "";
    if (!href || href.includes("deskshare") || leadsOut(href)) continue;
    const [presentation, slide] = slideOf(href);
    const text = presentation && texts && texts[presentation] ? texts[presentation][slide] || "" : "";
    for (const begin of words(image.getAttribute("in") || "0")) {
      show.slides.push({
        id: image.id, href, text: String(text), begin: number(begin), end: number(image.getAttribute("out"), Infinity),
        width: number(image.getAttribute("width"), 800), height: number(image.getAttribute("height"), 600),
      });
    }
  }
  show.slides.sort((a, b) => a.begin - b.begin);
  for (const canvas of shapes.querySelectorAll("g.canvas")) {
    const drawn = childrenOf(canvas, "g").filter((child) => child.classList.contains("shape"));
    show.drawings.set(canvas.getAttribute("image"), drawn.map((shape) => ({
      begin: number(shape.getAttribute("timestamp")), undo: number(shape.getAttribute("undo"), -1),
      group: trailingDigits(shape.getAttribute("shape") || "") || shape.id, shape,
    })));
  }
}

const ELEMENTS = new Set(["g", "line", "path", "polyline", "polygon", "circle", "ellipse", "rect", "text", "tspan"]);
const ATTRIBUTES = new Set(["d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width",
  "height", "transform", "fill", "stroke", "stroke-width", "font-size", "font-family", "opacity", "fill-opacity"]);
const STYLES = ["fill", "stroke", "stroke-width", "stroke-opacity", "fill-opacity", "stroke-linecap", "stroke-linejoin",
  "font-size", "font-family", "opacity"];

// Copies a drawing by a fixed list of elements and attributes: whatever else a file holds does not get in.
function copied(source) {
  const name = source.localName;
  if (name === "foreignObject" || name === "switch") return written(source);
  if (!ELEMENTS.has(name)) return null;
  const made = document.createElementNS(SVG, name);
  for (const attribute of source.attributes) {
    if (ATTRIBUTES.has(attribute.name) && !refers(attribute.value)) made.setAttribute(attribute.name, attribute.value);
  }
  const style = document.createElement("i").style;
  style.cssText = source.getAttribute("data-style") || "";
  for (const property of STYLES) {
    const value = style.getPropertyValue(property);
    if (value && !refers(value)) made.style.setProperty(property, value);
  }
  if (name === "text" || name === "tspan") made.textContent = source.textContent;
  else for (const child of source.children) { const one = copied(child); if (one) made.append(one); }
  return made;
}

function written(source) {
  const object = source.localName === "foreignObject" ? source : source.querySelector("foreignObject");
  if (!object) return null;
  const made = document.createElementNS(SVG, "text");
  const style = document.createElement("i").style;
  style.cssText = (object.closest("g.shape") || object).getAttribute("data-style") || "";
  const size = number(style.getPropertyValue("font-size"), 16);
  made.style.setProperty("font-size", `${size}px`);
  made.style.setProperty("fill", style.getPropertyValue("color") || "#000");
  const lines = childrenOf(object, "p").flatMap((p) => {
    const found = [""];
    for (const node of p.childNodes) {
      if (node.nodeName.toLowerCase() === "br") found.push(""); else found[found.length - 1] += node.textContent;
    }
    return found;
  });
  lines.forEach((line, place) => {
    const span = document.createElementNS(SVG, "tspan");
    span.setAttribute("x", object.getAttribute("x") || "0");
    span.setAttribute("y", String(number(object.getAttribute("y")) + size * (place + 1)));
    span.textContent = line;
    made.append(span);
  });
  return made;
}

const timed = (document_, name, read) => document_ ? childrenOf(document_.documentElement, "event").map((event) => ({
  begin: number(event.getAttribute("timestamp")), value: read((event.querySelector(name) || event).textContent.trim()),
})).sort((a, b) => a.begin - b.begin) : [];

function last(list, now) {
  let [low, high] = [0, list.length];
  while (low < high) { const middle = (low + high) >> 1; if (list[middle].begin <= now) low = middle + 1; else high = middle; }
  return low ? list[low - 1] : null;
}

function readChat(document_) {
  if (!document_) return;
  for (const line of document_.querySelectorAll("chattimeline")) {
    if (line.getAttribute("target") && line.getAttribute("target") !== "chat") continue;
    const text = plainText(line.getAttribute("message") || "");
    const item = document.createElement("li");
    const head = document.createElement("b");
    const name = document.createElement("bdi");
    const when = document.createElement("time");
    name.textContent = line.getAttribute("name") || "";
    const begin = number(line.getAttribute("in"));
    when.textContent = ` ${clock(begin)}`;
    head.append(name, when);
    const body = document.createElement("bdi");
    body.textContent = text;
    item.append(head, body);
    item.hidden = true;
    $("chat").append(item);
    show.chat.push({begin, end: number(line.getAttribute("out"), Infinity), item});
  }
}

function readTracks(tracks) {
  const known = tracks || [];
  const labels = new Map();
  for (const one of known) labels.set(one.label, (labels.get(one.label) || 0) + 1);
  for (const one of known) {
    const track = document.createElement("track");
    track.kind = one.kind;
    track.label = labels.get(one.label) > 1 ? `${one.label} (${one.kind})` : one.label;
    track.srclang = one.lang;
    track.src = `${base}text-tracks/${one.href}`;
    media.append(track);
    const option = document.createElement("option");
    option.value = String(media.textTracks.length - 1);
    option.textContent = track.label;
    $("tracks").append(option);
  }
  $("tracks-label").hidden = media.textTracks.length === 0;
}

function chooseTrack() {
  [...media.textTracks].forEach((track, place) => {
    track.mode = String(place) === $("tracks").value ? "hidden" : "disabled";
    track.oncuechange = () => {
      // What the browser made of a cue: bold, italic and underlined text, and nothing that runs.
      $("cue").replaceChildren(...[...(track.activeCues || [])].map((cue) => {
        const line = document.createElement("div");
        line.dir = "auto";
        line.append(cue.getCueAsHTML());
        return line;
      }));
    };
  });
  $("cue").hidden = !$("tracks").value;
  $("cue").textContent = "";
}

let shown = {};
function tick() {
  const now = media.currentTime;
  $("time").textContent = `${clock(now)} / ${clock(media.duration || 0)}`;
  if (document.activeElement !== $("seek") || !media.paused) $("seek").value = String(now);
  $("seek").setAttribute("aria-valuetext", clock(now));
  showSlide(now);
  let hasNewLine = false;
  for (const line of show.chat) {
    const visible = line.begin <= now && now < line.end;
    if (line.item.hidden === visible) {
      line.item.hidden = !visible;
      hasNewLine ||= visible;
    }
  }
  // Once for all lines: each scrolling lays the whole list out.
  if (hasNewLine) $("chat").scrollTop = $("chat").scrollHeight;
  const sharing = show.shared.some((one) => one.begin <= now && now < one.end);
  screen_.hidden = !sharing;
  if (sharing && Math.abs(screen_.currentTime - now) > 0.4) screen_.currentTime = now;
  if (sharing && screen_.paused !== media.paused) { if (media.paused) screen_.pause(); else screen_.play().catch(() => {}); }
}

function showSlide(now) {
  const slide = last(show.slides.filter((one) => now < one.end || one.end <= one.begin), now);
  $("empty").hidden = Boolean(slide);
  $("slide").style.opacity = slide ? "1" : "0";
  if (!slide) return;
  if (shown.slide !== slide) {
    const picture = $("picture");
    picture.setAttribute("href", base + slide.href);
    picture.setAttribute("width", String(slide.width));
    picture.setAttribute("height", String(slide.height));
    $("slide").setAttribute("aria-label", slide.text ? t("slide.text", {text: slide.text}) : t("slide"));
    for (const button of document.querySelectorAll("#thumbnails button")) {
      button.setAttribute("aria-current", String(button.dataset.href === slide.href));
    }
  }
  const pan = last(show.pans, now);
  const box = pan && pan.begin >= slide.begin - 0.05 ? pan.value : `0 0 ${slide.width} ${slide.height}`;
  if (shown.box !== box) $("slide").setAttribute("viewBox", box);
  const versions = new Map();
  for (const one of show.drawings.get(slide.id) || []) {
    if (one.begin <= now && (one.undo < 0 || now < one.undo)) versions.set(one.group, one);
  }
  const key = [...versions.values()].map((one) => one.shape.id).join();
  if (shown.slide !== slide || shown.key !== key) {
    $("drawings").replaceChildren(...[...versions.values()].map((one) => copied(one.shape)).filter(Boolean));
  }
  const cursor = last(show.cursors, now);
  const [x, y] = cursor ? cursor.value : [-1, -1];
  const [left, top, width, height] = words(box).map(Number);
  if (x < 0 || y < 0) $("cursor").setAttribute("hidden", ""); else {
    $("cursor").removeAttribute("hidden");
    $("cursor").setAttribute("cx", String(left + x * width));
    $("cursor").setAttribute("cy", String(top + y * height));
    $("cursor").setAttribute("r", String(width / 160));
  }
  shown = {slide, box, key};
}

function thumbnails() {
  const seen = new Set();
  for (const slide of show.slides) {
    if (seen.has(slide.href) || !/slide-?\d/.test(slide.href)) continue;
    seen.add(slide.href);
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.href = slide.href;
    const image = document.createElement("img");
    image.loading = "lazy";
    const facts = {number: seen.size, text: slide.text.slice(0, 80)};
    image.alt = t(slide.text ? "slide.numberText" : "slide.number", facts);
    image.src = base + slide.href.replace("slide-", "thumbnails/thumb-").replace("/svgs/", "/").replace(".svg", ".png");
    image.onerror = () => { image.onerror = null; image.src = base + slide.href; };
    button.append(image);
    button.onclick = () => { media.currentTime = slide.begin; };
    const item = document.createElement("li");
    item.append(button);
    $("thumbnails").append(item);
  }
}

function controls() {
  const play = () => { if (media.paused) media.play().catch(() => {}); else media.pause(); };
  const jump = (by) => { media.currentTime = Math.min(Math.max(0, media.currentTime + by), media.duration || 0); };
  $("play").onclick = play;
  $("back").onclick = () => jump(-10);
  $("on").onclick = () => jump(10);
  $("seek").oninput = () => { media.currentTime = Number($("seek").value); tick(); };
  $("speed").onchange = () => { media.playbackRate = Number($("speed").value); };
  $("tracks").onchange = chooseTrack;
  $("full").onclick = () => {
    if (document.fullscreenElement) document.exitFullscreen(); else $("stage").requestFullscreen().catch(() => {});
  };
  const paused = () => {
    $("play").textContent = t(media.paused ? "play" : "pause");
    $("play").setAttribute("aria-pressed", String(!media.paused));
  };
  for (const event of ["play", "pause", "ended"]) media.addEventListener(event, paused);
  for (const event of ["timeupdate", "seeked", "seeking", "loadedmetadata", "pause"]) media.addEventListener(event, tick);
  const frame = () => { if (!media.paused) tick(); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const onButton = event.target.tagName === "BUTTON";
    const does = {
      " ": onButton ? null : play, k: play, ArrowLeft: () => jump(-10), ArrowRight: () => jump(10),
      Home: () => jump(-Infinity), End: () => jump(Infinity), f: () => $("full").click(),
      c: () => { $("tracks").selectedIndex = ($("tracks").selectedIndex + 1) % $("tracks").length; chooseTrack(); },
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });
}

function about(metadata) {
  const text = (name) => (metadata.querySelector(name) || {}).textContent || "";
  const meeting = metadata.querySelector("recording > meeting");
  const name = (meeting && meeting.getAttribute("name")) || text("meta > meetingName") || t("title");
  $("title").textContent = name;
  document.title = name;
  const start = Number(text("recording > start_time"));
  const parts = start ? [new Date(start).toLocaleString(language === "ar" ? "ar-u-nu-latn" : undefined)] : [];
  if (text("recording > participants")) parts.push(t("facts.people", {count: text("recording > participants")}));
  $("facts").textContent = parts.join(" · ");
}

async function downloads() {
  const answer = await fetch(`${root}/playback/player/${encodeURIComponent(id)}/downloads`).catch(() => null);
  const links = answer && answer.ok ? await answer.json() : [];
  for (const one of links) {
    const link = document.createElement("a");
    link.href = one.href;
    link.download = "";
    link.textContent = t(`download.${one.format}`);
    const item = document.createElement("li");
    item.append(link);
    $("links").append(item);
  }
  $("downloads").hidden = links.length === 0;
}

async function start() {
  const metadata = await xml("metadata.xml");
  if (!metadata) return fail(t("missing"));
  about(metadata);
  const [shapes, texts, pans, cursors, chat, shared, tracks] = await Promise.all([
    xml("shapes.svg"), json("presentation_text.json"), xml("panzooms.xml"), xml("cursor.xml"), xml("slides_new.xml"),
    xml("deskshare.xml"), json("text-tracks/"),
  ]);
  if (shapes) readSlides(shapes, texts);
  show.pans = timed(pans, "viewBox", (text) => words(text).slice(0, 4).map((part) => number(part)).join(" "));
  show.cursors = timed(cursors, "cursor", (text) => words(text).map((part) => number(part, -1)));
  readChat(chat);
  show.shared = shared ? [...shared.querySelectorAll("event")].map((event) => ({
    begin: number(event.getAttribute("start_timestamp")), end: number(event.getAttribute("stop_timestamp")),
  })) : [];
  document.body.dataset.slides = show.slides.length || show.shared.length ? "some" : "none";
  const files = ["video/webcams.mp4", "video/webcams.webm", "audio/audio.webm", "audio/audio.ogg"];
  const there = await Promise.all(files.map(exists));
  const file = files[there.indexOf(true)];
  if (!file) return fail(t("noMedia"));
  document.body.dataset.media = file.startsWith("audio") ? "audio" : "video";
  readTracks(tracks);
  media.src = base + file;
  if (show.shared.length) {
    screen_.src = base + ((await exists("deskshare/deskshare.mp4")) ? "deskshare/deskshare.mp4" : "deskshare/deskshare.webm");
  }
  media.addEventListener("loadedmetadata", () => { $("seek").max = String(media.duration); tick(); });
  media.addEventListener("error", () => fail(t("broken")));
  controls();
  thumbnails();
  tick();
  document.body.dataset.state = "ready";
  await downloads();
}

start();
