// What people are told where sound and cameras go from browser to browser: what that means, and what does not come through.

import {isModerator, nameOf} from "../people/model.js";
import {el} from "../shell/dom.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {missing} from "./mesh.js";
import {meshWords} from "./mesh_words.js";
import {isMesh} from "./mine.js";

const LEFT_OUT = {microphone: "mesh.leftOutSound", camera: "mesh.leftOutCamera", screen: "mesh.leftOutScreen"};

let told = new Set();

/** The note of a dialog, false where there is another engine. */
export const meshNote = () => isMesh() && el("p", {class: "aside-note mesh-note"}, meshWords(isModerator(page.state)));

/** @param {State} state */
function problems(state) {
  const found = missing.leftOut.filter((kind) => kind in LEFT_OUT).map((kind) => t(LEFT_OUT[kind]));
  for (const user of missing.apart) found.push(user ? t("mesh.apart", {name: nameOf(state, user)}) : t("mesh.apartSomebody"));
  for (const [one, other] of state.apart) {
    if (![one, other].includes(state.you.user)) found.push(t("mesh.apartOthers", {name: nameOf(state, one), other: nameOf(state, other)}));
  }
  return found;
}

/** Says each problem once, as long as it lasts. */
function settle(state) {
  const found = isMesh() ? problems(state) : [];
  const fresh = found.filter((words) => !told.has(words));
  told = new Set(found);
  if (fresh.length) toast(fresh.join(" "), "mesh");
}

export const startMeshNotices = () => watch(["media", "people"], (state) => state && settle(state));
