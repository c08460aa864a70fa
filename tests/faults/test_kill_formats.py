"""Kills at operations of the disk while ``podcast`` and ``video`` are made: each appears whole, and nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, cast

import pytest
from clapper import hold, tones
from harness import Daemon, Memory, awaited, until
from kill_points import SteppedDisk, Story, Tell, kill_at, now
from playable_recording import png
from sample_archives import layout_at
from twisted.internet.defer import Deferred, execute

from bbbd.composing.compose import compose
from bbbd.composing.derived import Source, derive
from bbbd.composing.encoders import find_encoders
from bbbd.composing.tools import missing_programs, probe
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.slides import DeckAdded, DeckConverted, SlideShown
from bbbd.presentation.build import BuildOptions, build, read_history, write_events_xml
from bbbd.presentation.films import read_films
from bbbd.presentation.timeline import recorded_segments
from bbbd.processing.child_process import Processed, ProcessingProcesses
from bbbd.processing.film_sources import begin_films
from bbbd.recordings.status_files import StatusFiles, Ticket
from bbbd.storage.disk import Disk

pytestmark = pytest.mark.skipif("ffmpeg" in missing_programs(of_janus=False), reason="ffmpeg is not installed")

#: Recording was on for so long, in milliseconds; slides, then another page, with somebody who speaks and is seen.
LENGTH = 3000
DECK = "deck-1"
FORMATS = ("presentation", "podcast", "video")
#: The age of films: pieces of a video are known by it.
AGE = (1_700_000_000, 1_700_000_000)
_KEPT: list[TemporaryDirectory[str]] = []


class SameProcess(ProcessingProcesses):
    """Does in this process what the others do in theirs, on the disk that dies: so the kills reach it too."""

    disk = Disk()

    def compose(self, raw: Path, directory: Path, settings: Any, *, whole: bool) -> list[str]:
        history = read_history(raw)
        return list(compose(self.disk, raw, directory, history, recorded_segments(history)).faults)

    def run(self, raw: Path, target: Path, settings: Any, *, whole: bool, films: Path | None = None) -> Processed:
        write_events_xml(raw, self.disk)
        built = build(raw, target, BuildOptions(public_url="http://a", films=films), disk=self.disk)
        return Processed(built.duration, 1)

    def derive(
        self,
        presentation: Path,
        directory: Path,
        record_id: str,
        settings: Any,
        formats: Sequence[str],
        films: Path | None,
        captions: Sequence[tuple[str, str, str]],
    ) -> list[str]:
        assert films is not None
        source = Source(
            presentation=presentation, record_id=record_id, url="http://a", films=films, facts=read_films(films),
            captions=(),
        )  # fmt: skip
        if isinstance(self.disk, CountingDisk):
            self.disk.begun = self.disk.done
        return derive(self.disk, directory, source, formats, find_encoders())


class CountingDisk(SteppedDisk):
    """A disk that counts its operations: all, and those before formats are derived."""

    done = begun = 0

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.done += 1


@cache
def composed() -> Path:
    """Return a data directory with the raw files of a meeting, its films, and the ticket by which a start goes on."""
    # It goes with the process.
    _KEPT.append(TemporaryDirectory(prefix="bbbd-test-"))
    data = Path(_KEPT[0].name)
    shown = [(100, SlideShown(deck=DECK, page=1)), (1600, SlideShown(deck=DECK, page=2))]
    deck = [
        (10, DeckAdded(deck=DECK, document=Document(name="a.pdf"))),
        (20, DeckConverted(deck=DECK, key="a", pages=2)),
    ]
    senders = {"w_ada": ("microphone camera", 0.0)}
    raw = hold(data / "recording/raw", [(0, LENGTH)], senders, until=LENGTH + 1000, pages=True, more=[*deck, *shown])
    pages = raw / "presentation" / DECK
    pages.mkdir(parents=True)
    for number, colour in enumerate(((200, 0, 0), (0, 200, 0)), 1):
        (pages / f"slide-{number}.png").write_bytes(png(400, 300, colour))
    films = data / "recording/composing" / raw.name
    begin_films(Disk(), films, raw)
    words = [sys.executable, "-m", "bbbd.composing", f"--parent={os.getpid()}", str(raw), str(films)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    StatusFiles(Disk(), layout_at(data)).write_ticket(raw.name, Ticket())
    return data


def prepare(directory: Path) -> None:
    shutil.copytree(composed(), directory)


def start(directory: Path, disk: Disk) -> Memory:
    processes = SameProcess()
    processes.disk = disk

    is_published = any(directory.glob("recording/status/published/*.done"))

    def run(step: Any) -> Deferred[Any]:
        assert not is_published, "what is there is made again"
        steps = cast("Any", step).func.__self__
        steps._processes = steps._media._processes = processes
        return execute(step)

    for film in directory.glob("recording/composing/*/*.webm"):
        os.utime(film, AGE)
    settings = {"bbbd.recordingFormats": ",".join(FORMATS)}
    return Memory(directory=directory, disk=disk, settings=settings, processing=run)


def raw_of(directory: Path) -> Path:
    [raw] = (directory / "recording/raw").iterdir()
    return raw


async def story(memory: Memory, tell: Tell) -> None:
    memory.advance(120)
    tell("made")


async def check(memory: Memory, _history: list[str]) -> None:
    """The recording has all its formats, each whole, and what made them is gone."""
    memory.advance(120)
    own = check_files(memory.directory)
    recording = (await memory.call("getRecordings", recordID=own, state="any")).xml.find("recordings/recording")
    assert recording is not None
    assert recording.findtext("state") == "published"
    assert [one.text for one in recording.iterfind("playback/format/type")] == list(FORMATS)


def check_files(directory: Path) -> str:
    """Check what of it is on the disk, and return the recording's id."""
    own = raw_of(directory).name
    assert {path.parent.parent.name for path in directory.glob(f"*/*/{own}/metadata.xml")} == set(FORMATS)
    podcast, video = (directory / "published" / name / own for name in FORMATS[1:])
    [film] = video.glob("video-0.*")
    made = [*podcast.glob("audio.*"), film]
    assert len(made) == (3 if film.suffix == ".mp4" else 2)
    assert all(is_whole(path.read_bytes(), path.suffix) for path in made)
    assert {path.name for path in video.iterdir()} == {film.name, "captions.json", "index.html", "metadata.xml"}
    assert not list(directory.glob("recording/composing/*"))
    assert not list(directory.glob("recording/process/*/*"))
    assert not list(directory.glob("recording/status/recorded/*"))
    assert not list((directory / "moves").iterdir())
    assert [str(path) for path in directory.rglob(".bbbd-*")] == []
    return own


