"""Recording through a real Janus: which files are kept of whom, and what the journal says of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import Daemon, awaited, until
from media_harness import Attendee, Endpoints, Janus, arriving, missing, together

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


class Lesson:
    """A recorded meeting of Ada, a moderator, Bob, who agreed to being recorded, and Cleo, who did not answer."""

    def __init__(self, daemon: Daemon, endpoints: Endpoints) -> None:
        self.daemon, self.endpoints = daemon, endpoints
        self.people: list[Attendee] = []

    async def begin(self, **pairs: str) -> None:
        """Have everybody send and Ada hear and see them."""
        assert (await self.daemon.call("create", meetingID="demo", record="true", **pairs)).code == "SUCCESS"
        for name, role in (("Ada", "MODERATOR"), ("Bob", "VIEWER"), ("Cleo", "VIEWER")):
            token = await self.daemon.token("demo", name, role=role)
            self.people.append(Attendee(self.daemon, token, name, self.endpoints))
        self.ada, self.bob, self.cleo = self.people
        self.ada.watch({self.bob.user: 180, self.cleo.user: 180})
        assert self.bob.request("record.consent", agrees=True)["t"] == "ok"
        for one in (self.bob, self.cleo):
            one.watch()
            one.send("microphone", "camera")
            for kind in ("microphone", "camera"):
                arriving(self.ada, [self.bob, self.cleo], one.user, kind)

    def told(self, *, on: bool) -> list[str]:
        """Return which tracks Bob was told of: that they are, or are no longer, recorded."""
        return sorted(one["track"] for one in self.bob.events("MediaKept") if one["on"] is on)

    def until_told(self, *tracks: str, on: bool) -> None:
        """Wait until Bob was told of these tracks in all."""
        together(self.people, lambda: self.told(on=on) == list(tracks))

    def record(self, *, on: bool) -> None:
        """Switch recording on or off."""
        assert self.ada.request("record", on=on)["t"] == "ok"

    def going_on(self, packets: int = 20) -> None:
        """Let some time pass, by the packets of Bob's camera."""
        arriving(self.ada, [self.bob, self.cleo], self.bob.user, "camera", packets)

    def files(self) -> list[str]:
        """Return whose files of what there are in the running meeting, those that lead nowhere left out."""
        found = [one for one in (self.daemon.directory / "recording/media").glob("*.mjr") if not one.is_symlink()]
        users = {one.user: one.name for one in self.people}
        return sorted(f"{users['_'.join(one.stem.split('_')[1:-1])]} {one.stem.split('-')[-2]}" for one in found)

    async def end(self) -> Path:
        """End the meeting, and return its raw files."""
        assert (await self.daemon.call("end", meetingID="demo")).code == "SUCCESS"
        self.leave()
        raw = self.daemon.directory / "recording/raw"
        await until(lambda: bool(list(raw.glob("*/journal.jsonl"))))
        return next(raw.iterdir())

    def leave(self) -> None:
        """Have everybody's ends closed."""
        for one in self.people:
            one.socket.close()
            self.endpoints.ask(one.name, "close")
        self.people.clear()


Begin = Callable[..., Lesson]


@pytest.fixture
def lesson(janus: Janus, start_daemon: Callable[..., Daemon], endpoints: Endpoints) -> Iterator[Begin]:
    """Have a lesson with some settings."""
    begun: list[Lesson] = []

    def begin(settings: dict[str, str] | None = None) -> Lesson:
        begun.append(Lesson(start_daemon(settings={**janus.settings, **(settings or {})}), endpoints))
        return begun[-1]

    yield begin
    for one in begun:
        one.leave()


def heads(raw: Path, pattern: str) -> list[bytes]:
    """Return how files begin."""
    return [path.read_bytes()[:8] for path in sorted(raw.glob(pattern))]


@awaited
async def test_files_are_kept_of_those_who_agreed_while_recording_is_on(lesson: Begin) -> None:
    held = lesson()
    await held.begin()
    assert held.files() == []
    held.record(on=True)
    held.until_told("camera", "microphone", on=True)
    held.going_on()
    assert held.files() == ["Bob audio", "Bob video"]
    # The camera is switched off and on: it goes on in the same file.
    held.bob.send("microphone")
    held.until_told("camera", on=False)
    held.bob.send("microphone", "camera")
    held.until_told("camera", "camera", "microphone", on=True)
    # A pause ends the files; the next stretch has its own.
    held.record(on=False)
    held.until_told("camera", "camera", "microphone", on=False)
    held.record(on=True)
    held.until_told("camera", "camera", "camera", "microphone", "microphone", on=True)
    held.going_on()
    assert held.files() == ["Bob audio"] * 2 + ["Bob video"] * 2
    # Who agrees, and takes it back, is recorded between.
    assert held.cleo.request("record.consent", agrees=True)["t"] == "ok"
    together(held.people, lambda: len(held.files()) == 6)
    assert held.cleo.request("record.consent", agrees=False)["t"] == "ok"
    together(held.people, lambda: sum(not one["on"] for one in held.cleo.events("MediaKept")) == 2)
    assert held.ada.events("MediaCut") == []
    raw = await held.end()
    assert not list((held.daemon.directory / "recording/media").iterdir())
    assert heads(raw, "audio/*.mjr") == [b"MJR00002"] * 3
    assert heads(raw, f"video/{raw.name}/*.mjr") == [b"MJR00002"] * 3


@awaited
async def test_sound_alone_is_kept_until_the_disk_is_full(lesson: Begin, asked_for: set[str]) -> None:
    asked_for |= {"media_disk_full", "recording_waits"}
    held = lesson({"bbbd.recordMedia": "sound"})
    await held.begin()
    held.record(on=True)
    held.until_told("microphone", on=True)
    held.going_on()
    assert held.files() == ["Bob audio"]
    held.daemon.settings["bbbd.minFreeDisk"] = "8000000 GiB"
    held.daemon.write_settings()
    os.kill(held.daemon.process.pid, signal.SIGHUP)
    together(held.people, lambda: bool(held.ada.events("MediaCut")))
    assert [(one["user"], one["track"], one["why"]) for one in held.ada.events("MediaCut")] == [
        (held.bob.user, "microphone", "disk")
    ]
    assert held.cleo.events("MediaCut") == []
    raw = await held.end()
    assert heads(raw, "audio/*.mjr") == [b"MJR00002"]
    assert not list(raw.glob("video/**/*.mjr"))
