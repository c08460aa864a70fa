"""The pages' words: a flat file of ``languages/`` for each language, and the language that a browser asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bbbd.http.accept import qualities

#: The language of a text that another language lacks.
ENGLISH = "en"
#: Languages that are written from right to left.
RIGHT_TO_LEFT = frozenset(("ar",))


class Translations:
    """The text for each language and key."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = {language: {**texts[ENGLISH], **own} for language, own in texts.items()}
        self.languages = sorted(texts)

    def text(self, key: str, language: str) -> str:
        """Return a text."""
        return self._texts[language][key]

    def all_of(self, language: str) -> Mapping[str, str]:
        """Return all texts of a language, by key."""
        return self._texts[language]

    def files(self) -> dict[str, bytes]:
        """Return the file that the page loads for each language."""
        return {
            f"strings.{language}.json": json.dumps(texts, ensure_ascii=False).encode()
            for language, texts in self._texts.items()
        }

    def choose(self, accepted: str) -> str:
        """Return the first language of an ``Accept-Language`` that exists here, else English."""
        known = {language.lower(): language for language in self.languages}
        known |= {language.lower().partition("-")[0]: language for language in self.languages}
        ranked: list[tuple[float, int, str]] = []
        for place, (tag, quality) in enumerate(qualities(accepted).items()):
            language = known.get(tag) or known.get(tag.partition("-")[0])
            if language and quality > 0:
                ranked.append((-quality, place, language))
        return min(ranked)[2] if ranked else ENGLISH


def direction(language: str) -> str:
    """Return the value of ``dir`` for a page in a language."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
