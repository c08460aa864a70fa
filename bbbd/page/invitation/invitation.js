// Invitations to copy: a link for guests, one for further moderators, and what happens to those who follow them.

import {openGuestPolicy} from "../lobby/guest_policy.js";
import {isModerator} from "../people/model.js";
import {dialog} from "../shell/dialog.js";
import {button, el, write} from "../shell/dom.js";
import {has} from "../shell/features.js";
import {page, watch} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {refusal, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

/** What the guest policy does to those who follow the guests' link. */
const RULES = {
  ALWAYS_ACCEPT: "invite.ruleAccept", ASK_MODERATOR: "invite.ruleAsk", ALWAYS_ACCEPT_AUTH: "invite.ruleAsk", ALWAYS_DENY: "invite.ruleDeny",
};

let rule = null; // of the open dialog

/** @param {State} state */
export const mayInvite = (state) => isModerator(state) && has(state, "invitations") && !state.meeting.breakout;

/** Browsers give the clipboard only to pages of https; elsewhere the text is selected, to be copied by hand. */
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    toast(t("invite.copied"));
  } catch {
    field.focus();
    toast(t("invite.copyByHand"));
  }
}

/** A link in its field; it is signed when the dialog opens. */
async function link(role, label, note) {
  const answer = await ask({t: "invite", role});
  if (answer.t === "no") {
    toast(refusal(answer.key));
    return null;
  }
  const field = el("input", {type: "url", readonly: true, value: answer.url, dir: "ltr", onfocus: () => field.select()});
  return el("div", {class: "invitation"}, el("label", {class: "field"}, el("span", {}, label), field),
    el("button", {type: "button", class: "primary", "aria-label": `${t("invite.copy")}: ${label}`, onclick: () => copy(field)}, t("invite.copy")), note);
}

/** @param {State} state */
const drawRule = (state) => rule && write(rule, t(RULES[state.policy]));

export async function openInvitation() {
  rule = el("p", {class: "aside-note"});
  drawRule(page.state);
  const shut = new AbortController();
  let next = () => {};
  const change = button("link", t("invite.change"), () => {
    next = openGuestPolicy;
    shut.abort();
  });
  const guests = await link("VIEWER", t("invite.guests"), el("div", {}, rule, change));
  const moderators = guests && (await link("MODERATOR", t("invite.moderators"), el("p", {class: "aside-note"}, t("invite.moderatorsNote"))));
  if (!guests || !moderators) return;
  await dialog({title: t("invite"), lead: t("invite.lead"), content: [guests, moderators], actions: [[t("done"), "quiet", ""]], signal: shut.signal});
  rule = null;
  next();
}

export const watchInvitation = () => watch(["lobby", "meeting", "you"], (state) => state && drawRule(state));
