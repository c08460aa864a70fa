// The presentation's place on the stage: whether there is one, and whether this person collapsed it.

import {has} from "../shell/features.js";
import {touch} from "../shell/store.js";

/** Layouts without a presentation. */
const WITHOUT = new Set(["CAMERAS_ONLY", "PARTICIPANTS_CHAT_ONLY"]);

const {dataset} = document.body;

/** @param {State} state */
export const onStage = (state) => has(state, "presentation") && Boolean(state.stage) && !WITHOUT.has(dataset.layout);

export const isCollapsed = () => dataset.presentation === "off";

export function collapse(away) {
  dataset.presentation = away ? "off" : "on";
  touch("stage");
}
