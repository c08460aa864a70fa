"""The page's files: what a browser is told to fetch at once, and what only when it is needed."""

from __future__ import annotations

import re
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

import bbbd.page
from bbbd.page.files import bundled

_PAGE = Path(bbbd.page.__file__).parent
_AT_ONCE = set(re.findall(r'"modulepreload" href="{{base}}/([\w./]+)"', bundled().index))
_STATIC = re.compile(r'\bfrom "(\.[\w./]+)"')
_LAZY = re.compile(r'\bimport\("(\.[\w./]+)"\)')
_SOURCES = {path.relative_to(_PAGE).as_posix(): path.read_text() for path in sorted(_PAGE.glob("*/*.js"))}
#: The rules of a feature's own events, which ``shell/model.js`` joins.
_EVENTS = re.compile(r"^export const \w+_EVENTS = \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
#: A script of its own, for browsers that know no modules.
_NO_MODULE = {"shell/unsupported.js"}


def _imported(name: str, *patterns: re.Pattern[str]) -> set[str]:
    found = [path for pattern in patterns for path in pattern.findall(_SOURCES[name])]
    return {normpath(join(dirname(name), path)) for path in found}


def test_what_is_needed_later_is_not_fetched_at_once() -> None:
    assert {"shell/main.js", "shell/model.js", "slides/slides.js", "shell/store.js", "chat/chat.js"} <= _AT_ONCE
    assert not {"slides/slideshow.js", "slides/uploads.js", "media/call.js", "media/go_in.js"} & _AT_ONCE
    assert not _NO_MODULE & _AT_ONCE


def test_slides_media_and_polls_are_imported_lazily() -> None:
    lazy = {(name, path) for name in _SOURCES for path in _imported(name, _LAZY)}
    assert lazy == {
        ("media/media.js", "media/call.js"),
        ("polls/polls.js", "polls/poll_card.js"),
        ("polls/start.js", "slides/slide_files.js"),
        ("slides/slides.js", "slides/slideshow.js"),
        ("breakouts/breakouts.js", "breakouts/dialogs.js"),
    }


def test_every_module_is_reached_from_the_first() -> None:
    reached = ["shell/main.js"]
    for name in reached:
        reached += sorted(_imported(name, _STATIC, _LAZY) - set(reached))
    assert set(reached) == set(_SOURCES) - _NO_MODULE


def test_modules_import_each_other_in_no_circle() -> None:
    imports = {name: _imported(name, _STATIC, _LAZY) for name in _SOURCES}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        pytest.fail(" imports ".join(reversed(found.args[1])))


def test_the_package_has_every_file_that_is_served() -> None:
    config = ConfigParser()
    config.read(_PAGE.parent.parent / "setup.cfg")
    patterns = config["options.package_data"]["bbbd.page"].split(", ")
    files = {path for path in _PAGE.glob("*/*") if path.parent.name != "__pycache__"}
    assert files == {path for pattern in patterns for path in _PAGE.glob(pattern)}


def test_an_event_has_one_owner() -> None:
    tables = [table for source in _SOURCES.values() for table in _EVENTS.findall(source)]
    names = [name for table in tables for name in re.findall(r"^  (\w+)(?:\(|:)", table, re.MULTILINE)]
    assert len(tables) == 8
    assert sorted(set(names)) == sorted(names)


def test_the_style_sheets_name_no_side_but_start_and_end() -> None:
    """A language that is written from right to left needs no style of its own."""
    sheets = [*_PAGE.glob("*/*.css"), _PAGE.parent / "playback" / "static" / "player.css"]
    sides = re.compile(r"(?:margin|padding|border)-(?:left|right)\b|(?:text-align|float|clear): (?:left|right)\b")
    for sheet in sheets:
        assert not sides.findall(sheet.read_text()), sheet
