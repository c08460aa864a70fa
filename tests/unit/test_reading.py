"""Many metadata.xml are read in processes of their own, to the same end."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from sample_recordings import START, metadata, record_id

from bbbd.recordings import reading
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata
from bbbd.recordings.read_many import FileToRead
from bbbd.recordings.reading import read_files


@pytest.fixture
def files(tmp_path: Path) -> list[FileToRead]:
    """Six files: whole ones, one that is none, one that is another recording's, a directory, and one that is gone."""
    found: list[FileToRead] = []
    for number in range(6):
        own = record_id("m", START + number)
        path = tmp_path / f"{number}.xml"
        path.write_text(metadata(own, meeting_id="m" * 100))
        found.append((Place.PUBLISHED, "presentation", own, str(path)))
    Path(found[1][3]).write_text("<recording><")
    Path(found[2][3]).write_text(metadata(record_id("other")))
    Path(found[3][3]).unlink()
    Path(found[3][3]).mkdir()
    Path(found[4][3]).unlink()
    return found


def test_processes_say_of_each_file_what_a_reader_here_says(
    files: list[FileToRead], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = list(read_files(files))
    monkeypatch.setattr(reading, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(reading, "outcome_of", None)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert list(read_files(files)) == here
    assert [type(one) for one in here] == [Metadata, str, str, tuple, tuple, Metadata]
    assert here[4] == (errno.ENOENT, "No such file or directory")


def test_what_a_process_did_not_come_to_is_read_here(files: list[FileToRead]) -> None:
    here, told = list(read_files(files)), reading._read(files)
    for length in (0, 1, 3, 4, 100, len(told) - 1, len(told)):
        assert list(reading._outcomes(files, told[:length])) == here


def test_without_processes_files_are_read_here(files: list[FileToRead], monkeypatch: pytest.MonkeyPatch) -> None:
    here = list(read_files(files))
    monkeypatch.setattr(reading, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert list(read_files(files)) == here
