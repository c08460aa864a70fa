// The dialog for this browser's settings; each change takes effect at once.

import {isThere} from "../media/mine.js";
import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {touch} from "../shell/store.js";
import {choose as chooseLanguage} from "../shell/languages.js";
import {languages, load, t} from "../shell/strings.js";
import {toast} from "../shell/toast.js";
import {canNotify, switchNotices} from "./notices.js";
import {choice, choose} from "./preferences.js";

const THEMES = [["", "settings.themeDevice"], ["light", "settings.themeLight"], ["dark", "settings.themeDark"]];
const SAID = [["all", "settings.sayAll"], ["private", "settings.sayPrivate"], ["none", "settings.sayNone"]];
const SWITCHES = [
  ["shortcuts", "settings.shortcuts"], ["sounds", "settings.sounds"], ["pictures", "settings.pictures"],
];

const MEDIA_SWITCHES = [["cameras", "settings.cameras"], ["saveData", "settings.saveData"], ["pushToTalk", "settings.pushToTalk"]];
const SOUND_SWITCHES = [["echo", "settings.echo"], ["noise", "settings.noise"], ["gain", "settings.gain"]];

function list(name, label, options, change) {
  const box = el("select", {name, onchange: () => change(box.value)},
    ...options.map(([value, words]) => el("option", {value, selected: value === choice(name)}, words)));
  return el("label", {class: "field"}, el("span", {}, label), box);
}

const worded = (options) => options.map(([value, key]) => [value, t(key)]);

async function changeLanguage(value, again) {
  choose("language", value);
  await load(chooseLanguage(value, ...navigator.languages));
  touch("words");
  again();
}

const switches = (title, rows, ...more) => el("fieldset", {}, title, ...rows.map(([name, key]) => {
  const box = el("input", {type: "checkbox", checked: choice(name), onchange: () => choose(name, box.checked)});
  return el("label", {class: "check"}, box, el("span", {}, t(key)));
}), ...more);

/** The browser is asked at the click, and may refuse. */
function noticesSwitch() {
  const box = el("input", {type: "checkbox", checked: choice("notices") && Notification.permission === "granted"});
  box.onchange = async () => {
    const wanted = box.checked;
    box.checked = await switchNotices(wanted);
    if (wanted && !box.checked) toast(t("notices.denied"));
  };
  return el("label", {class: "check"}, box, el("span", {}, t("settings.notices")));
}

/** Opens the dialog; ``focused`` is the field to focus again after a change of language. */
export function openSettings(focused = "") {
  const shut = new AbortController();
  let next = null;
  const again = () => {
    next = () => openSettings("language");
    shut.abort();
  };
  const content = [
    list("language", t("settings.language"), [["", t("settings.languageBrowser")], ...languages()], (value) => changeLanguage(value, again)),
    list("theme", t("settings.theme"), worded(THEMES), (value) => choose("theme", value)),
    list("say", t("settings.say"), worded(SAID), (value) => choose("say", value)),
    switches(el("legend", {class: "aside"}, t("settings.more")), [...SWITCHES, ...(isThere() ? MEDIA_SWITCHES : [])], canNotify() && noticesSwitch()),
    isThere() && switches(el("legend", {}, t("settings.microphone")), SOUND_SWITCHES),
  ];
  const closed = dialog({title: t("settings"), content, actions: [[t("done"), "primary", ""]], signal: shut.signal});
  if (focused) content[0].querySelector("select").focus();
  closed.then(() => next?.());
}
