// The presenter's dialog of decks: choosing one, removing one, adding documents.

import {confirm, dialog} from "../shell/dialog.js";
import {bdi, button, el, iconButton, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page, watch} from "../shell/store.js";
import {plural, t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {lead} from "./current_page.js";
import {presents} from "./model.js";
import {collapse} from "./presentation.js";
import {download, put, thumbnailOf} from "./slide_files.js";
import {megabytes, sendFiles} from "./uploads.js";

let open = null; // {list, rows, none, shut}

/** @param {Deck} deck */
function thumbnail(deck) {
  const image = el("img", {alt: ""});
  const box = el("span", {class: "thumb"}, icon("slides"));
  thumbnailOf(deck.deck, 1).then((blob) => put(image, blob)).then(() => box.replaceChildren(image), () => {});
  return box;
}

/** @param {Deck} deck */
async function remove(deck) {
  if (!(await confirm(t("slides.removeTitle", {name: deck.name}), t("slides.removeLead"), t("slides.remove"), "danger"))) return;
  if (agreed(await ask({t: "slide.remove", deck: deck.deck}))) open?.list.closest("dialog").querySelector("h2").focus();
}

/** @param {Deck} deck */
function choose(deck) {
  open.shut.abort();
  collapse(false);
  lead({deck: deck.deck, page: 1});
}

/** @param {Deck} deck */
const stateOf = (deck) => ({
  ready: () => el("small", {}, plural("slides.count", deck.pages)),
  waiting: () => el("small", {}, t("slides.waiting")),
  failed: () => el("small", {class: "bad", lang: "en"}, deck.why),
})[deck.state]();

/** @param {Deck} deck */
function makeRow(deck, shown) {
  const ready = deck.state === "ready";
  return el("li", {class: "deck"},
    ready ? thumbnail(deck) : el("span", {class: "thumb"}, icon("slides")),
    el("p", {class: "words"}, bdi(deck.name), stateOf(deck), shown && el("span", {class: "tag"}, t("slides.shown"))),
    ready && !shown && button("quiet small", t("slides.choose"), () => choose(deck)),
    ready && deck.downloadable && iconButton("save", t("slides.saveOne", {name: deck.name}), () =>
      download(deck).catch(() => toast(t("slides.trouble")))),
    deck.removable && iconButton("slides/slides.svg#bin", t("slides.removeOne", {name: deck.name}), () => remove(deck)));
}

/** @param {State} state */
function draw(state) {
  if (!open) return;
  if (!presents(state)) {
    open.shut.abort();
    return;
  }
  const {list, rows, none} = open;
  for (const [id, {node}] of rows) {
    if (state.decks.some(({deck}) => deck === id)) continue;
    node.remove();
    rows.delete(id);
  }
  for (const deck of state.decks) {
    const shown = state.stage?.deck === deck.deck;
    const facts = JSON.stringify([deck, shown]);
    const row = rows.get(deck.deck);
    if (row?.shows === facts) continue;
    const node = makeRow(deck, shown);
    if (row) row.node.replaceWith(node);
    else list.append(node);
    rows.set(deck.deck, {node, shows: facts});
  }
  none.hidden = state.decks.length > 0;
  write(none, t("slides.none"));
}

function adding() {
  const may = el("input", {type: "checkbox"});
  const files = el("input", {type: "file", multiple: true, hidden: true, onchange: () => {
    open.shut.abort();
    sendFiles([...files.files], may.checked);
  }});
  return [
    el("label", {class: "check"}, may, el("span", {}, t("slides.downloadable"))),
    el("div", {class: "actions"}, files, button("primary", t("slides.add"), () => files.click(), "slides/slides.svg#upload")),
    el("p", {class: "aside-note"}, t("slides.addNote", {size: megabytes(page.limits.document)})),
  ];
}

export async function openDecks() {
  open = {list: el("ul", {class: "deck-list", role: "list"}), rows: new Map(), none: el("p", {class: "lead"}), shut: new AbortController()};
  draw(page.state);
  await dialog({title: t("slides"), content: [open.none, open.list, ...adding()], kind: "decks", signal: open.shut.signal});
  open = null;
}

export function startDecks() {
  watch(["decks", "stage", "you", "roster"], (state) => state && draw(state));
}
