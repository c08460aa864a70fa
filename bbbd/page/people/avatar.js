// A person's picture, or their initials on one of twelve colours: the first twelve people have different ones.

import {choice} from "../settings/preferences.js";
import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {placeOf} from "./model.js";

const GROUNDS = 12;
const broken = new Set();

/** Whether a picture may be loaded: by http only into a page that is itself by http. */
export const isLoadable = (address) => Boolean(address) && (location.protocol === "http:" || !/^http:/i.test(address));

// Most names are found by the first; the second, of all scripts, takes long to be made ready.
const isLetter = (text) => /[a-z0-9]/i.test(text) || /[\p{L}\p{N}]/u.test(text);

function initials(name) {
  const words = name.split(/\s+/).filter(isLetter);
  const named = words.filter((word) => !word.endsWith("."));
  const chosen = named.length ? named : words;
  const first = (word) => Array.from(word).find(isLetter) || "";
  const letters = chosen.length > 1 ? first(chosen[0]) + first(chosen[chosen.length - 1]) : first(chosen[0] || "?");
  return letters.toLocaleUpperCase() || "?";
}

/** @param {string} user */
const ground = (user) => placeOf(page.state, user) % GROUNDS;

/** @param {{user: string, name: string, avatar?: string}} person */
export function avatar({user, name, avatar: address}, kind = "") {
  const node = el("span", {class: `avatar ground-${ground(user)} ${kind}`, "aria-hidden": "true"}, initials(name));
  if (isLoadable(address) && choice("pictures") && !broken.has(address)) {
    const picture = el("img", {alt: "", referrerpolicy: "no-referrer", loading: "lazy", decoding: "async"});
    picture.onload = () => node.classList.add("pictured");
    picture.onerror = () => {
      broken.add(address);
      picture.remove();
    };
    picture.src = address;
    node.append(picture);
  }
  return node;
}
