// Quick polls: questions that the text of a slide asks. Knows no document.

const LETTERED = /^\s*\(?([A-Fa-f])\s*[.):–-]\s*(.*)$/;
const NUMBERED = /^\s*\(?(\d{1,2})\s*[.):]\s*(\S.*)$/;
const ASKS = /[?？؟]\s*$/;
const MOST = 20;

/** The last line before a place that asks; else the line right before it. */
function questionBefore(lines, at) {
  for (let place = at - 1; place >= 0; place -= 1) if (ASKS.test(lines[place])) return lines[place];
  return lines[at - 1] ?? "";
}

/** Places of lines that count up: A, B, C, or 1, 2, 3. */
function sequence(lines, pattern, valueOf) {
  const found = [];
  lines.forEach((line, at) => {
    const mark = pattern.exec(line);
    if (!mark) return;
    const value = valueOf(mark[1]);
    if (value === 0 && found.length < 2) found.length = 0;
    if (value === found.length) found.push({at, text: mark[2].trim()});
  });
  return found;
}

function lettered(lines) {
  const found = sequence(lines, LETTERED, (letter) => letter.toUpperCase().charCodeAt(0) - 65);
  return found.length >= 2 ? [{kind: `A-${found.length}`, question: questionBefore(lines, found[0].at), answers: []}] : [];
}

/** Lists of numbers are on many slides: only below a question they are its answers. */
function numbered(lines) {
  const found = sequence(lines, NUMBERED, (number) => Number(number) - 1).slice(0, MOST);
  const texts = [...new Set(found.map(({text}) => text))];
  if (texts.length < 2 || !lines.slice(0, found[0].at).some((line) => ASKS.test(line))) return [];
  return [{kind: "CUSTOM", question: questionBefore(lines, found[0].at), answers: texts}];
}

/** Answers that stand in one line, or in lines of their own: "Yes / No". */
function spelt(lines, kind, words) {
  const all = lines.flatMap((line) => line.split(/\s*[/|,;·•–-]\s*|\s+/)).map((word) => word.toLocaleLowerCase());
  const has = words.every((spellings) => spellings.some((word) => all.includes(word.toLocaleLowerCase())));
  const question = lines.find((line) => ASKS.test(line));
  return has && question ? [{kind, question, answers: []}] : [];
}

/**
 * @param {string} text
 * @param {{yes: string[], no: string[], true: string[], false: string[], abstention: string[]}} words
 * @returns {{kind: string, question: string, answers: string[]}[]}
 */
export function quickPolls(text, words) {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const letters = lettered(lines);
  const found = letters.length ? letters : numbered(lines);
  const all = spelt(lines, "YNA", [words.yes, words.no, words.abstention]);
  return [...found, ...(all.length ? all : spelt(lines, "YN", [words.yes, words.no])), ...spelt(lines, "TF", [words.true, words.false])];
}
