// Formatting of answers: indented XML and JSON, with links.

import {made, pill} from "./dom.js";

// Returns XML with one line for each element; null if it is malformed. It is parsed here and never by the browser,
// which would create elements and apply their styles.
const TOKEN = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!\w[^>]*>|<(\/?)([^\s<>/!?&]+)((?:\s+[^\s=<>/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/gy;
function setOut(text) {
  const found = [...text.matchAll(TOKEN)];
  if (found.reduce((sum, [whole]) => sum + whole.length, 0) !== text.length) return null;
  const [lines, open] = [[], []];
  const inside = () => "  ".repeat(Math.min(open.length, 20));
  const isText = (one) => one && one[0][0] !== "<";
  const ends = (one, name) => one && one[1] === "/" && one[2] === name;
  for (let place = 0; place < found.length; place++) {
    const [whole, slash, name, , alone] = found[place];
    if (isText(found[place])) {
      if (/&(?!#?\w+;)/.test(whole)) return null;
      if (whole.trim()) lines.push(inside() + whole.trim());
    } else if (slash) {
      if (open.pop() !== name) return null;
      lines.push(inside() + whole);
    } else {
      const texts = isText(found[place + 1]) ? 1 : 0;
      const leaf = name && !alone && ends(found[place + texts + 1], name) && !/&(?!#?\w+;)/.test(texts ? found[place + 1][0] : "");
      const more = leaf ? found.slice(place + 1, place + texts + 2).map(([one]) => one).join("") : "";
      lines.push(inside() + whole + more);
      if (leaf) place += texts + 1; else if (name && !alone) open.push(name);
    }
  }
  return open.length ? null : lines.join("\n");
}
function laidOut(text) {
  try { return {text: JSON.stringify(JSON.parse(text), null, 2), kind: "JSON"}; } catch { /* no JSON */ }
  if (!text.startsWith("<")) return {text, kind: ""};
  const xml = setOut(text);
  return xml === null ? {text, kind: "", wrong: "not well-formed XML"} : {text: xml, kind: "XML"};
}

const LINK = /https?:\/\/(?:(?!&(?:lt|gt|quot);)[^\s<>"'\\])+/g;
export function write(place, text) {
  const {text: whole, kind, wrong} = laidOut(text);
  const shown = whole.length > 200_000 ? `${whole.slice(0, 200_000)}\n… and ${whole.length - 200_000} characters more` : whole;
  const pieces = [];
  let from = 0;
  for (const {0: found, index} of shown.matchAll(LINK)) {
    const link = found.replace(/[).,\]]+$/, "");
    const href = kind === "XML" ? link.replaceAll("&amp;", "&") : link;
    pieces.push(shown.slice(from, index), made("a", {href, textContent: link, target: "_blank", rel: "noopener noreferrer"}));
    from = index + link.length;
  }
  place.replaceChildren(...pieces, shown.slice(from));
  return wrong;
}
export function outcome(text) {
  const find = (name) => (new RegExp(`<${name}>([^<]*)<|"${name}": ?"([^"]*)"`).exec(text) || []).slice(1).find(Boolean) || "";
  return {code: find("returncode"), key: find("messageKey")};
}
export const outcomePill = ({code, key}) => pill(code === "SUCCESS" || !key ? code : key, code === "SUCCESS" ? "soft" : "bad");
