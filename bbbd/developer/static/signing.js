// API calls, signed with the secret in the field.

import {$} from "./dom.js";
import {reach, Said} from "./surface.js";

export const API = new URL("../bigbluebutton/api/", location.href).href;

// Encodes like java.net.URLEncoder, which is valid for all ways of signing.
const encoded = (text) => encodeURIComponent(text)
  .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll("%20", "+");
const queryOf = (pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");

async function checksum(call, text) {
  if (!$("secret").value) throw new Said("Enter the shared secret first: calls are signed with it.");
  if (!crypto.subtle) throw new Said("This browser can sign only at https, localhost or 127.0.0.1.");
  const bytes = new TextEncoder().encode(call + text + $("secret").value);
  const digest = await crypto.subtle.digest($("algorithm").value, bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Returns whether a call has no checksum: it has a token, or needs no authentication.
export const isUnsigned = (call) => call.signed === "token" || call.signed === "nothing";

// Returns the URL and fetch options of a call.
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
  const text = await answer.text().catch(() => { throw new Said("The answer was cut off."); });
  return {answer, text, took: performance.now() - begun};
}
