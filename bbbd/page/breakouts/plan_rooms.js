// The dialog in which a moderator plans rooms: how many, their names, for how long, and who belongs where.

import {isModerator, nameOf} from "../people/model.js";
import {dialog} from "../shell/dialog.js";
import {bdi, button, el} from "../shell/dom.js";
import {page} from "../shell/store.js";
import {plural, t} from "../shell/strings.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {keptChats} from "./kept_chats.js";
import {spread} from "./model.js";

const [LEAST, USUAL, MINUTES] = [1, 2, 15];

/**
 * The plan as it was last, so that a refusal or a slip costs nothing.
 * @type {{names: string[], groups: string[], where: Map<string, number>, minutes: string, free: boolean, keep: boolean, epoch: string} | null}
 */
let plan = null;

function fresh() {
  const {groups = []} = page.state.breakouts ?? {};
  plan = {names: [], groups: [], where: new Map(), minutes: String(MINUTES), free: false, keep: false, epoch: page.state.epoch};
  if (groups.length) asGroups(groups);
  else resize(USUAL);
}

/** Sets the number of rooms; those that go have nobody any more. */
function resize(count) {
  const wanted = Math.max(LEAST, Math.min(page.limits.rooms ?? 16, count));
  while (plan.names.length < wanted) plan.names.push(t("rooms.default", {number: plan.names.length + 1}));
  plan.names.length = wanted;
  plan.groups.length = wanted;
  for (const [user, room] of plan.where) if (room >= wanted) plan.where.delete(user);
}

/** @param {Group[]} groups */
function asGroups(groups) {
  plan.names = groups.map(({name}, at) => name || t("rooms.default", {number: at + 1}));
  plan.groups = groups.map(({id}) => id);
  plan.where = new Map(groups.flatMap(({users}, at) => users.map((user) => [user, at])));
}

const everybody = () => [...page.state.people.values()].sort((a, b) => a.name.localeCompare(b.name));

const viewers = () => [...page.state.people.values()].filter(({role}) => role === "VIEWER").map(({user}) => user);

function field(label, control) {
  return el("label", {class: "field"}, el("span", {}, label), control);
}

function drawNames(box) {
  box.replaceChildren(el("legend", {}, t("rooms.names")), ...plan.names.map((name, at) => {
    const input = el("input", {
      type: "text", dir: "auto", autocomplete: "off", maxlength: page.limits.roomName ?? 64, "aria-label": t("rooms.name", {number: at + 1}),
    });
    input.value = name;
    input.oninput = () => (plan.names[at] = input.value);
    const others = (page.state.breakouts?.groups ?? []).find(({id}) => id === plan.groups[at])?.others ?? 0;
    return el("div", {class: "room-name"}, input, others > 0 && el("small", {}, plural("rooms.others", others)));
  }));
}

function drawPeople(box) {
  const people = everybody();
  const rows = people.map(({user, role}) => {
    const select = el("select", {"aria-label": t("rooms.roomOf", {name: nameOf(page.state, user)})},
      el("option", {value: ""}, t("rooms.none")), ...plan.names.map((name, at) => el("option", {value: String(at)}, name)));
    select.value = String(plan.where.get(user) ?? "");
    select.onchange = () => (select.value ? plan.where.set(user, Number(select.value)) : plan.where.delete(user));
    return el("li", {}, el("span", {class: "knock-who"}, bdi(nameOf(page.state, user)), role === "MODERATOR" && el("small", {}, t("role.moderator"))), select);
  });
  box.replaceChildren(...rows);
}

function form() {
  const [names, people] = [el("fieldset", {class: "room-names"}), el("ul", {class: "room-people", role: "list"})];
  const draw = () => {
    drawNames(names);
    drawPeople(people);
    number.value = String(plan.names.length);
  };
  const number = el("input", {type: "number", min: LEAST, max: page.limits.rooms ?? 16, inputmode: "numeric"});
  number.onchange = () => {
    resize(Number(number.value) || USUAL);
    draw();
  };
  // Names are chosen by in the lists below: they follow once a name is whole.
  names.onchange = () => drawPeople(people);
  const minutes = el("input", {type: "number", min: 1, max: 1440, inputmode: "numeric"});
  minutes.value = plan.minutes;
  minutes.oninput = () => (plan.minutes = minutes.value);
  const check = (key, name) => {
    const box = el("input", {type: "checkbox", checked: plan[name]});
    box.onchange = () => (plan[name] = box.checked);
    return el("label", {class: "check"}, box, el("span", {}, t(key)));
  };
  const put = (where) => {
    plan.where = where;
    drawPeople(people);
  };
  const groups = page.state.breakouts?.groups ?? [];
  const ways = el("div", {class: "knock-all"},
    button("quiet small", t("rooms.chance"), () => put(spread(viewers(), plan.names.length))),
    groups.length > 0 && button("quiet small", t("rooms.groups"), () => {
      asGroups(groups);
      draw();
    }),
    button("quiet small", t("rooms.clear"), () => put(new Map())));
  draw();
  return [
    el("div", {class: "room-numbers"}, field(t("rooms.number"), number), field(t("rooms.minutes"), minutes)),
    names,
    el("section", {class: "room-assign"}, el("h3", {}, t("rooms.assign")), ways, people),
    el("div", {}, check("rooms.free", "free"), check("rooms.keep", "keep")),
  ];
}

/** @returns {ClientMessage} */
function message() {
  const users = (at) => [...plan.where].filter(([user, room]) => room === at && page.state.people.has(user)).map(([user]) => user);
  const minutes = Math.max(0, Math.min(1440, Math.floor(Number(plan.minutes)) || 0));
  return {
    t: "breakout.open", minutes, freeJoin: plan.free, keepChat: plan.keep,
    rooms: plan.names.map((name, at) => ({
      name: name.trim() || t("rooms.default", {number: at + 1}), users: users(at), ...(plan.groups[at] && {group: plan.groups[at]}),
    })),
  };
}

export async function planRooms() {
  if (plan?.epoch !== page.state.epoch) fresh();
  const answer = await dialog({
    title: t("rooms.opening"), lead: t("rooms.lead"), kind: "rooms-dialog", content: [...form(), keptChats(page.state)],
    actions: [[t("cancel"), "quiet", ""], [t("rooms.open"), "primary", "open"]],
  });
  if (answer === "open" && isModerator(page.state) && agreed(await ask(message()))) plan = null;
}
