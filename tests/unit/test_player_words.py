"""The player's words: a file for each language, with the same keys and holes, all of them used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bbbd.playback
from bbbd.page.files import read_languages
from bbbd.playback.player_files import SHARED_WORDS, bundled

_PLAYBACK = Path(bbbd.playback.__file__).parent
_SCRIPTS = [path.read_text() for path in sorted((_PLAYBACK / "static").glob("*.js"))]
_PAGE = (_PLAYBACK / "static" / "player.html").read_text()
_SERVER = [path.read_text() for path in sorted(_PLAYBACK.glob("*.py"))]
_LANGUAGES = read_languages(prefix="player.")
_ENGLISH = _LANGUAGES["en"]
#: The endings of a text that depends on a number, as ``Intl.PluralRules`` names them.
_PLURAL = re.compile(r"\.(zero|one|two|few|many|other)$")
_CATEGORIES = {"ar": ("zero", "one", "two", "few", "many", "other")}
#: The ends of keys that are put together.
_JOINED = {"download.podcast", "download.video", "download.notes"}


def _keys(language: str) -> list[str]:
    found: dict[str, None] = {}
    for key in _ENGLISH:
        base = _PLURAL.sub("", key)
        if base == key:
            found[key] = None
        else:
            found |= {f"{base}.{one}": None for one in _CATEGORIES.get(language, ("one", "other"))}
    return list(found)


def test_the_player_speaks_the_languages_of_meetings() -> None:
    assert _LANGUAGES.keys() == read_languages().keys()


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_language_has_every_text_with_the_holes_of_english(language: str) -> None:
    texts = _LANGUAGES[language]
    assert list(texts) == _keys(language)
    for key, text in texts.items():
        english = _ENGLISH.get(key) or _ENGLISH[_PLURAL.sub(".other", key)]
        # A number that is said as a word has no hole.
        optional = {"{count}"} if re.search(r"\.(zero|one|two)$", key) else set()
        assert text.strip() == text != "", key
        assert set(re.findall(r"\{\w+\}", text)) | optional == set(re.findall(r"\{\w+\}", english)) | optional, key
        assert len(text) <= 24 + 1.7 * len(english), key


def test_the_player_uses_every_text_and_no_other() -> None:
    known = {_PLURAL.sub("", key) for key in _ENGLISH} | set(SHARED_WORDS)
    asked = set(re.findall(r'data-t(?:-\w+)?="([\w.]+)"', _PAGE))
    for script in _SCRIPTS:
        for call in re.findall(r"\b(?:t|plural)\(([^{;]*?)[,)]", script):
            asked |= set(re.findall(r'"([A-Za-z.]+)"', call))
    assert asked <= known
    quoted = {key for source in (*_SCRIPTS, *_SERVER) for key in re.findall(r'"([A-Za-z.]+)"', source)}
    assert known - asked - quoted - _JOINED == set()


def test_words_of_meetings_are_not_said_twice() -> None:
    for language, texts in _LANGUAGES.items():
        assert not texts.keys() & set(SHARED_WORDS)
        served = json.loads(bundled().files[f"page/strings.{language}.json"].plain)
        assert served == {key: read_languages()[language][key] for key in SHARED_WORDS} | texts


def test_modules_of_the_player_import_each_other_in_no_circle() -> None:
    names = {path.name: path.read_text() for path in sorted((_PLAYBACK / "static").glob("*.js"))}
    edges = {name: set(re.findall(r'from "\./(\w+\.js)"', text)) for name, text in names.items()}
    reached = ["main.js"]
    for name in reached:
        reached += sorted(edges[name] - set(reached))
    assert set(reached) == names.keys()
    while leaves := {name for name, to in edges.items() if not to}:
        edges = {name: to - leaves for name, to in edges.items() if name not in leaves}
    assert not edges


def test_modules_are_one_file_or_all_fetched_at_once() -> None:
    assert [name for name in bundled().files if name.endswith(".js")] == ["playback/static/main.js"]
    assert "modulepreload" not in bundled().template
    own = bundled(modules=True)
    preloaded = set(re.findall(r'"modulepreload" href="{{base}}/([\w./]+)"', own.template))
    assert preloaded == {name for name in own.files if name.endswith(".js")}
    for name in preloaded:
        for path in re.findall(r'from "((?:\.\./)+page/[\w/.]+)"', own.files[name].plain.decode()):
            assert path.removeprefix("../../") in own.files
