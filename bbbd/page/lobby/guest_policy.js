// The dialog for the guest policy, and for the message that waiting guests read.

import {dialog} from "../shell/dialog.js";
import {el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

const POLICIES = [
  ["ALWAYS_ACCEPT", "policy.accept"], ["ASK_MODERATOR", "policy.ask"], ["ALWAYS_ACCEPT_AUTH", "policy.auth"],
  ["ALWAYS_DENY", "policy.deny"],
];

export async function openGuestPolicy() {
  const {policy, lobbyMessage = ""} = page.state;
  const choices = POLICIES.map(([value, key]) => {
    const box = el("input", {type: "radio", name: "policy", value, checked: value === policy});
    return el("label", {class: "check"}, box, el("span", {}, t(key)));
  });
  const fields = el("fieldset", {}, el("legend", {}, t("policy.title")), ...choices);
  const text = el("textarea", {rows: "3", maxlength: page.limits.notice, dir: "auto"});
  text.value = lobbyMessage;
  const answer = await dialog({
    title: t("guests"), lead: t("guests.lead"),
    content: [fields, el("label", {class: "field"}, el("span", {}, t("guests.message")), text)],
    actions: [[t("cancel"), "quiet", ""], [t("guests.save"), "primary", "save"]],
  });
  if (answer !== "save") return;
  const chosen = /** @type {HTMLInputElement | null} */ (fields.querySelector("input:checked"))?.value;
  if (chosen && chosen !== policy && !agreed(await ask({t: "guest.policy", policy: /** @type {Policy} */ (chosen)}))) return;
  if (text.value.trim() !== lobbyMessage) agreed(await ask({t: "guest.message", text: text.value.trim()}));
}
