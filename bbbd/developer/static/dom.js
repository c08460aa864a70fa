// Elements: lookup, creation, content.

export const $ = (id) => document.getElementById(id);

let numbers = 0;
export function made(name, properties = {}, ...children) {
  const {attributes = {}, data = {}, ...rest} = properties;
  const element = Object.assign(document.createElement(name), rest);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}
export function labelled(text, input, className = "field") {
  input.id ||= `i${++numbers}`;
  return made("div", {className}, made("label", {htmlFor: input.id, textContent: text}), input);
}
export const pill = (text, className = "") => made("span", {className: `pill ${className}`, textContent: text});
export const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
export const several = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

// Updates the children of an element by key: known children are kept, and with them focus and open details.
export function keyed(parent, items, key, make, first = 0) {
  const there = new Map([...parent.children].slice(first).map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const name = String(key(item));
    const child = there.get(name) || make(item);
    child.dataset.key = name;
    there.delete(name);
    child.fill(item);
    if (parent.children[first + place] !== child) parent.insertBefore(child, parent.children[first + place] || null);
  });
  for (const child of there.values()) child.remove();
}
