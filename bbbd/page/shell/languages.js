// The languages of the page, and the one that is chosen.

export const LANGUAGES = ["en", "de", "fr", "es", "pt-BR", "ar"];

export const short = (tag) => String(tag || "").toLowerCase().split(/[-_]/)[0];

/** The first of the wanted languages ("de-AT", "pt_BR") that the page has, else English. */
export function choose(...tags) {
  for (const tag of tags) {
    const found = LANGUAGES.find((language) => short(language) === short(tag));
    if (found) return found;
  }
  return "en";
}
