// What a browser says when it gives no microphone, camera or screen, in words that help.

import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {meshFull, whyNoMeshCamera} from "./mesh_words.js";
import {isMesh} from "./mine.js";

const WORDS = {
  NotAllowedError: "call.denied", NotFoundError: "call.none", OverconstrainedError: "call.none", NotReadableError: "call.inUse",
  AbortError: "call.inUse",
};

const POLICIES = {microphone: "microphone", camera: "camera", screen: "display-capture"};

/** Whether the page that holds this one in a frame does not pass the right on. */
function isFramedWithout(kind) {
  const policy = document.featurePolicy;
  return self !== top && Boolean(policy) && !policy.allowsFeature(POLICIES[kind]);
}

/**
 * @param {{name?: string}} fault
 * @param {TrackKind} kind
 */
export function explain(fault, kind) {
  const what = t({camera: "call.theCamera", screen: "call.theScreen"}[kind] ?? "call.theMicrophone");
  if (!isSecureContext || !navigator.mediaDevices) return t("call.noHttps");
  if (isFramedWithout(kind)) return t("call.framed", {what});
  return t(WORDS[fault.name] ?? "call.failed", {what});
}

/** Of a refusal of the server. */
export function refusedWords(answer, kind) {
  if (answer.key === "locked") return t(kind === "camera" ? "why.cam" : "why.mic");
  if (answer.key === "full" && isMesh() && (kind !== "camera" || whyNoMeshCamera(page.state))) return meshFull(kind);
  if (answer.key === "full") return t("call.cameraFull");
  if (answer.key === "notAllowed" && kind === "screen") return t("call.presenterOnly");
  return answer.key === "unavailable" || answer.key === "lost" ? t("call.away") : t("no.unknown");
}
