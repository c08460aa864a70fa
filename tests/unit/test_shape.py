"""The house's own rules, read from the code: who imports whom, what is said once, what the docs are made from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbbd.api.problems import Notice, Problem
from bbbd.disk import Disk
from bbbd.docs import PAGES, settings_help
from bbbd.meetings import events, fold

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted(ROOT.glob("bbbd/**/*.py"))
#: Rooms that the base may not know, and what each room may import of the others.
MAY = {
    "api": {"meetings", "recordings", "playback", "texttracks", "slides", "callbacks"},
    "callbacks": {"meetings", "recordings"},
    "conform": {"api"},
    "meetings": set(),
    "client": {"meetings", "slides"},
    "slides": {"meetings"},
    "recordings": set(),
    "playback": {"recordings", "texttracks"},
    "texttracks": {"recordings", "subtitles"},
    "subtitles": set(),
}
#: Modules that tie everything together.
TIES = {
    "app",
    "tree",
    "tap",
    "slides_parts",
    "options",
    "cli",
    "cli_recordings",
    "cli_archives",
    "cli_tracks",
    "cli_callbacks",
    "cli_conform",
    "cli_developer",
    "commanding",
    "calling",
    "check",
    "docs",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_rooms_know_only_whom_they_may() -> None:
    for path in SOURCES:
        parts = path.relative_to(ROOT / "bbbd").parts
        room = parts[0] if len(parts) > 1 else ""
        if (not room and path.stem in TIES) or room == "developer":
            continue
        allowed = MAY.get(room, set()) | {room}
        for name in imports(path):
            rooms = re.match(
                r"bbbd\.(api|meetings|client|recordings|playback|texttracks|subtitles|slides|callbacks)\b", name
            )
            assert rooms is None or rooms[1] in allowed, f"{path} imports {name}"
            if not room:
                assert not re.match(
                    r"bbbd\.(?:app|tree|tap|cli|cli_recordings|cli_archives|cli_tracks|cli_callbacks|cli_conform|cli_developer|commanding|check|calling)\b",
                    name,
                ), f"{path} imports {name}"


def test_the_web_stays_out_of_the_meetings() -> None:
    for path in SOURCES:
        for name in imports(path):
            if {"meetings", "recordings", "texttracks", "subtitles", "callbacks"} & set(path.parts):
                assert not name.startswith(("twisted.web", "treq", "bbbd.api", "bbbd.site")), f"{path} imports {name}"
            if path.stem not in {"calling", "cli_archives", "cli_conform", "outgoing"}:
                assert not name.startswith("treq"), f"{path} imports {name}"
            if path.stem != "tap":
                assert name != "twisted.internet.reactor", f"{path} imports {name}"


def test_time_is_an_argument() -> None:
    for path in SOURCES:
        for name in imports(path):
            assert path.stem in {"clock", "tap", "resource"} or name.split(".")[0] != "time", f"{path} imports {name}"


def test_a_key_is_spelled_in_its_table_alone() -> None:
    keys = {problem.key for problem in Problem} | {notice.value[0] for notice in Notice if notice.value[0]}
    # A call and a key are both named so.
    keys -= {"guestWait"}
    for path in SOURCES:
        if path.stem in {"problems", "access", "keys"}:
            continue
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert not (texts & keys), path


def test_every_kind_of_event_has_its_rule() -> None:
    kinds = set(events.Event.__subclasses__())
    handled = set(fold._apply.registry) - {object, events.Event}
    assert kinds - handled == {events.Created, events.Restored}


def test_modules_are_small() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in SOURCES}
    declared = {"settings.py", "parameters.py", "events.py", "fold.py", "protocol.py", "registry.py"}
    assert not {path: size for path, size in sizes.items() if size > 300 and path.name not in declared}


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_pages_are_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == PAGES[name](), "run make docs"


def test_help_tells_every_setting() -> None:
    told = settings_help()
    for name in ("securitySalt", "bbbd.listen", "usersTimeout"):
        assert f"\n  {name}\n" in told


def test_the_disk_is_the_only_one_that_writes_files() -> None:
    forbidden = re.compile(r"\.write_(?:text|bytes)\(|\bos\.(?:write|rename|replace|unlink|mkdir)\(|shutil\.")
    for path in SOURCES:
        if path.stem not in {"disk", "docs"}:
            assert not forbidden.search(path.read_text()), path
    assert Disk.__doc__
