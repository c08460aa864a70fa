// One person's tile: picture or initials, name, signs, raised hand, reaction, and the button of their menu.

import {reactionIcon, reactionOf} from "../hands/reactions.js";
import {healthOf, isTalking} from "../media/model.js";
import {isMesh, isThere} from "../media/mine.js";
import {isPinned, pictureOf} from "../media/pictures.js";
import {unsent} from "../recording/unsent.js";
import {choice} from "../settings/preferences.js";
import {el, iconButton, redraw, set} from "../shell/dom.js";
import {icon} from "../shell/icons.js";
import {page} from "../shell/store.js";
import {language, t} from "../shell/strings.js";
import {serverNow} from "../shell/time.js";
import {avatar} from "./avatar.js";
import {nameOf, numberOf} from "./model.js";
import {nameNode, signs} from "./person.js";
import {hasMenu, openMenu} from "./person_menu.js";

/** @param {string} user */
export function makeTile(user) {
  const [face, plate, badges] = [el("span", {class: "part"}), el("span", {class: "plate"}), el("span", {class: "part"})];
  const more = iconButton("more", "", () => openMenu(more, page.state.people.get(user)), "icon-button tile-menu");
  const node = el("li", {class: "tile", "data-user": user}, face, plate, badges);
  return {node, face, plate, badges, more, picture: null};
}

/** Whether something of oneself is really kept: where pages record, the server has just taken it. @param {State} state */
const isKept = (state) => state.kept.length > 0 && (!isMesh() || unsent.isKept);

/**
 * @param {Person} person
 * @param {State} state
 */
export function drawTile(tile, person, state) {
  const {node, face, plate, badges, more} = tile;
  const {user, name} = person;
  const reaction = reactionOf(person, serverNow());
  const [talking, pinned, kept] = [isTalking(state, user), isPinned(user), user === state.you.user && isKept(state)];
  node.classList.toggle("talking", talking);
  node.classList.toggle("presenting", state.presenter === user);
  node.classList.toggle("away", Boolean(person.away));
  redraw(face, [name, person.avatar, choice("pictures")], () => [avatar(person, "big")]);
  const sound = [talking, healthOf(state, user), person.microphone, person.cameras, person.screen];
  redraw(plate, [name, numberOf(state, user), language(), pinned, ...sound], () => [
    ...signs(person, state), pinned && icon("media/media.svg#pin"), nameNode(person, state),
  ]);
  redraw(badges, [Boolean(person.hand), reaction, kept, language()], () => [
    Boolean(person.hand) && el("span", {class: "flag"}, icon("hand"), el("span", {class: "aside"}, t("people.hand"))),
    reaction && reactionIcon(reaction.emoji),
    kept && el("span", {class: "kept", title: t("people.kept")}, el("span", {class: "aside"}, t("people.kept"))),
  ]);
  drawPicture(tile, pictureOf(user));
  if (!isThere() || !hasMenu(state, person)) {
    more.remove();
    return;
  }
  set(more, {"aria-label": user === state.you.user ? t("people.menuYou") : t("people.menu", {name: nameOf(state, user)})});
  if (!more.isConnected) node.append(more);
}

function drawPicture(tile, picture) {
  const {node} = tile;
  if (tile.picture === picture && (!picture || picture.parentNode === node)) return;
  tile.picture = picture;
  for (const video of node.querySelectorAll("video")) if (video !== picture) video.remove();
  if (!picture || picture.parentNode === node) return;
  node.prepend(picture);
  picture.play().catch(() => {});
}
