// Live meetings.

import {callFor} from "./calling.js";
import {$, keyed, labelled, made, pill, put, several} from "./dom.js";
import {dateOf, spanOf, timeOf} from "./spans.js";
import {amount, ask, onClick, onSubmit} from "./surface.js";

const MOST = 200;
const MICROPHONES = {on: "mic on", muted: "muted", listen: "listening"};
let actions = [];

/** Sets the actions of people. */
export function beginMeetings(declared) {
  actions = declared;
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] || "").join("").toUpperCase();
}
function personRow() {
  const [mark, name, sub, signs] = [made("span", {className: "initials", attributes: {"aria-hidden": "true"}}),
    made("bdi", {className: "who"}), made("span", {className: "help"}), made("span", {className: "signs"})];
  const row = made("li", {className: "person"}, mark, made("span", {className: "text"}, name, made("span", {className: "facts"}, sub, signs)));
  row.fill = (person) => {
    const told = JSON.stringify(person);
    if (row.told === told) return;
    row.told = told;
    put(mark, initials(person.name));
    mark.dataset.ground = String([...person.user].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % 6);
    put(name, person.name);
    put(sub, [person.role === "MODERATOR" ? "Moderator" : "Viewer", person.presenter && "Presenter", person.guest && "Guest"].filter(Boolean).join(" · "));
    const shown = [
      person.hand && pill("hand", "warn"),
      MICROPHONES[person.microphone] && pill(MICROPHONES[person.microphone], {on: "soft", muted: "bad"}[person.microphone]),
      person.cameras && pill(several(person.cameras, "camera")), person.screen && pill("screen"),
    ];
    signs.replaceChildren(...shown.filter(Boolean));
  };
  return row;
}

const countField = (text, value, most) => {
  const input = made("input", {type: "number", min: 0, max: most, value: String(value)});
  return [input, labelled(text, input)];
};

