// The API: calls are signed here, with the secret that is typed, and sent.

import {$} from "./dom.js";
import {reach, Said} from "./surface.js";

export const API = new URL("../bigbluebutton/api/", location.href).href;

// Escapes as java.net.URLEncoder does, which every way of signing takes.
const encoded = (text) => encodeURIComponent(text)
  .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll("%20", "+");
const queryOf = (pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");

async function checksum(call, text) {
  if (!$("secret").value) throw new Said("Type the shared secret first: calls are signed with it.");
  if (!crypto.subtle) throw new Said("This browser signs only at https, localhost or 127.0.0.1.");
  const bytes = new TextEncoder().encode(call + text + $("secret").value);
  const digest = await crypto.subtle.digest($("algorithm").value, bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Tells whether a call has no checksum: it has a token, or needs nothing.
export const isUnsigned = (call) => call.signed === "token" || call.signed === "nothing";

// Returns what is to be fetched for a call.
export async function prepared(call, pairs, way, body = null) {
  const sorted = call.signed === "form" ? [...pairs].sort(([a], [b]) => (a < b ? -1 : Number(a > b))) : pairs;
  const text = queryOf(sorted);
  const signed = isUnsigned(call) ? text
    : `${text}${text && "&"}checksum=${await checksum(call.name, text)}`;
  const address = API + call.name;
  if (way === "form") {
    return {url: address, options: {method: "POST", body: signed, headers: {"Content-Type": "application/x-www-form-urlencoded"}}};
  }
  const url = signed ? `${address}?${signed}` : address;
  if (way === "get") return {url, options: {method: "GET"}};
  const headers = way === "xml" ? {"Content-Type": "application/xml"} : {};
  return {url, options: {method: "POST", body, headers}};
}

export async function send({url, options}) {
  const begun = performance.now();
  const answer = await reach(url, {...options, redirect: "manual"});
  const text = await answer.text().catch(() => { throw new Said("The answer broke off."); });
  return {answer, text, took: performance.now() - begun};
}