@cache
def is_whole(data: bytes, suffix: str) -> bool:
    """Return whether a file has all that was heard, and a film the slides as they were shown."""
    with NamedTemporaryFile(suffix=suffix) as file:
        Path(file.name).write_bytes(data)
        length, width, _height = probe(Path(file.name))
        shown = colours(Path(file.name)) if width else ["red", "green"]
        return abs(length - LENGTH) < 150 and len(tones(Path(file.name))) == 2 and shown == ["red", "green"]


def colours(film: Path) -> list[str]:
    """Return the colour of the stage early and late in a film."""
    found = []
    for at in ("0.8", "2.5"):
        words = ["ffmpeg", "-v", "error", "-ss", at, "-i", str(film), "-frames:v", "1", "-f", "rawvideo"]
        words += ["-pix_fmt", "rgb24", "-vf", "scale=9:9:flags=area", "-"]
        data = subprocess.run(words, capture_output=True, check=True).stdout
        # In the middle of the stage; cameras are in a column beside it.
        red, green, _blue = data[3 * (4 * 9 + 3) :][:3]
        found.append("red" if red > 2 * green else "green" if green > 2 * red else f"{red} {green}")
    return found


STORY = Story(tell=story, check=check, prepare=prepare, start=start)


def operations(tmp_path: Path) -> tuple[int, int]:
    """Live undisturbed; return the operation at which deriving begins, and the last of all."""
    directory, disk = tmp_path / "whole", CountingDisk()
    prepare(directory)
    memory = start(directory, disk)
    now(story(memory, lambda _line: None))
    memory.hang_up()
    shutil.rmtree(directory)
    assert disk.begun
    return disk.begun, disk.done


@pytest.mark.soak
def test_a_kill_at_each_operation_leaves_formats_whole(tmp_path: Path) -> None:
    begun, done = operations(tmp_path)
    kill_at([*range(begun, done + 1), 10_000], STORY, tmp_path)


@pytest.mark.faults
def test_a_kill_at_every_twentieth_operation_leaves_formats_whole(tmp_path: Path) -> None:
    begun, done = operations(tmp_path)
    kill_at([*range(begun + 3, done, 20), 10_000], STORY, tmp_path)


def test_a_kill_at_some_operations_leaves_formats_whole(tmp_path: Path) -> None:
    begun, done = operations(tmp_path)
    kill_at([*range(begun + 25, done, (done - begun) // 3), 10_000], STORY, tmp_path)


def programs(directory: Path) -> list[str]:
    """Return the command lines of all processes that work in a directory."""
    lines: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return [line for line in lines if f"{directory}/recording/composing" in line]


@awaited
async def test_a_daemon_that_is_killed_meanwhile_leaves_no_program_and_no_half_format(
    tmp_path: Path, start_daemon: Callable[..., Daemon]
) -> None:
    data = tmp_path / "data"
    prepare(data)
    daemon = start_daemon(directory=data, settings={"bbbd.recordingFormats": ",".join(FORMATS)})
    for made in ("formats/podcast/.bbbd-*/.bbbd-*", "video-pieces/.bbbd-*"):
        await until(lambda made=made: any(data.glob(f"recording/composing/*/{made}")))  # type: ignore[misc]
        daemon.end(signal.SIGKILL)
        await until(lambda: not programs(data))
        assert not list(data.glob("published/*/*/metadata.xml"))
        daemon.start()
    await until(lambda: not list(data.glob("recording/composing/*")))
    check_files(data)
