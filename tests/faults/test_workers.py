"""Processes that read strangers' files and say nonsense, are killed or hang: the job fails or waits, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import pytest
from harness import FaultyDisk
from sample_archives import contents, layout_at, pack, recording
from sample_documents import pdf
from sample_tracks import SRT

from bbbd.recordings import archive_process
from bbbd.recordings.archive import ArchiveRefused
from bbbd.recordings.archive_process import contents_of
from bbbd.recordings.importer import Importer
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.slides.conversion_process import ConversionProcesses, DocumentInterrupted
from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument
from bbbd.texttracks.conversion import UploadInterrupted, convert

#: What a process may say that something else has taken over; it ends well.
NONSENSE = (
    b"",
    b"\n",
    b"0",
    b"-1",
    b"1e3",
    b"99",
    b"9" * 5000,
    b"\xff\xfe",
    b"[]",
    b"{}\n",
    b"null\n",
    b"[" * 60_000 + b"\n",
    bytes(70_000),
)
Say = Callable[..., Sequence[str]]


@pytest.fixture
def program(tmp_path: Path) -> Say:
    """Make a program that says something, and then does a bit of Python, whatever its arguments."""

    def make(out: bytes = b"", err: bytes = b"", do: str = "") -> Sequence[str]:
        for name, data in (("out", out), ("err", err)):
            (tmp_path / f"said-{name}").write_bytes(data)
        code = (
            "import os, sys, time; from pathlib import Path;"
            f"sys.stdout.buffer.write(Path({str(tmp_path / 'said-out')!r}).read_bytes());"
            f"sys.stderr.buffer.write(Path({str(tmp_path / 'said-err')!r}).read_bytes());"
            f"sys.stdout.flush(); sys.stderr.flush(); {do}"
        )
        return (sys.executable, "-c", code)

    return make


def pages(tmp_path: Path, program: Sequence[str], patience: int = 100, seconds: int = 20) -> int:
    """Convert a document by a program."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "source").write_bytes(pdf())
    current = CurrentSettings(Settings(worker_seconds=seconds))
    processes = ConversionProcesses(current, patience=patience, program=program)
    return processes.convert(tmp_path / "source", tmp_path / "pages", DocumentFormat.PDF)


@pytest.mark.parametrize("said", NONSENSE)
def test_a_conversion_of_slides_that_says_nonsense_is_tried_again(tmp_path: Path, program: Say, said: bytes) -> None:
    with pytest.raises(DocumentInterrupted, match=r"the conversion (says|does not say)"):
        pages(tmp_path, program(said))


def test_a_conversion_of_slides_that_is_killed_is_tried_again(tmp_path: Path, program: Say) -> None:
    with pytest.raises(DocumentInterrupted, match="status -9"):
        pages(tmp_path, program(b"1", do="os.kill(os.getpid(), 9)"))


def test_a_conversion_of_slides_that_hangs_is_ended(tmp_path: Path, program: Say) -> None:
    with pytest.raises(UnconvertibleDocument, match="not converted within 1 s"):
        pages(tmp_path, program(b"1", do="time.sleep(100000)"), patience=1, seconds=1)


@pytest.mark.parametrize(
    ("out", "err"),
    [(b"", b""), (b"<html>", b""), (b"\xff" * 100, b""), (b"WEBVTT\n", b"x"), (b"WEBVTT\n", b"-1"), (b"webvtt", b"1")],
)
def test_a_conversion_of_a_track_that_says_nonsense_is_tried_again(
    tmp_path: Path, program: Say, out: bytes, err: bytes
) -> None:
    (tmp_path / "source").write_bytes(SRT)
    with pytest.raises(UploadInterrupted, match="something else than WebVTT"):
        convert(FaultyDisk(), tmp_path / "source", tmp_path, "", "a.srt", program(out, err))
    assert not list(tmp_path.glob(".bbbd-*"))


def test_a_conversion_of_a_track_that_is_killed_is_tried_again(tmp_path: Path, program: Say) -> None:
    (tmp_path / "source").write_bytes(SRT)
    with pytest.raises(UploadInterrupted, match="status -9"):
        convert(
            FaultyDisk(), tmp_path / "source", tmp_path, "", "a.srt", program(b"WEBVTT", do="os.kill(os.getpid(), 9)")
        )
    assert not list(tmp_path.glob(".bbbd-*"))


def read(path: Path, program: Sequence[str], patience: float = 100) -> list[tuple[PurePosixPath, bytes]]:
    """Read an archive by a program."""
    with contents_of(path, program, patience) as found:
        return [(name, b"".join(pieces)) for name, pieces in found.files]


HEAD = b'{"size": 4, "files": 1}\n'


@pytest.mark.parametrize(
    "said",
    [
        *NONSENSE,
        b'{"size": -1, "files": 1}\n',
        b'{"size": 1, "files": -1}\n',
        b'{"size": "x", "files": 1}\n',
        HEAD,
        HEAD + b"{}\n",
        HEAD + b'{"path": 5, "size": 4}\n',
        HEAD + b'{"path": "a", "size": -4}\nabcd',
        HEAD + b'{"path": "a", "size": 4}\nabc',
        HEAD + b'{"path": "a", "size": 4}\nabcde',
    ],
)
def test_a_reader_of_an_archive_that_says_nonsense_is_told(tmp_path: Path, program: Say, said: bytes) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    with pytest.raises(OSError, match="the reader"):
        read(archive, program(said))


@pytest.mark.parametrize("path", ["../../out", "/", "a/../../b", "a\\u0000b", "\\ud800", "a\\\\b"])
def test_a_reader_of_an_archive_cannot_write_elsewhere(tmp_path: Path, program: Say, path: str) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    with pytest.raises(ArchiveRefused):
        read(archive, program(HEAD + b'{"path": "%s", "size": 4}\nabcd' % path.encode()))


def test_an_absolute_name_of_a_reader_is_below_the_target(tmp_path: Path, program: Say) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    said = program(HEAD + b'{"path": "/etc/passwd", "size": 4}\nabcd')
    assert read(archive, said) == [(PurePosixPath("etc/passwd"), b"abcd")]


def test_a_reader_of_an_archive_that_is_killed_is_told(tmp_path: Path, program: Say) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    with pytest.raises(OSError, match="status -9"):
        read(archive, program(HEAD, do="os.kill(os.getpid(), 9)"))


def test_a_reader_of_an_archive_that_hangs_is_ended(tmp_path: Path, program: Say) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    with pytest.raises(OSError, match="status -9"):
        read(archive, program(HEAD, do="time.sleep(100000)"), patience=0.001)


def test_an_archive_is_refused_whose_reader_sends_more_than_it_says(tmp_path: Path, program: Say) -> None:
    archive = pack(tmp_path / "a.tar", recording())
    longer = b'{"size": 1, "files": 1}\n{"path": "a", "size": 4}\nabcd'
    with (
        contents_of(archive, program(longer)) as found,
        pytest.raises(ArchiveRefused, match="longer than it says"),
    ):
        archive_process.write(FaultyDisk(), found, tmp_path / "target", lambda _done, _all: None)
    Importer(FaultyDisk(), layout_at(tmp_path / "data")).import_from(archive)
    assert contents(tmp_path / "data/published").keys() == recording().keys()
