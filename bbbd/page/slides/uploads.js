// Uploads documents one after the other. Each is listed from its choice until the server has it.

import {page, touch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {ticket} from "../shell/ticket.js";
import {presents} from "./model.js";

const ADDRESS = new URL("../../slides", import.meta.url);

/** {id, name, size, sent, why, lang, stop}: ``why`` once it was refused, in the language ``lang``. */
export const sending = [];

let count = 0;
let busy = false;

export const megabytes = (bytes) => Math.max(1, Math.floor(bytes / 1e6));

/** The reason of a refusal by its status; for faults of the document the server's own words. */
const WHY = {
  0: () => t("slides.broken"), 403: () => t("no.notAllowed"), 409: () => t("slides.many"),
  413: () => t("slides.large", {size: megabytes(page.limits.document)}), 429: () => t("no.tooMany"), 507: () => t("slides.disk"),
};

function post(item, file, downloadable) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({name: file.name, downloadable: String(downloadable), current: "true"});
    request.open("POST", `${ADDRESS}?${query}`);
    request.setRequestHeader("Authorization", `Bearer ${ticket.token}`);
    request.upload.onprogress = ({loaded}) => {
      item.sent = loaded;
      touch("sending");
    };
    request.onloadend = () => resolve(request);
    item.stop = () => request.abort();
    request.send(file);
  });
}

function refused(item, {status, responseText = ""}) {
  if (WHY[status]) item.why = WHY[status]();
  else {
    item.lang = "en";
    try {
      item.why = JSON.parse(responseText).why;
    } catch {
      item.why = t("no.unknown");
      item.lang = "";
    }
  }
}

export function drop(item) {
  item.stop?.();
  const at = sending.indexOf(item);
  if (at >= 0) sending.splice(at, 1);
  touch("sending");
}

async function sendNext() {
  const item = sending.find(({file, why}) => file && !why);
  if (!item || busy) return;
  busy = true;
  const {file, downloadable} = item;
  const answer = await post(item, file, downloadable);
  item.file = item.stop = null;
  busy = false;
  if (answer.status === 201) drop(item);
  else refused(item, answer);
  touch("sending");
  sendNext();
}

export function sendFiles(files, downloadable = false) {
  if (!presents(page.state)) return;
  for (const file of files) {
    const item = {id: (count += 1), name: file.name, size: file.size, sent: 0, why: "", lang: "", stop: null, file, downloadable};
    // A file that the server would refuse is not sent.
    if (file.size > page.limits.document) refused(item, {status: 413});
    sending.push(item);
  }
  touch("sending");
  sendNext();
}
