// The dialog with a page's text, for reading and copying; it follows when pages turn.

import {dialog} from "../shell/dialog.js";
import {el, write} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {seen} from "./current_page.js";
import {deckOf} from "./model.js";
import {textOf} from "./slide_files.js";

let open = null; // {place, text}

/** @param {State} state */
async function draw(state) {
  const now = seen(state);
  if (!open || !now) return;
  const {place, text} = open;
  write(place, t("slides.page", {page: now.page, pages: deckOf(state, now.deck).pages}));
  const found = await textOf(now.deck, now.page).catch(() => t("slides.trouble"));
  const later = seen(page.state);
  if (later && later.deck === now.deck && later.page === now.page) write(text, found || t("slides.noText"));
}

export async function openText() {
  open = {place: el("p", {class: "kicker"}), text: el("div", {class: "text page-text", dir: "auto", tabindex: "0"})};
  draw(page.state);
  await dialog({title: t("slides.text"), content: [open.place, open.text], actions: [[t("close"), "quiet", ""]]});
  open = null;
}

export const watchText = () => watch(["stage", "seen", "words"], (state) => state && draw(state));
