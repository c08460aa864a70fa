"""The pages' words: which language somebody reads, and that the page says all of them and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bbbd.page
from bbbd.page.translations import Translations

_PAGE = Path(bbbd.page.__file__).parent
_CATALOGS: dict[str, dict[str, dict[str, str]]] = {
    path.parent.name: json.loads(path.read_text()) for path in sorted(_PAGE.glob("*/strings.json"))
}
_STRINGS = {key: texts for catalog in _CATALOGS.values() for key, texts in catalog.items()}
_SOURCES = [path.read_text() for path in sorted(_PAGE.glob("*/*")) if path.suffix in {".js", ".html"}]
_SERVER = [path.read_text() for path in sorted(_PAGE.glob("*.py"))]
#: The endings of a text that depends on a number, as ``Intl.PluralRules`` names them.
_PLURAL = re.compile(r"\.(zero|one|two|few|many|other)$")


#: Keys that stand in a table before they reach ``t``. The tag of a message is none, and a file's name is none.
_QUOTED = re.compile(r'(?<!\bt: )"([a-z]+(?:\.[A-Za-z]+)+)"(?<!\.css")')


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len(dict(pairs)) == len(pairs), f"one of these twice: {[key for key, _ in pairs]}"
    return dict(pairs)


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("tlh, fr;q=0.5, de;q=0.7", "de"),
        ("de;q=0,fr;q=x", "en"),
        ("", "en"),
        ("*", "en"),
        ("FR", "fr"),
        ("en-GB,de", "en"),
    ],
)
def test_the_language_is_the_first_of_those_asked_for_that_there_is(accepted: str, language: str) -> None:
    words = Translations({"a": {"en": "A", "de": "Ä", "fr": "Â"}})
    assert words.wanted(accepted) == language


def test_what_a_language_lacks_is_english() -> None:
    words = Translations({"a": {"en": "A", "de": "Ä"}, "b": {"en": "B"}})
    assert words.text("b", "de") == "B"
    assert {name: json.loads(data) for name, data in words.cut().items()} == {
        "strings.de.json": {"a": "Ä", "b": "B"},
        "strings.en.json": {"a": "A", "b": "B"},
    }


def test_a_key_belongs_to_one_feature() -> None:
    assert sum(map(len, _CATALOGS.values())) == len(_STRINGS)
    for path in _PAGE.glob("*/strings.json"):
        json.loads(path.read_text(), object_pairs_hook=_pairs)
    with pytest.raises(ValueError, match="close is in chat and in shell"):
        Translations.joined({"chat": {"close": {"en": "Close"}}, "shell": {"close": {"en": "Shut"}}})


def test_every_text_is_in_every_language() -> None:
    for key, texts in _STRINGS.items():
        assert texts.keys() == {"en", "de", "fr", "es"}, key


def test_every_text_has_the_same_holes_in_every_language() -> None:
    for key, texts in _STRINGS.items():
        for language, text in texts.items():
            assert text.strip() == text != "", (key, language)
            assert _holes(text) == _holes(texts["en"]), (key, language)


def test_the_page_uses_every_text() -> None:
    used = {key for source in _SOURCES for key in re.findall(r'"([A-Za-z.]+)"', source)}
    used |= {key for source in _SERVER for key in re.findall(r"['\"]([a-z]+\.[a-z]+)['\"]", source)}
    assert {_PLURAL.sub("", key) for key in _STRINGS} - used == set()


def test_the_page_uses_no_text_that_there_is_not() -> None:
    for source in _SOURCES:
        for key in re.findall(r'\bt\("([^"]+)"', source) + re.findall(r'data-t(?:-\w+)?="([^"]+)"', source):
            assert key in _STRINGS
        for key in re.findall(r'\bplural\("([^"]+)"', source):
            assert {f"{key}.one", f"{key}.other"} <= _STRINGS.keys()


def test_the_pages_tables_have_no_text_that_there_is_not() -> None:
    first = {key.split(".")[0] for key in _STRINGS}
    for source in _SOURCES:
        for key in _QUOTED.findall(source):
            assert key.split(".")[0] not in first or key in _STRINGS or f"{key}.other" in _STRINGS, key
