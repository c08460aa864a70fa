// The toolbar below the slide: turning, following, pointer, zoom, text, full screen.

import {nameOf} from "../people/model.js";
import {button, el, forbid, iconButton, write} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page} from "../shell/store.js";
import {language, t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {follow, goTo, isFollowing, seen, turn} from "./current_page.js";
import {isFull, toggleFull} from "./fullscreen.js";
import {deckOf, presents} from "./model.js";
import {isPointing, togglePointing} from "./pointer.js";
import {isWhole} from "./rectangle.js";
import {download} from "./slide_files.js";
import {openText} from "./slide_text.js";
import {viewOf, zoomIn, zoomOut} from "./zoom.js";

let parts = null;
let shows = "";

function tool(name, act) {
  const made = iconButton(`slides/slides.svg#${name}`, "", () => made.dataset.why || act());
  return made;
}

/** Sets a control's name, and its tooltip where that is not the reason for being off. */
function label(control, words) {
  if (control.getAttribute("aria-label") !== words) control.setAttribute("aria-label", words);
  if (!control.dataset.why && control.title !== words) control.title = words;
}

const save = () => download(deckOf(page.state, seen(page.state).deck)).catch(() => toast(t("slides.trouble")));

export function makeBar(section) {
  const pages = el("select", {onchange: () => goTo(Number(pages.value))});
  const again = button("quiet small", "", () => {
    follow();
    pages.focus();
  });
  parts = {
    before: tool("before", () => turn(-1)), pages, after: tool("after", () => turn(1)),
    status: el("p", {class: "slide-status"}), again,
    pointer: tool("pointer", togglePointing), farther: tool("farther", zoomOut), closer: tool("closer", zoomIn),
    save: iconButton("save", "", save), text: tool("text", openText), full: tool("full", () => toggleFull(section)),
  };
  return el("div", {id: "slide-bar"}, parts.before, pages, parts.after, el("div", {class: "slide-whom"}, parts.status, again),
    parts.pointer, parts.farther, parts.closer, parts.save, parts.text, parts.full);
}

/** @param {Deck} deck */
function drawPages(deck, number) {
  const {pages} = parts;
  const facts = JSON.stringify([deck.deck, deck.pages, language()]);
  if (shows !== facts) {
    shows = facts;
    pages.replaceChildren(...Array.from({length: deck.pages}, (_, at) =>
      el("option", {value: at + 1}, t("slides.of", {page: at + 1, pages: deck.pages}))));
  }
  pages.value = String(number);
}

/** @param {State} state */
function drawWhom(state) {
  const alone = !isFollowing(state);
  const name = nameOf(state, state.presenter);
  const words = presents(state) ? t("slides.led") : name && !alone ? t("slides.following", {name}) : "";
  write(parts.status, words);
  parts.status.classList.toggle("led", presents(state));
  parts.again.hidden = !alone;
  write(parts.again, t("slides.follow"));
}

function drawLabels(full) {
  label(parts.before, t("slides.before"));
  label(parts.pages, t("slides.pages"));
  label(parts.after, t("slides.after"));
  label(parts.pointer, t("slides.pointer"));
  label(parts.farther, t("slides.farther"));
  label(parts.closer, t("slides.closer"));
  label(parts.save, t("slides.save"));
  label(parts.text, t("slides.text"));
  label(parts.full, t(full ? "slides.small" : "slides.full"));
  if (parts.full.dataset.full === String(full)) return;
  parts.full.dataset.full = String(full);
  parts.full.replaceChildren(icon(`slides/slides.svg#${full ? "small" : "full"}`));
}

/**
 * @param {State} state
 * @param {Stage} now
 */
export function drawBar(state, now) {
  const deck = deckOf(state, now.deck);
  const leads = presents(state);
  const lost = leads && !page.connected ? t("why.lost") : "";
  const {before, pages, after, pointer, farther, closer, save} = parts;
  drawPages(deck, now.page);
  drawWhom(state);
  forbid(before, lost || (now.page === 1 && t("slides.first")));
  forbid(after, lost || (now.page === deck.pages && t("slides.last")));
  forbid(pages, lost);
  forbid(pointer, lost);
  forbid(closer, lost);
  forbid(farther, lost || (isWhole(viewOf(now)) && t("slides.whole")));
  pointer.setAttribute("aria-pressed", isPointing());
  pointer.hidden = farther.hidden = closer.hidden = !leads;
  save.hidden = leads || !deck.downloadable;
  drawLabels(isFull());
}
