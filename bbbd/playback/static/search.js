// Searches through slides, chat, captions, polls and notes; each find leads to its moment.

import {$, bdi, el, write} from "../../page/shell/dom.js";
import {plural, t} from "../../page/shell/strings.js";
import {allCues} from "./captions.js";
import {allChat} from "./chat.js";
import {clockText} from "./clock_text.js";
import {allPolls, allVideos} from "./moments.js";
import {notesLines} from "./notes.js";
import {showPanel} from "./panels.js";
import {allSlides} from "./slides.js";
import {folded} from "./texts.js";
import {seek} from "./timeline.js";

const MOST = 100;
const AROUND = 60; // letters shown around a find

/** @type {Promise<Findable[]> | null} */
let index = null;
let asked = 0;

async function readIndex() {
  const seen = new Set();
  const slides = allSlides().filter(({href, text}) => text && !seen.has(href) && seen.add(href));
  const found = [
    ...slides.map(({begin, text}) => ({begin, kind: t("found.slide"), text})),
    ...allChat().map(({begin, name, text}) => ({begin, kind: t("chat"), text: `${name}: ${text}`})),
    ...allPolls().map(({begin, question, answers}) => ({begin, kind: t("poll"), text: [question, ...answers.map(({key}) => key)].join(" · ")})),
    ...allVideos().map(({begin, url}) => ({begin, kind: t("video"), text: url})),
    ...(await allCues()).map(({begin, text, label}) => ({begin, kind: label || t("captions"), text})),
  ].sort((a, b) => a.begin - b.begin);
  const notes = notesLines().map((text) => ({begin: null, kind: t("notes"), text}));
  return [...notes, ...found].map((one) => ({...one, folded: folded(one.text)}));
}

function excerpt({text, folded: {text: plain, at}}, wanted) {
  const place = plain.indexOf(wanted);
  const [begin, end] = [at[place], at[place + wanted.length]];
  const from = Math.max(0, begin - AROUND);
  return [
    from > 0 && "…", text.slice(from, begin), el("mark", {}, text.slice(begin, end)),
    text.slice(end, end + AROUND), end + AROUND < text.length && "…",
  ];
}

function row(one) {
  const place = one.begin === null ? null : el("span", {class: "moment", dir: "ltr"}, clockText(one.begin));
  const go = () => one.begin === null ? showPanel("notes", true) : seek(one.begin);
  return el("li", {}, el("button", {type: "button", class: "find", onclick: go},
    el("span", {class: "message-head"}, el("b", {}, one.kind), place), bdi("", {class: "find-text", dir: "auto"})));
}

async function search() {
  asked += 1;
  const mine = asked;
  const wanted = folded($("find-text").value.trim()).text;
  index ||= readIndex();
  const all = await index;
  if (mine !== asked) return;
  const found = wanted ? all.filter((one) => one.folded.text.includes(wanted)) : [];
  $("finds").replaceChildren(...found.slice(0, MOST).map((one) => {
    const item = row(one);
    item.querySelector(".find-text").append(...excerpt(one, wanted).filter(Boolean));
    return item;
  }));
  const more = found.length > MOST ? ` ${t("found.first", {count: MOST})}` : "";
  write($("found"), wanted ? plural("found", found.length) + more : "");
}

export function startSearch() {
  $("find-text").addEventListener("input", search);
  $("find-form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
}
