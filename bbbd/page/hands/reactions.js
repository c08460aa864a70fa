// The six reactions: the menu to choose one, and the emoji floating over the stage.

import {menu} from "../shell/dialog.js";
import {$, el} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

const LASTS = 6000; // milliseconds beside a name
const FLOATS = 5000;
const MOST = 5; // at a time, side by side

/** Emoji -> its icon and its word. */
export const REACTIONS = {
  "👍": ["r-thumb", "react.thumb"], "👏": ["r-clap", "react.clap"], "😂": ["r-laugh", "react.laugh"],
  "😮": ["r-wow", "react.wow"], "❤️": ["r-heart", "react.heart"], "🎉": ["r-party", "react.party"],
};

let next = 0;

/** @param {Person} person */
export const reactionOf = ({reaction}, now) => (reaction && now - reaction.at < LASTS ? reaction : null);

export function reactionIcon(emoji) {
  const [name, words] = REACTIONS[emoji] || [];
  return name ? el("span", {class: "reaction", title: t(words)}, icon(name, "emoji"), el("span", {class: "aside"}, t(words))) : null;
}

export function openReactions(opener) {
  menu(opener, t("tool.react"), Object.entries(REACTIONS).map(([emoji, [picture, words]]) => ({
    emoji: picture, label: t(words), act: async () => agreed(await ask({t: "react", emoji})),
  })), "reacting");
}

/** Shows one over the stage for a moment; the row in the list of people also shows it. */
export function float(emoji, name) {
  const box = $("reactions");
  if (box.childElementCount >= MOST || document.hidden) return;
  const node = el("span", {class: "floating"}, icon(REACTIONS[emoji][0], "emoji"), el("bdi", {class: "floating-name"}, name));
  node.style.setProperty("--x", `${5 + (75 / MOST) * next}%`);
  next = (next + 1) % MOST;
  box.append(node);
  setTimeout(() => node.remove(), FLOATS);
}
