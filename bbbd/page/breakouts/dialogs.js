// The dialogs in which moderators open breakout rooms, and care for those that are open. Loaded when first wanted.

import {page} from "../shell/store.js";
import {el} from "../shell/dom.js";
import {manageRooms} from "./manage_rooms.js";
import {planRooms} from "./plan_rooms.js";

let style = null;

function loadStyle() {
  style ??= new Promise((resolve) => {
    const href = new URL("breakouts.css", import.meta.url);
    document.head.append(el("link", {rel: "stylesheet", href, onload: resolve, onerror: resolve}));
  });
  return style;
}

export async function openRooms() {
  await loadStyle();
  const {breakouts} = page.state;
  if (breakouts?.open || breakouts?.rooms.length) await manageRooms();
  else await planRooms();
}
