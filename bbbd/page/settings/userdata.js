// Applies the ``userdata-bbb_*`` parameters of a join link that this page knows.

import {setBrand} from "../shell/document_title.js";
import {choose} from "../shell/languages.js";
import {language, load} from "../shell/strings.js";
import {suggest} from "./preferences.js";

const off = (value) => value === "false";
const on = (value) => value === "true";

const PREFIX = /^(userdata-)?bbb_/;

/** Their names here, and as newer clients write them: SMART_LAYOUT, smartLayout. */
const LAYOUTS = [
  "CUSTOM_LAYOUT", "SMART_LAYOUT", "PRESENTATION_FOCUS", "VIDEO_FOCUS", "CAMERAS_ONLY", "PARTICIPANTS_CHAT_ONLY",
  "PRESENTATION_ONLY",
];

/** Layouts of newer servers that this page does not have, and the nearest that it has. */
const NEAREST = {
  PARTICIPANTS_AND_CHAT_ONLY: "PARTICIPANTS_CHAT_ONLY", MEDIA_ONLY: "PRESENTATION_ONLY",
  UNIFIED_LAYOUT: "CUSTOM_LAYOUT", PLUGINS_ONLY: "CUSTOM_LAYOUT",
};

const layoutOf = (name = "") => {
  const given = name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
  const wanted = NEAREST[given] ?? given;
  return LAYOUTS.find((layout) => layout === wanted || layout === `${wanted}_LAYOUT`);
};

let seen = "";

/** Applies them once; later snapshots repeat them. */
export async function honour({userdata: given, you, meeting}) {
  const userdata = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.replace(PREFIX, ""), value]));
  const {dataset} = document.body;
  dataset.layout ||= layoutOf(userdata.default_layout) ?? layoutOf(you.layout) ?? layoutOf(meeting.layout) ?? LAYOUTS[0];
  if (seen === JSON.stringify(userdata)) return;
  seen = JSON.stringify(userdata);
  if (userdata.client_title) setBrand(userdata.client_title);
  if (on(userdata.prefer_dark_theme)) suggest("theme", "dark");
  if (off(userdata.shortcuts) || userdata.shortcuts === "[]") suggest("shortcuts", false);
  dataset.brand = off(userdata.display_branding_area) ? "off" : "on";
  dataset.head = on(userdata.hide_nav_bar) ? "off" : "on";
  dataset.bar = on(userdata.hide_actions_bar) ? "off" : "on";
  dataset.panel = off(userdata.show_participants_on_login) ? "off" : "on";
  dataset.presentation = on(userdata.hide_presentation_on_join) ? "off" : "on";
  dataset.first = off(userdata.show_public_chat_on_login) ? "people" : "chat";
  const wanted = userdata.override_default_locale && choose(userdata.override_default_locale);
  if (wanted && wanted !== language()) await load(wanted);
}
