"""Many recordings are read in processes of their own, to the same end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sample_recordings import START, metadata, record_id

from bbbd.recordings import read_many, reading
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata
from bbbd.recordings.read_many import FilesToRead, FormatDirectory, Outcome, RecordingToRead, SystemFault
from bbbd.recordings.reading import read_recordings


@pytest.fixture
def files(tmp_path: Path) -> FilesToRead:
    """Six recordings: whole ones, one that is none, another's, a directory, one that is gone, one with two formats."""
    directories = [
        FormatDirectory(Place.PUBLISHED, form, os.fsencode(tmp_path / form)) for form in ("presentation", "video")
    ]
    found = []
    for number in range(6):
        own = record_id("m", START + number)
        path = tmp_path / "presentation" / own / "metadata.xml"
        path.parent.mkdir(parents=True)
        path.write_text(metadata(own, meeting_id="m" * 100))
        found.append(RecordingToRead(own, [0]))
        if number == 1:
            path.write_text("<recording><")
        elif number == 2:
            path.write_text(metadata(record_id("other")))
        elif number > 2:
            path.unlink()
        if number == 3:
            path.mkdir()
    second = tmp_path / "video" / found[5].record_id
    second.mkdir(parents=True)
    (second / "metadata.xml").write_text(metadata(found[5].record_id, form="video"))
    found[5].directories.append(1)
    return FilesToRead(directories, found)


def told(files: FilesToRead) -> dict[str, tuple[bool, list[Outcome]]]:
    """Return what reading says of each recording."""
    return {
        recording.record_id: (read.is_whole, msgspec.msgpack.decode(read.outcomes, type=list[Outcome]))
        for recording, read in read_recordings(files)
    }


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have so few recordings read in two processes from when this is called."""

    def use() -> None:
        monkeypatch.setattr(reading, "WORTH_A_PROCESS", 1)
        monkeypatch.setattr("os.cpu_count", lambda: 2)

    return use


def test_processes_say_of_each_recording_what_a_reader_here_says(
    files: FilesToRead, beside: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = told(files)
    beside()
    monkeypatch.setattr(read_many, "_outcome_of", None)
    assert told(files) == here
    kinds = [(is_whole, [type(one) for one in outcomes]) for is_whole, outcomes in here.values()]
    assert kinds == [
        (True, [Metadata]),
        (False, [str]),
        (False, [str]),
        (False, [SystemFault]),
        (False, [SystemFault]),
        (False, [SystemFault, Metadata]),
    ]
    assert here[files.recordings[4].record_id][1] == [SystemFault(2, "No such file or directory")]


@pytest.mark.parametrize("pieces", [[], [0], [1], [3], [4], [100], [5, 10_000], [1, 2, 3, 4, 5]])
def test_what_a_process_did_not_come_to_is_read_here(
    files: FilesToRead, beside: Callable[[], None], monkeypatch: pytest.MonkeyPatch, pieces: list[int]
) -> None:
    here, pieces_of = told(files), reading._pieces
    beside()

    def ended(*processes: object) -> object:
        all_of = {0: b"", 1: b""}
        for number, piece in pieces_of(*processes):  # type: ignore[arg-type]
            all_of[number] += piece
        for length in pieces:
            yield 1, all_of[1][:length]
            all_of[1] = all_of[1][length:]

    monkeypatch.setattr(reading, "_pieces", ended)
    assert told(files) == here


def test_without_processes_recordings_are_read_here(
    files: FilesToRead, beside: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = told(files)
    beside()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert told(files) == here


def test_processes_end_with_who_stops_reading(files: FilesToRead, beside: Callable[[], None]) -> None:
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = children.read_text()
    beside()
    found = read_recordings(files)
    next(found)
    assert len(children.read_text().split()) == len(before.split()) + 2
    del found
    assert children.read_text() == before
