// The dialog with which the presenter asks: what the slide asks, a kind of answers, open or secret.

import {bdi, button, el} from "../shell/dom.js";
import {dialog} from "../shell/dialog.js";
import {page} from "../shell/store.js";
import {t} from "../shell/strings.js";
import {agreed, toast} from "../shell/toast.js";
import {ask} from "../shell/wire.js";
import {quickPolls} from "./quick.js";

/** The kinds, with their words. */
const KINDS = [
  ["YN", "poll.kindYesNo"], ["YNA", "poll.kindAbstention"], ["TF", "poll.kindTrueFalse"], ["A", "poll.kindLetters"],
  ["CUSTOM", "poll.kindOwn"], ["R-", "poll.kindTyped"],
];
const LETTERS = [2, 3, 4, 5, 6];

/** The words of the page's language and of English, as slides have them. */
const spellings = () => ({
  yes: ["Yes", t("poll.yes")], no: ["No", t("poll.no")], abstention: ["Abstention", t("poll.abstention")],
  true: ["True", t("poll.true")], false: ["False", t("poll.false")],
});

const lettersOf = (count) => Array.from({length: count}, (_, at) => String.fromCharCode(65 + at)).join(" / ");

/** What a quick poll asks for, in words. */
function quickWords({kind, answers}) {
  if (kind.startsWith("A-")) return lettersOf(Number(kind.slice(2)));
  if (answers.length) return answers.join(" / ");
  return t({YN: "poll.kindYesNo", YNA: "poll.kindAbstention", TF: "poll.kindTrueFalse"}[kind]);
}

/** Quick polls of the page on the stage; none while it cannot be read. */
async function ofSlide() {
  const {stage} = page.state;
  if (!stage) return [];
  const {textOf} = await import("../slides/slide_files.js");
  return quickPolls(await textOf(stage.deck, stage.page), spellings());
}

/** @returns {Promise<boolean>} whether the server agreed */
const begin = async (facts) => agreed(await ask({t: "poll.start", ...facts}));

function makeForm(shut) {
  const {question: longest, answer, answers: most} = page.limits;
  const question = el("textarea", {rows: "2", dir: "auto", maxlength: longest, name: "question"});
  const own = el("textarea", {rows: "4", dir: "auto", name: "answers", "aria-describedby": "poll-own-hint"});
  const letters = el("select", {name: "letters"}, ...LETTERS.map((count) => el("option", {value: count, selected: count === 4}, lettersOf(count))));
  const secret = el("input", {type: "checkbox", name: "secret"});
  const multiple = el("input", {type: "checkbox", name: "multiple"});
  const kinds = KINDS.map(([value, key], at) => {
    const box = el("input", {type: "radio", name: "kind", value, checked: at === 0, onchange: () => adapt()});
    return {box, label: el("label", {class: "check"}, box, el("span", {}, t(key)))};
  });
  const kind = () => kinds.find(({box}) => box.checked).box.value;
  const forLetters = el("label", {class: "field"}, el("span", {}, t("poll.letters")), letters);
  const forOwn = el("div", {class: "field"}, el("label", {}, el("span", {}, t("poll.own")), own),
    el("p", {class: "aside-note", id: "poll-own-hint"}, t("poll.ownHint", {most})));
  const forSeveral = el("label", {class: "check"}, multiple, el("span", {}, t("poll.multiple")));
  function adapt() {
    forLetters.hidden = kind() !== "A";
    forOwn.hidden = kind() !== "CUSTOM";
    forSeveral.hidden = kind() === "R-";
  }
  function read() {
    const given = own.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const answers = kind() === "CUSTOM" ? given : [];
    const wrong = kind() === "CUSTOM" && (answers.length < 2 || answers.length > most || new Set(answers).size < answers.length || answers.some((one) => one.length > answer));
    if (wrong) {
      toast(t("poll.ownHint", {most}));
      own.focus();
      return null;
    }
    return {
      kind: kind() === "A" ? `A-${letters.value}` : kind(), question: question.value.trim(), answers,
      secret: secret.checked, multiple: multiple.checked && kind() !== "R-",
    };
  }
  adapt();
  return el("form", {class: "poll-start", onsubmit: async (event) => {
    event.preventDefault();
    const facts = read();
    if (facts && (await begin(facts))) shut.abort();
  }},
  el("label", {class: "field"}, el("span", {}, t("poll.question")), question),
  el("fieldset", {}, el("legend", {}, t("poll.kinds")), ...kinds.map(({label}) => label)), forLetters, forOwn,
  el("fieldset", {}, el("legend", {class: "aside"}, t("poll.options")), forSeveral,
    el("label", {class: "check"}, secret, el("span", {}, t("poll.secret"), " ", el("small", {}, t("poll.secretHint"))))),
  el("div", {class: "actions"}, button("quiet", t("cancel"), () => shut.abort()), el("button", {type: "submit", class: "primary"}, t("poll.start"))));
}

/** Buttons that begin a quick poll, above the form. */
function makeQuick(found, shut) {
  return el("fieldset", {class: "poll-quick"}, el("legend", {}, t("poll.quick")), ...found.map((quick) =>
    button("quiet", el("span", {}, bdi(quick.question, {dir: "auto"}), " ", el("b", {}, bdi(quickWords(quick)))), async () => {
      if (await begin(quick)) shut.abort();
    })));
}

export async function openStart() {
  const shut = new AbortController();
  const quick = el("div", {});
  const closed = dialog({title: t("poll.new"), content: [quick, makeForm(shut)], kind: "poll-dialog", signal: shut.signal});
  const found = await ofSlide().catch(() => []);
  if (found.length) quick.replaceChildren(makeQuick(found, shut));
  await closed;
}
