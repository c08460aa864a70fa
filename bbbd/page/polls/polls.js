// The poll's tool in the bar. What it opens is loaded with the first poll.

import {$} from "../shell/dom.js";
import {has} from "../shell/features.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {asks} from "./model.js";

/** The tool's picture. */
export const PICTURE = "polls/polls.svg#poll";

let loading = null;
let parts = null; // poll_card.js, once it is there

function load() {
  loading ??= import("./poll_card.js").then(async (loaded) => {
    await loaded.start();
    parts = loaded;
    touch("poll");
    return loaded;
  });
  // A load that failed is tried again.
  loading.catch(() => (loading = null));
  return loading;
}

/** @param {State} state */
export const isTherePoll = (state) => has(state, "polls") && Boolean(state.poll || asks(state));

export const isPollShown = () => Boolean(parts?.isShown());

/** Shows the poll or puts it aside; the presenter, without one, is asked for a question. */
export function openPoll() {
  load().then(({toggle}) => toggle(page.state), () => toast(t("no.lost")));
}

export function goToPoll() {
  if (page.state?.poll) load().then(({focus}) => focus(page.state), () => toast(t("no.lost")));
  else if (!$("tool-poll").hidden) openPoll();
}

export function startPolls() {
  watch(["poll"], (state) => {
    if (state?.poll && !parts) load();
  });
}
