// Icons: copies of the shapes in icons.svg, which is a part of the page, or in a feature's own file of symbols.
//
// Not references to them: what <use> shows of another file is built after the frame that it is in, and styled and laid
// out by itself, each time.

const BASE = new URL("..", import.meta.url).href;
const SVG = "http://www.w3.org/2000/svg";
const OWN = "shell/icons.svg";

/** @type {Map<string, {symbols: NonElementParentNode | null, asked: boolean, waiting: [SVGSVGElement, string][]}>} */
const files = new Map();
const own = document.querySelector("#icons");
if (own instanceof HTMLTemplateElement) files.set(OWN, {symbols: own.content, asked: false, waiting: []});
/** Kind and name -> an icon, of which each is a copy. @type {Map<string, SVGSVGElement>} */
const made = new Map();

/** @param {string} path */
function fileOf(path) {
  if (!files.has(path)) files.set(path, {symbols: null, asked: false, waiting: []});
  const file = files.get(path);
  if (!file.symbols && !file.asked) ask(path, file);
  return file;
}

// Parsed by the browser as it arrives: a text would need a policy for trusted types.
function ask(path, file) {
  file.asked = true;
  const request = new XMLHttpRequest();
  request.open("GET", BASE + path);
  request.responseType = "document";
  request.onloadend = () => {
    file.symbols = request.responseXML;
    // A load that failed is tried again with the next icon.
    file.asked = false;
    if (file.symbols) for (const [node, name] of file.waiting.splice(0)) fill(node, file.symbols, name);
  };
  request.send();
}

/**
 * @param {SVGSVGElement} node
 * @param {NonElementParentNode} symbols
 * @param {string} name
 */
function fill(node, symbols, name) {
  const symbol = symbols.getElementById(name);
  node.setAttribute("viewBox", symbol.getAttribute("viewBox"));
  node.append(...Array.from(symbol.children, (shape) => document.importNode(shape, true)));
}

/** An icon of icons.svg, or of a feature's own file: "slides/slides.svg#text". */
export function icon(name, kind = "icon") {
  const key = `${kind} ${name}`;
  if (made.has(key)) return /** @type {SVGSVGElement} */ (made.get(key).cloneNode(true));
  const [path, id] = name.includes("#") ? name.split("#") : [OWN, name];
  const node = document.createElementNS(SVG, "svg");
  for (const [fact, value] of Object.entries({class: kind, "data-icon": id, "aria-hidden": "true", focusable: "false"})) node.setAttribute(fact, value);
  const file = fileOf(path);
  if (!file.symbols) {
    file.waiting.push([node, id]);
    return node;
  }
  fill(node, file.symbols, id);
  made.set(key, node);
  return icon(name, kind);
}
