// Loads sound, cameras and screens lazily, once the server has an engine, and passes on what is done and told.

import {styleSheet} from "../shell/dom.js";
import {page, touch, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {isThere} from "./mine.js";

let loading = null;
let call = null; // call.js, once it is there

function load() {
  loading ??= Promise.all([import("./call.js"), styleSheet("media/media.css")]).then(([loaded]) => {
    loaded.start();
    call = loaded;
    return loaded;
  });
  // A load that failed is tried again.
  loading.catch(() => (loading = null));
  return loading;
}

/** Loads it all, then does the action. */
const use = (act) => load().then(act, () => toast(t("no.lost")));

export const pressMicrophone = () => use((parts) => parts.pressMicrophone());

export const pressCamera = () => use((parts) => parts.pressCamera());

export const pressScreen = () => use((parts) => parts.pressScreen());

export const openDevices = () => use((parts) => parts.openDevices());

/** Leaves the sound, and ends camera and screen, for as long as one is elsewhere. */
export const leaveAll = () => use((parts) => parts.leaveAll());

export const leaveSound = () => use((parts) => parts.leaveSound());

/** @param {string} user */
export const showWhole = (user) => use((parts) => parts.showWhole(user));

/** Takes a message of the server about this page's links. */
export const hear = (message) => call?.hear(message);

/** Takes a change of one's own media, and who made it. */
export const noteOwnChange = (by) => call?.noteOwnChange(by);

/** @param {string} user */
export const floatCamera = (user) => use((parts) => parts.floatCamera(user));

/** The meeting is over for this page: every device is released. */
export const hangUp = () => call?.hangUp();

export function startMedia() {
  watch(["media", "meeting", "connection"], (state) => {
    document.body.dataset.media = isThere() ? "on" : "off";
    if (!state || !page.connected || !isThere() || loading) return;
    load().then(() => touch("all"), () => {});
  });
}
