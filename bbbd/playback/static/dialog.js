// Dialogs on the browser's own <dialog>, which takes the focus and gives it back.

import {button, el, iconButton} from "../../page/shell/dom.js";
import {t} from "../../page/shell/strings.js";

let count = 0;

/** Opens a dialog; returns it. ``content`` and ``actions`` are elements. */
export function openDialog(title, content, actions = []) {
  count += 1;
  const heading = el("h2", {id: `dialog-${count}`}, title);
  const box = el("dialog", {class: "dialog", "aria-labelledby": heading.id},
    el("div", {class: "dialog-head"}, heading, iconButton("close", t("close"), () => box.close())), ...content,
    el("div", {class: "actions"}, ...actions, button("quiet", t("close"), () => box.close())));
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => {
    if (event.target !== box) return;
    const {left, right, top, bottom} = box.getBoundingClientRect();
    if (event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom) box.close();
  });
  document.body.append(box);
  box.showModal();
  return box;
}
