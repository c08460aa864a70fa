// What the server does not have yet of one's own recording: shown, warned of, and waited for by whoever leaves.

import {$, el, write} from "../shell/dom.js";
import {touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";

const TOLD = 1_000_000; // bytes from which it is shown, and leaving is warned of: more than a slice or two
const PATIENCE = 10_000; // milliseconds for which leaving waits

/**
 * ``files``: those that the server does not have whole; ``writing``: recorders that have not handed out everything;
 * ``isKept``: whether the server has just taken what is recorded now; ``isOver``: nothing more will be recorded.
 */
export const unsent = {bytes: 0, files: 0, writing: 0, isKept: false, isOver: false};

let waiting = [];
let pill = null;
let note = null;

/** @param {number} bytes */
const megabytes = (bytes) => Math.max(1, Math.round(bytes / 1e6));

/** @param {number} bytes */
const isMuch = (bytes) => bytes > (unsent.isOver ? 0 : TOLD);

/** Whether the server has everything. */
export const isAllSent = () => !unsent.files && !unsent.writing;

/** Notes how much there is. @param {{bytes: number, files: number, isKept: boolean}} facts */
export function noteUnsent({bytes, files, isKept}) {
  const wasKept = unsent.isKept;
  Object.assign(unsent, {bytes, files, isKept});
  if (isAllSent()) for (const resolve of waiting.splice(0)) resolve();
  touch("recording");
  if (isKept !== wasKept) touch("people");
}

const WHY = {404: "recorded.unknown", 410: "recorded.tooLate"};

/**
 * Says that the server does not take what waited to be sent, and why.
 * @param {number} bytes
 * @param {number} status its answer
 * @param {boolean} isBegun whether it knows the file
 */
export function tellLost(bytes, status, isBegun) {
  if (!isMuch(bytes)) return;
  const isLeft = status === 403 && !isBegun && unsent.isOver;
  toast(t(isLeft ? "recorded.notBegun" : WHY[status] ?? "recorded.refused", {size: megabytes(bytes)}), "recording");
}

/** Waits, but not for ever, until the server has everything. */
export function allSent() {
  if (isAllSent()) return Promise.resolve();
  return Promise.race([new Promise((resolve) => waiting.push(resolve)), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}

function draw() {
  pill ??= $("pills").insertBefore(el("span", {id: "unsent", class: "pill warn", hidden: true}), $("left"));
  note ??= $("card").parentNode.insertBefore(el("p", {id: "unsent-note", class: "aside-note", role: "status", hidden: true}), $("card").nextSibling);
  const words = isMuch(unsent.bytes) ? t("recorded.left", {size: megabytes(unsent.bytes)}) : "";
  pill.hidden = !words || unsent.isOver;
  note.hidden = !words || !unsent.isOver;
  write(pill, pill.hidden ? "" : words);
  write(note, note.hidden ? "" : `${words} ${t("recorded.stayOpen")}`);
  pill.title = words && t("recorded.stayOpen");
}

export function startUnsent() {
  watch(["recording", "words", "meeting"], draw);
  addEventListener("beforeunload", (event) => {
    if (isMuch(unsent.bytes)) event.preventDefault();
  });
}
