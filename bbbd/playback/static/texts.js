// Texts of recordings. They come from strangers: each expression here takes time in proportion to its text.

const ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&amp;": "&"};

// Returns a chat message as plain text. It may have links and line ends in HTML, and entities; anything else that looks
// like HTML was typed so.
export const plainText = (html) => html.replace(/<br\s*\/?>/gi, "\n").replace(/<\/?(?:a|u)(?:\s[^<>]*)?>/gi, "")
  .replace(/&(?:lt|gt|quot|#39|apos|amp);/g, (entity) => ENTITIES[entity]);

// Returns the digits at the end of a name, empty if there are none.
export function trailingDigits(name) {
  let begin = name.length;
  while (begin > 0 && name[begin - 1] >= "0" && name[begin - 1] <= "9") begin -= 1;
  return name.slice(begin);
}

// Returns XML whose style attributes are data: the page's policy lets no document apply them.
export const unstyled = (text) => text.replace(/\sstyle\s*=/gi, " data-style=");

export const words = (text) => text.trim().split(/\s+/);

// Returns the presentation and the slide that the address of a picture names, nothing if it names none.
export const slideOf = (href) => (/presentation\/([^/]+)\/(slide-\d+)/.exec(href) || []).slice(1);

// Returns whether an address leads out of the recording.
export const leadsOut = (href) => /^[a-z]+:/i.test(href) || href.includes("..");

// Returns whether a value of an attribute or a style refers to another document.
export const refers = (value) => /url\s*\(/i.test(value);
