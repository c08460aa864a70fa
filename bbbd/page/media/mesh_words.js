// The words for sound and cameras from browser to browser: what it means, and why something cannot be.

import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {isMesh, keeps, mine} from "./mine.js";

/** What it means for the people in a meeting; moderators learn what it cannot. */
export function meshWords(moderator) {
  const {copies, relayOnly} = page.media;
  const words = relayOnly ? [] : [t("mesh.addresses")];
  if (moderator) words.push(t("mesh.limits", {sound: copies.microphone + 1, cameras: copies.camera + 1}), t("mesh.courtesy"));
  if (moderator && page.state.meeting.record) words.push(t(keeps() === "off" ? "mesh.notRecorded" : "mesh.recorded"));
  return words.join(" ");
}

const FULL = {microphone: "mesh.soundFull", camera: "mesh.cameraFull", screen: "mesh.screenFull"};

/** @param {TrackKind} kind */
export const meshFull = (kind) => t(FULL[kind] ?? "no.full", {count: (page.media.copies[kind] ?? 0) + 1});

/**
 * Why a camera cannot be started, "" if it may be.
 * @param {State} state
 */
export function whyNoMeshCamera(state) {
  if (!isMesh() || mine.camera || state.locks.webcamsOnlyForModerator) return "";
  return state.people.size > page.media.copies.camera + 1 ? meshFull("camera") : "";
}
