"""What is in the directories of recordings is the same whether it is listed here or in a process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sample_recordings import make

from bbbd.recordings import list_many, listing
from bbbd.recordings.list_many import ListedPart
from bbbd.recordings.listing import list_directories


@pytest.fixture
def paths(tmp_path: Path) -> list[bytes]:
    """Three directories: one with many kinds of things, one with a recording, one that is none."""
    for number in range(7):
        make(tmp_path, f"m{number}")
    make(tmp_path, "m1", form="video")
    one = tmp_path / "published" / "presentation"
    (one / "loop").symlink_to("loop")
    (one / "linked").symlink_to(tmp_path / "published" / "video" / next(os.walk(tmp_path / "published/video"))[1][0])
    (one / "empty").mkdir()
    (one / "file").write_text("")
    Path(os.fsdecode(os.fsencode(one) + b"/\xff")).mkdir()
    (one / "round").mkdir()
    (one / "round" / "metadata.xml").symlink_to("metadata.xml")
    return [os.fsencode(one), os.fsencode(one.parent / "video"), os.fsencode(tmp_path / "none")]


def together(parts: list[ListedPart]) -> list[tuple[int, dict[str, tuple[int, int]], dict[str, str]]]:
    """Return what parts say of each directory."""
    found: dict[int, tuple[int, dict[str, tuple[int, int]], dict[str, str]]] = {}
    for one in parts:
        _number, stamps, unseen = found.setdefault(one.directory, (one.directory, {}, {}))
        stamps.update(zip(one.names, zip(one.mtimes, one.sizes, strict=True), strict=True))
        unseen |= one.unseen
    return list(found.values())


def test_a_process_lists_what_is_listed_here(paths: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    here = together(list(list_directories(paths, 0)))
    assert [(number, len(stamps), unseen) for number, stamps, unseen in here] == [
        (0, 8, {"round": "Too many levels of symbolic links"}),
        (1, 1, {}),
        (2, 0, {}),
    ]
    for name, stamp in here[0][1].items():
        status = (Path(os.fsdecode(paths[0])) / name / "metadata.xml").stat()
        assert stamp == (status.st_mtime_ns, status.st_size)
    monkeypatch.setattr(listing, "listed", None)
    assert together(list(list_directories(paths, 10_000))) == here


def test_parts_are_short(paths: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    here = together(list(list_directories(paths, 0)))
    monkeypatch.setattr(list_many, "PART", 3)
    parts = list(list_directories(paths, 0))
    assert [len(one.names) for one in parts] == [3, 3, 2, 1, 0]
    assert together(parts) == here


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_without_a_process_directories_are_listed_here(
    paths: list[bytes], monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    here = list(list_directories(paths, 0))
    monkeypatch.setattr("sys.executable", program)
    assert list(list_directories(paths, 10_000)) == here
