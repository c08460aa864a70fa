// Runs before anything else has arrived: opens the WebSocket and fetches the words, so that neither waits for the modules.
// The server writes it into the page; wire.js and strings.js take over what it began.

import {stored} from "../settings/stored.js";
import {greeting, TAB} from "./greeting.js";
import {choose} from "./languages.js";

/** @param {string} base */
function begin(base) {
  const query = new URLSearchParams(location.search);
  const tag = choose(query.get("locale"), stored().language, ...navigator.languages);
  /** @type {Early} */
  const early = {
    token: query.get("sessionToken") || history.state?.token || "",
    tab: TAB,
    tag,
    // Without a listener a failure would be reported; who takes it over fetches again.
    words: fetch(`${base}/strings.${tag}.json`).then((answer) => answer.json()).catch(() => null),
    socket: null,
    messages: [],
  };
  globalThis.early = early;
  if (!early.token) return;
  const url = new URL(`${base}/../socket`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, ["bbbd.1", `token.${early.token}`]);
  early.socket = socket;
  socket.onopen = () => socket.send(greeting(tag));
  socket.onmessage = ({data}) => early.messages.push(data);
  // Nobody is in a meeting whose page cannot run.
  addEventListener("error", ({target}) => {
    const isScript = target === window || target instanceof HTMLScriptElement;
    if (isScript && globalThis.early?.socket) socket.close();
  }, true);
}

// A browser without modules shows what it lacks, and lets nobody in.
if ("noModule" in HTMLScriptElement.prototype) begin(document.currentScript.dataset.base);
