// Turns web addresses in messages into links; fetches and previews nothing.

import {el} from "../shell/dom.js";

const ADDRESS = /\bhttps?:\/\/[^\s<>"\u2068\u2069]+/gi;
// Characters at the end that belong to the sentence, not to the address.
const TAIL = /[.,;:!?…)\]}»”'‘’›]+$/;
const BRACKETS = ["()", "[]"];

function address(text) {
  const tail = TAIL.exec(text)?.[0] ?? "";
  let end = text.length - tail.length;
  // A closing bracket belongs to the address when its opening one does.
  const count = (letter) => text.slice(0, end).split(letter).length;
  while (BRACKETS.some((pair) => text[end] === pair[1] && count(pair[0]) > count(pair[1]))) end += 1;
  const whole = text.slice(0, end);
  return URL.canParse ? URL.canParse(whole) && whole : whole;
}

/** The text as nodes. */
export function linked(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = address(match[0]);
    if (!found) continue;
    nodes.push(text.slice(done, match.index));
    nodes.push(el("a", {href: found, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr"}, found));
    done = match.index + found.length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}
