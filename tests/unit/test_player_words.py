"""The player's words: a file for each language, with the same keys and holes, all of them used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bbbd.playback

_STATIC = Path(bbbd.playback.__file__).parent / "static"
_SCRIPT, _PAGE = ((_STATIC / name).read_text() for name in ("player.js", "player.html"))
_LANGUAGES: dict[str, dict[str, str]] = {
    path.name.split(".")[1]: json.loads(path.read_text()) for path in sorted(_STATIC.glob("player.*.json"))
}


def test_the_player_offers_the_languages_that_there_are() -> None:
    (line,) = re.findall(r"const LANGUAGES = \[(.*)\];", _SCRIPT)
    assert set(json.loads(f"[{line}]")) == set(_LANGUAGES)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_language_has_every_text_with_the_holes_of_english(language: str) -> None:
    english, texts = _LANGUAGES["en"], _LANGUAGES[language]
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert text.strip() == text != "", key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key
        assert len(text) <= 24 + 1.7 * len(english[key]), key


def test_the_player_uses_every_text_and_no_other() -> None:
    used = set(re.findall(r'data-t(?:-\w+)?="([\w.]+)"', _PAGE))
    for call in re.findall(r"\bt\(([^{;]*?)[,)]", _SCRIPT):
        used |= set(re.findall(r'"([\w.]+)"', call))
    downloads = {key for key in _LANGUAGES["en"] if key.startswith("download.")}
    assert used | downloads == set(_LANGUAGES["en"])
