// The six reactions: to choose from, and as they go by.

import {REACTIONS} from "../people/person.js";
import {menu} from "../shell/dialog.js";
import {$, el, icon} from "../shell/dom.js";
import {t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

const SHOWN = 5000;
const MOST = 5; // at a time, side by side

let next = 0;

export function openReactions(opener) {
  menu(opener, t("tool.react"), Object.entries(REACTIONS).map(([emoji, [picture, words]]) => ({
    emoji: picture, label: t(words), act: async () => agreed(await ask({t: "react", emoji})),
  })), "reacting");
}

/** Shows one over the stage for a moment; the row in the list of people has it as well. */
export function float(emoji, name) {
  const box = $("reactions");
  if (box.childElementCount >= MOST || document.hidden) return;
  const node = el("span", {class: "floating"}, icon(REACTIONS[emoji][0], "emoji"), el("bdi", {class: "floating-name"}, name));
  node.style.setProperty("--x", `${5 + (75 / MOST) * next}%`);
  next = (next + 1) % MOST;
  box.append(node);
  setTimeout(() => node.remove(), SHOWN);
}
