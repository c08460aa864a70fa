"""The pages' words in their languages: cut into a file for each, and the one that a browser asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping

#: What a text is in that its own language lacks.
ENGLISH = "en"
#: Languages of a request that are looked at; browsers send a handful.
_LOOKED_AT = 20


class Translations:
    """A text for each key and language, as the features' ``strings.json`` have them."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts
        self.languages = sorted({language for one in texts.values() for language in one})

    @classmethod
    def joined(cls, catalogs: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Translations:
        """Return the texts of several files as one; a key belongs to one file only."""
        owners: dict[str, str] = {}
        texts: dict[str, Mapping[str, str]] = {}
        for name, catalog in catalogs.items():
            for key, text in catalog.items():
                if key in owners:
                    raise ValueError(f"{key} is in {owners[key]} and in {name}")
                owners[key] = name
                texts[key] = text
        return cls(texts)

    def text(self, key: str, language: str) -> str:
        """Return a text."""
        one = self._texts[key]
        return one.get(language, one[ENGLISH])

    def cut(self) -> dict[str, bytes]:
        """Return a file for each language."""
        return {
            f"strings.{language}.json": json.dumps(
                {key: self.text(key, language) for key in self._texts}, ensure_ascii=False
            ).encode()
            for language in self.languages
        }

    def wanted(self, accepted: str) -> str:
        """Return the language that an ``Accept-Language`` asks for first, of those that there are."""
        ranked: list[tuple[float, int, str]] = []
        for place, one in enumerate(accepted.split(",")[:_LOOKED_AT]):
            tag, _, quality = one.partition(";q=")
            language = tag.strip().lower().partition("-")[0]
            if language in self.languages and (rank := _quality(quality)) > 0:
                ranked.append((-rank, place, language))
        return min(ranked)[2] if ranked else ENGLISH


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0
