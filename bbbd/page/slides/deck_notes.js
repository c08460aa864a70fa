// Notes for the presenter, on the stage: documents on their way, and failed ones with the reason.

import {say} from "../shell/announcer.js";
import {dots} from "../shell/card.js";
import {$, bdi, el, iconButton} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {presents} from "./model.js";
import {drop, sending} from "./uploads.js";

const read = new Set(); // decks whose failure was read
const rows = new Map(); // key -> {node, shows}

/**
 * {key, name, words, lang, share, shut}: ``share`` is how much of it was sent, from 0 to 1.
 * @param {State} state
 */
function notes(state) {
  if (!presents(state)) return [];
  const sent = sending.map((item) => ({
    key: `sending-${item.id}`, name: item.name, bad: Boolean(item.why), lang: item.lang,
    words: item.why || t("slides.sending"), share: item.why ? null : item.sent / Math.max(1, item.size),
    shut: () => drop(item), shutLabel: item.why ? t("close") : t("cancel"),
  }));
  const known = state.decks.filter(({deck, state: how}) => how !== "ready" && !read.has(deck)).map((deck) => ({
    key: deck.deck, name: deck.name, bad: deck.state === "failed", lang: deck.why ? "en" : "",
    words: deck.why || t("slides.waiting"), share: null, shutLabel: t("close"),
    shut: deck.state === "failed" && (() => {
      read.add(deck.deck);
      touch("decks");
    }),
  }));
  return [...sent, ...known];
}

function makeRow(note) {
  const {name, bad, lang, words, share, shut, shutLabel} = note;
  const close = () => {
    shut();
    $("stage").focus();
  };
  return el("li", {class: `deck-note${bad ? " bad" : ""}`},
    !bad && share === null && dots(),
    el("p", {}, bdi(name), " ", el("span", {lang: lang || null}, words)),
    share !== null && el("progress", {max: "1", "aria-label": t("slides.sending")}),
    shut && iconButton("close", shutLabel, close));
}

/** @param {State} state */
function draw(state) {
  const list = $("deck-notes");
  const now = notes(state);
  for (const [key, {node}] of rows) {
    if (now.some((note) => note.key === key)) continue;
    node.remove();
    rows.delete(key);
  }
  for (const note of now) {
    const facts = JSON.stringify([note.name, note.words, note.share === null, note.shutLabel]);
    const row = rows.get(note.key);
    if (row?.shows !== facts) {
      const node = makeRow(note);
      if (row) row.node.replaceWith(node);
      else list.append(node);
      rows.set(note.key, {node, shows: facts});
      if (note.bad) say(`${note.name}: ${note.words}`);
    }
    const bar = rows.get(note.key).node.querySelector("progress");
    if (bar) bar.value = note.share;
  }
  list.hidden = !now.length;
}

export function startDeckNotes() {
  $("stage").append(el("ul", {id: "deck-notes", role: "list", hidden: true}));
  watch(["decks", "sending", "you", "roster", "words"], (state) => state && draw(state));
  if (page.state) draw(page.state);
}
