// Texts of recordings. They come from strangers: each expression here takes time in proportion to its text.

const ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&amp;": "&"};
// What at the end of an address belongs to the sentence.
const TAIL = new Set(".,;:!?…»”'‘’›)]}");
const CLOSING = new Map([[")", "("], ["]", "["], ["}", "{"]]);

/** A chat message as plain text. It may have links and line ends in HTML, and entities; other HTML was typed so. */
export const plainText = (html) => html.replace(/<br\s*\/?>/gi, "\n").replace(/<\/?(?:a|u)(?:\s[^<>]*)?>/gi, "")
  .replace(/&(?:lt|gt|quot|#39|apos|amp);/g, (entity) => ENTITIES[entity]);

/** The digits at the end of a name, empty if there are none. */
export function trailingDigits(name) {
  let begin = name.length;
  while (begin > 0 && name[begin - 1] >= "0" && name[begin - 1] <= "9") begin -= 1;
  return name.slice(begin);
}

/** Tags whose styles and handlers are data: the page's policy lets no document apply them, and would report each. */
export const unarmed = (text) => text.replace(/<[a-z][^<>]*>/gi,
  (tag) => tag.replace(/\s(?=(?:style|on[a-z]{1,30})\s*=)/gi, " data-"));

export const words = (text) => text.trim().split(/\s+/);

/** The presentation and the slide ("slide-1") that the address of a picture names, nothing if it names none. */
export function slideOf(href) {
  const found = /presentation\/([^/]+)\/(?:svgs\/)?slide-?(\d+)/.exec(href);
  return found ? [found[1], `slide-${found[2]}`] : [];
}

/** Whether an address leads out of the recording. */
export const leadsOut = (href) => /^[a-z]+:/i.test(href) || href.startsWith("/") || href.includes("..") || href.includes("\\");

/** Whether a value of an attribute or a style refers to another document. */
export const refers = (value) => /url\s*\(/i.test(value);

/** Whether an address may be a link: only those of the web. */
export const isWeb = (address) => /^https?:\/\//i.test(address);

/** A text in pieces, each a text or the address of a link. */
export function addresses(text) {
  const pieces = [];
  let done = 0;
  for (const {0: match, index} of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const address = match.slice(0, endOfAddress(match));
    pieces.push({text: text.slice(done, index)}, {text: address, isLink: true});
    done = index + address.length;
  }
  pieces.push({text: text.slice(done)});
  return pieces.filter((piece) => piece.text);
}

function endOfAddress(address) {
  const count = new Map();
  for (const letter of address) count.set(letter, (count.get(letter) || 0) + 1);
  let end = address.length;
  while (end > 0 && TAIL.has(address[end - 1])) {
    const letter = address[end - 1];
    const opening = CLOSING.get(letter);
    // A closing bracket belongs to the address when its opening one does.
    if (opening && (count.get(opening) || 0) >= count.get(letter)) break;
    count.set(letter, count.get(letter) - 1);
    end -= 1;
  }
  return end;
}

/** A text as it is searched: without case and accents. ``at`` has each letter's place in the text itself. */
export function folded(text) {
  const letters = [];
  const at = [];
  let place = 0;
  for (const letter of text) {
    const plain = letter < "\x80" ? letter.toLowerCase() : letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    for (let one = 0; one < plain.length; one += 1) at.push(place);
    letters.push(plain);
    place += letter.length;
  }
  at.push(place);
  return {text: letters.join(""), at};
}
