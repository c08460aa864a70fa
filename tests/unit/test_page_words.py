"""The pages' words: which language somebody reads, and that the page says all of them and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bbbd.page
from bbbd.page.translations import Translations

_PAGE = Path(bbbd.page.__file__).parent
#: The player's words are beside them, and have a test of their own.
_FILES = {path.stem: path.read_text() for path in sorted((_PAGE / "languages").glob("*.json")) if "." not in path.stem}
_LANGUAGES: dict[str, dict[str, str]] = {language: json.loads(text) for language, text in _FILES.items()}
_ENGLISH = _LANGUAGES["en"]
_SOURCES = [path.read_text() for path in sorted(_PAGE.glob("*/*")) if path.suffix in {".js", ".html"}]
_SERVER = [path.read_text() for path in sorted(_PAGE.glob("*.py"))]
#: The endings of a text that depends on a number, as ``Intl.PluralRules`` names them.
_PLURAL = re.compile(r"\.(zero|one|two|few|many|other)$")


#: Keys that stand in a table before they reach ``t``. The tag of a message is none, and a file's name is none.
_QUOTED = re.compile(r'(?<!\bt: )"([a-z]+(?:\.[A-Za-z]+)+)"(?<!\.css")')


#: The plural categories of whole numbers that a page counts; other languages have English's.
_CATEGORIES = {"ar": {"zero", "one", "two", "few", "many", "other"}}
_TWO = {"one", "other"}
#: Words on buttons of fixed width: how many characters they may have.
_LONGEST = {"Short": 12, "short": 12}


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
        ("pt-BR", "pt-BR"),
        ("pt-PT,en;q=0.5", "pt-BR"),
        ("pt", "pt-BR"),
    ],
)
def test_the_language_is_the_first_of_those_asked_for_that_there_is(accepted: str, language: str) -> None:
    words = Translations({"en": {"a": "A"}, "de": {"a": "Ä"}, "fr": {"a": "Â"}, "pt-BR": {"a": "Ã"}})
    assert words.choose(accepted) == language


def test_what_a_language_lacks_is_english() -> None:
    words = Translations({"en": {"a": "A", "b": "B"}, "de": {"a": "Ä"}})
    assert words.text("b", "de") == "B"
    assert {name: json.loads(data) for name, data in words.files().items()} == {
        "strings.de.json": {"a": "Ä", "b": "B"},
        "strings.en.json": {"a": "A", "b": "B"},
    }


def test_the_page_offers_the_languages_that_there_are() -> None:
    (line,) = re.findall(r"const LANGUAGES = \[(.*)\];", (_PAGE / "shell" / "languages.js").read_text())
    assert set(json.loads(f"[{line}]")) == set(_LANGUAGES)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_language_has_every_text_once_and_in_the_same_order(language: str) -> None:
    json.loads(_FILES[language], object_pairs_hook=_pairs)
    wanted: dict[str, None] = {}
    for key in _ENGLISH:
        base = _PLURAL.sub("", key)
        if f"{base}.other" in _ENGLISH and key != base:
            categories = _CATEGORIES.get(language, _TWO)
            wanted |= {
                f"{base}.{one}": None for one in ("zero", "one", "two", "few", "many", "other") if one in categories
            }
        else:
            wanted[key] = None
    assert list(_LANGUAGES[language]) == list(wanted)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_text_has_the_holes_of_english(language: str) -> None:
    for key, text in _LANGUAGES[language].items():
        assert text.strip() == text != "", key
        english = _ENGLISH.get(key) or _ENGLISH[_PLURAL.sub(".other", key)]
        # A number that is said as a word has no hole: "two minutes" is one word in Arabic.
        optional = {"count"} if re.search(r"\.(zero|one|two)$", key) else set()
        assert _holes(text) | optional == _holes(english) | optional, key


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_text_is_about_as_long_as_in_english(language: str) -> None:
    for key, text in _LANGUAGES[language].items():
        english = _ENGLISH.get(key) or _ENGLISH[_PLURAL.sub(".other", key)]
        assert len(text) <= 24 + 1.7 * len(english), key
        for ending, longest in _LONGEST.items():
            assert not key.endswith(ending) or len(text) <= longest, key


def test_the_page_uses_every_text() -> None:
    used = {key for source in _SOURCES for key in re.findall(r'"([A-Za-z.]+)"', source)}
    used |= {key for source in _SERVER for key in re.findall(r"['\"]([a-z]+\.[a-z]+)['\"]", source)}
    assert {_PLURAL.sub("", key) for key in _ENGLISH} - used == set()


def test_the_page_uses_no_text_that_there_is_not() -> None:
    for source in _SOURCES:
        for key in re.findall(r'\bt\("([^"]+)"', source) + re.findall(r'data-t(?:-\w+)?="([^"]+)"', source):
            assert key in _ENGLISH
        for key in re.findall(r'\bplural\("([^"]+)"', source):
            assert {f"{key}.one", f"{key}.other"} <= _ENGLISH.keys()


def test_the_pages_tables_have_no_text_that_there_is_not() -> None:
    first = {key.split(".")[0] for key in _ENGLISH}
    for source in _SOURCES:
        for key in _QUOTED.findall(source):
            assert key.split(".")[0] not in first or key in _ENGLISH or f"{key}.other" in _ENGLISH, key
