// The dialog about the meeting: welcome, start, end, provider.

import {meshWords} from "../media/mesh_words.js";
import {isMesh} from "../media/mine.js";
import {isModerator} from "../people/model.js";
import {dialog} from "./dialog.js";
import {el} from "./dom.js";
import {page} from "./store.js";
import {plural, t} from "./strings.js";
import {dayOf} from "./time.js";
import {putHtml} from "./trusted_html.js";

export function welcome(html, only = "") {
  const text = el("div", {dir: "auto"});
  putHtml(text, html);
  return el("div", {class: `welcome${only ? " only" : ""}`}, only && el("p", {class: "kicker"}, only), text);
}

export function openAbout() {
  const {meeting, count} = page.state;
  const facts = [
    [t("about.began"), dayOf(meeting.createTime)],
    meeting.ends && [t("about.ends"), dayOf(meeting.ends)],
    [t("about.people"), meeting.maxParticipants ? t("about.peopleOf", {count, most: meeting.maxParticipants}) : t("about.peopleCount", {count})],
    meeting.record && [t("about.recording"), t("about.recorded")],
    meeting.logoutTimer && [t("about.idle"), plural("minutes", meeting.logoutTimer)],
    isMesh() && [t("about.sound"), meshWords(isModerator(page.state))],
    [t("about.server"), page.server],
  ].filter(Boolean);
  dialog({
    title: meeting.name,
    content: [
      meeting.welcome && welcome(meeting.welcome),
      meeting.moderatorOnly && welcome(meeting.moderatorOnly, t("welcome.moderators")),
      el("dl", {class: "facts"}, ...facts.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)])),
      meeting.copyright && el("p", {class: "copyright", dir: "auto"}, meeting.copyright),
    ].filter(Boolean),
    actions: [[t("close"), "quiet", ""]],
  });
}