function meetingCard({meetingID}) {
  const [name, own, signs] = [made("bdi"), made("code"), made("span", {className: "signs"})];
  const told = made("output", {className: "told"});
  const end = made("button", {type: "button", className: "danger quiet", textContent: "End"});
  const act = (body) => ask("people/act", {meetingID, ...body});

  const [moderators, moderatorsField] = countField("Moderators", 1, 1000);
  const [viewers, viewersField] = countField("Viewers", 5, 1000);
  const [guests, guestsField] = countField("Guests", 0, 1000);
  const [seed, seedField] = countField("Seed", 0, 2 ** 53);
  const bring = made("form", {className: "counts"}, moderatorsField, viewersField, guestsField, seedField,
    made("button", {textContent: "Add people"}));

  const times = made("input", {type: "number", min: 1, max: 10_000, value: "100", className: "short"});
  const bustle = made("form", {className: "joined"}, made("button", {textContent: "Act at random"}), labelled("Actions", times, "inside"));
  bustle.querySelector("label").className = "away";
  let bustled = 0;

  const who = made("select");
  const does = made("select", {}, ...actions.map((value) => made("option", {value, textContent: value})));
  const have = made("form", {className: "row"}, labelled("Person", who, "field grow"), labelled("Action", does), made("button", {textContent: "Do it"}));

  const waiting = made("div", {className: "waiting", hidden: true});
  const knocking = made("p");
  const [admit, refuse] = ["Admit all", "Refuse all"].map((textContent) => made("button", {type: "button", textContent}));
  waiting.append(knocking, made("span", {className: "buttons"}, admit, refuse));

  const people = made("ul", {className: "list people"});
  const peopleTitle = made("summary");
  const rest = made("p", {className: "help", hidden: true});
  const card = made("article", {className: "meeting"},
    made("div", {className: "head"}, made("h3", {}, name), end), made("p", {className: "facts"}, own, signs), waiting,
    made("details", {open: true}, peopleTitle, people, rest), bring,
    made("div", {className: "row"}, bustle),
    made("details", {}, made("summary", {textContent: "Act as a person"}), have), told);

  onSubmit(bring, told, async () => {
    const body = {moderators: amount(moderators), viewers: amount(viewers), guests: amount(guests), seed: amount(seed)};
    const {users} = await ask("people", {meetingID, ...body});
    seed.value = String(body.seed + 1);
    return `${several(users.length, "person", "people")} joined.`;
  });
  onSubmit(bustle, told, async () => `${several((await act({bustle: amount(times), seed: bustled++})).done, "action")} done.`);
  onSubmit(have, told, async () => { await act({who: who.value, does: does.value}); return "Done."; });
  onClick(admit, told, async () => `${several((await act({admit: true})).answered, "guest")} admitted.`);
  onClick(refuse, told, async () => `${several((await act({admit: false})).answered, "guest")} refused.`);
  onClick(end, told, async () => {
    await callFor("end", ["meetingID", meetingID]);
    return "Ended.";
  });
  card.fill = (meeting) => {
    put(name, meeting.name || meeting.meetingID);
    put(own, meeting.meetingID);
    end.setAttribute("aria-label", `End ${meeting.name || meeting.meetingID}`);
    const state = `${meeting.running} ${meeting.recording}`;
    if (signs.dataset.state !== state) {
      signs.dataset.state = state;
      signs.replaceChildren(pill(meeting.running ? "running" : "nobody joined", meeting.running ? "soft" : ""), ...(meeting.recording ? [pill("recording", "bad")] : []));
    }
    waiting.hidden = !meeting.waiting.length;
    put(knocking, `${several(meeting.waiting.length, "guest waits", "guests wait")}: ${meeting.waiting.slice(0, 10).join(", ")}${meeting.waiting.length > 10 ? ", …" : ""}`);
    put(peopleTitle, several(meeting.people.length, "person", "people"));
    const shown = meeting.people.slice(0, MOST);
    keyed(people, shown, (person) => person.user, personRow);
    rest.hidden = meeting.people.length <= MOST;
    put(rest, `and ${meeting.people.length - MOST} more`);
    const key = shown.map((person) => person.user + person.name).join("\n");
    if (who.dataset.who !== key) {
      const chosen = who.value;
      who.dataset.who = key;
      who.replaceChildren(...shown.map((person) => made("option", {value: person.user, textContent: person.name})));
      if (shown.some((person) => person.user === chosen)) who.value = chosen;
    }
  };
  return card;
}

export function showState(state, clock) {
  const now = new Date(state.now);
  put($("time"), `${dateOf(now)} ${timeOf(now)}`);
  $("time").dateTime = now.toISOString();
  put($("moved"), clock.moved >= 1 ? `moved by ${spanOf(clock.moved)}` : "not moved");
  const people = state.meetings.reduce((sum, one) => sum + one.people.length, 0);
  const waiting = state.meetings.reduce((sum, one) => sum + one.waiting.length, 0);
  put($("summary"), state.meetings.length
    ? [several(state.meetings.length, "meeting"), several(people, "person", "people"), waiting && `${waiting} waiting`].filter(Boolean).join(", ") : "");
  for (const [name, count] of Object.entries({meetings: state.meetings.length, recordings: state.recordings, faults: state.faults, callbacks: state.callbacksDue})) {
    put($(`count-${name}`), count ? String(count) : "");
  }
  $("no-meetings").hidden = state.meetings.length > 0;
  keyed($("meetings"), state.meetings.slice(0, 50), (one) => one.internalMeetingID, meetingCard);
  $("more-meetings").hidden = state.meetings.length <= 50;
  put($("more-meetings"), `and ${state.meetings.length - 50} more`);
  put($("due"), `${several(state.callbacksDue, "callback is", "callbacks are")} due: in delivery, or waiting for a retry.`);
  const facts = {"Live meetings": state.meetings.length, Recordings: state.recordings, Hooks: state.hooks, "Callbacks due": state.callbacksDue, Faults: state.faults};
  $("facts").replaceChildren(...Object.entries(facts).map(([name, value]) => made("div", {}, made("dt", {textContent: name}), made("dd", {textContent: String(value)}))));
}
