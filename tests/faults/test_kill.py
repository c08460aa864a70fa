"""Kills at every operation of the disk, at random moments under load, and files changed at random bytes."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from harness import Daemon, Memory, awaited, until
from kill_points import Story, kill_at, never, now
from kill_story import check, tell_story
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThread
from websocket_clients import Connected

from bbbd.storage.disk import Disk

#: Written anew when they pass this, so that the story has it happen.
COMPACT_PAST = 6000


def start(directory: Path, disk: Disk) -> Memory:
    return Memory(directory=directory, disk=disk, compact_past=COMPACT_PAST, processing=never)


STORY = Story(tell=tell_story, check=check, start=start)


@pytest.mark.faults
def test_a_kill_at_each_operation_of_the_disk_loses_nothing(tmp_path: Path) -> None:
    operations = kill_at(range(1, 10_000), STORY, tmp_path)
    assert operations > 150


def test_a_kill_at_some_operations_of_the_disk_loses_nothing(tmp_path: Path) -> None:
    kill_at([*range(1, 200, 11), 10_000], STORY, tmp_path)


def damage(seed: int, tmp_path: Path, asked_for: set[str]) -> None:
    """Change one byte of a journal: that meeting has its last line cut off, or is set aside; the others live."""
    asked_for.add("journal_damaged")
    chance = random.Random(seed)
    directory = tmp_path / str(seed)
    directory.mkdir()
    memory = Memory(directory=directory)
    now(tell_story(memory, lambda _line: None))
    memory.hang_up()
    live = {meeting.external_id: meeting.internal_id for meeting in memory.app.meetings}
    victim = chance.choice(sorted(live))
    path = directory / "meetings" / f"{live[victim]}.jsonl"
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    # Of the last line, or its beginning: nothing good follows.
    is_last = place >= data.rindex(b"\n", 0, -1)
    data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    again = Memory(directory=directory)
    back = {meeting.external_id for meeting in again.app.meetings}
    gone = live.keys() - back
    # A room whose parent is not there any more ends with it.
    assert gone <= {victim, "room"}
    assert (victim in gone) == path.with_suffix(".damaged").exists()
    assert victim in gone or is_last
    if victim not in gone:
        assert path.with_suffix(".torn").exists()


@pytest.mark.faults
@pytest.mark.parametrize("seed", [*range(30), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(30, 150))])
def test_a_changed_byte_harms_one_meeting_at_most(seed: int, tmp_path: Path, asked_for: set[str]) -> None:
    damage(seed, tmp_path, asked_for)


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_a_changed_byte_harms_no_other_meeting(seed: int, tmp_path: Path, asked_for: set[str]) -> None:
    damage(seed, tmp_path, asked_for)


async def worker(daemon: Daemon, name: str, chance: random.Random, history: list[dict[str, Any]]) -> None:
    """Create, join and end until the daemon is gone."""
    for number in range(1000):
        meeting_id = f"{name}-{number}"
        told: dict[str, Any] = {"id": meeting_id, "asked": "create"}
        history.append(told)
        answer = await daemon.call("create", meetingID=meeting_id, attendeePW="ap", record=chance.random() < 0.3)
        assert answer.code == "SUCCESS", answer.body
        told |= {"internal": answer.text("internalMeetingID"), "asked": ""}
        for _ in range(chance.randrange(3)):
            token = await daemon.token(meeting_id, "Ada", password="ap")
            told.setdefault("tokens", []).append(token)
        if chance.random() < 0.4:
            told["asked"] = "end"
            answer = await daemon.call("end", meetingID=meeting_id)
            assert answer.code == "SUCCESS", answer.body
            told["ended"] = True


@dataclass
class Talk:
    """Somebody who chats over a WebSocket until the daemon is killed, and what was answered with ok."""

    daemon: Daemon
    token: str
    kept: list[str] = field(default_factory=list)
    killed: bool = False

    def go_on(self) -> None:
        """Chat, one message after the other. Blocks: for a thread."""
        try:
            with Connected(self.daemon, self.token) as member:
                member.hello()
                member.until(lambda: bool(member.all("snapshot")))
                for number in count():
                    member.say("chat.say", text=f"message {number}", id=number)
                    member.until(lambda number=number: any(one.get("id") == number for one in member.got))  # type: ignore[misc]
                    if any(one["t"] == "no" for one in member.got):
                        # Its rate is reached: it stays and says no more.
                        member.until(lambda: self.killed)
                        return
                    self.kept.append(f"message {number}")
        except (AssertionError, OSError):
            if not self.killed:
                raise

    async def lost(self) -> list[str]:
        """Return what was answered and is not there once, after a start."""
        member = await deferToThread(Connected, self.daemon, self.token)
        with member:
            member.hello()
            await deferToThread(member.until, lambda: bool(member.all("snapshot")))
            texts = [one["text"] for one in member.last("snapshot")["chat"]]
            return [text for text in self.kept if texts.count(text) != 1]


async def compare(daemon: Daemon, history: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many answers were kept and lost; assert that nothing is there that was not asked for."""
    listed = (await daemon.call("getMeetings")).xml.findall("meetings/meeting")
    live = {meeting.findtext("meetingID"): meeting.findtext("internalMeetingID") for meeting in listed}
    kept = lost = 0
    for told in history:
        if told.get("ended"):
            assert told["id"] not in live
            kept += 1
        elif told["asked"] == "" or (told["asked"] == "end" and told["id"] in live):
            good = live.get(told["id"]) == told["internal"]
            for token in told.get("tokens", []):
                good = good and (await daemon.fetch(f"/html5client/join?sessionToken={token}")).status == 200
            kept, lost = kept + good, lost + (not good)
    assert live.keys() <= {told["id"] for told in history}
    return kept, lost


async def kill_cycles(daemon: Daemon, cycles: int, seed: int) -> tuple[int, int, float]:
    """Load, kill at a random moment, start, compare; return what was kept and lost, and the slowest start.

    The load goes on until it has some answers, more of them in each cycle up to ten, and from there for up to 0.1 s.
    """
    chance = random.Random(seed)
    history: list[dict[str, Any]] = []
    kept = lost = 0
    slowest = 0.0
    for cycle in range(cycles):
        name = f"c{cycle}-talk"
        created = await daemon.call("create", meetingID=name)
        history.append({"id": name, "asked": "", "internal": created.text("internalMeetingID")})
        talk = Talk(daemon, await daemon.token(name, "Ada", role="VIEWER"))
        workers = [Deferred.fromCoroutine(worker(daemon, f"c{cycle}-{number}", chance, history)) for number in range(4)]
        workers.append(deferToThread(talk.go_on))
        await until(partial(_has_answers, history, cycle % 11))
        await _pause(chance.random() * 0.1)
        talk.killed = True
        daemon.process.send_signal(signal.SIGKILL)
        for _success, result in await DeferredList(workers, consumeErrors=True):
            assert not isinstance(getattr(result, "value", None), AssertionError), result
        daemon.wait()
        started = time.monotonic()
        daemon.start()
        slowest = max(slowest, time.monotonic() - started)
        cycle_kept, cycle_lost = await compare(daemon, history)
        assert not await talk.lost()
        kept += len(talk.kept)
        kept, lost = kept + cycle_kept, lost + cycle_lost
        for told in history:
            if not told.get("ended"):
                await daemon.call("end", meetingID=told["id"])
        history.clear()
    return kept, lost, slowest


def _has_answers(history: list[dict[str, Any]], number: int) -> bool:
    """Return whether so many meetings were created."""
    return sum("internal" in told for told in history) >= number


def _pause(seconds: float) -> Deferred[None]:
    """Let the load run for a random while: the moment of the kill is what is being tried, nothing is waited for."""
    from twisted.internet import reactor  # noqa: PLC0415
    from twisted.internet.task import deferLater  # noqa: PLC0415

    return deferLater(reactor, seconds)


@pytest.mark.faults
@awaited
async def test_a_kill_at_any_moment_under_load_loses_nothing(start_daemon: Callable[..., Daemon]) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    daemon = start_daemon(settings={"bbbd.maxMeetings": "0"})
    kept, lost, slowest = await kill_cycles(daemon, 30, seed)
    print(f"30 kills: {kept} answers kept, {lost} lost; slowest start {slowest:.2f} s")
    # Whatever a machine's speed, each cycle had so many answers at least.
    assert kept >= sum(cycle % 11 for cycle in range(30)) - 4 * 30
    assert lost == 0


@pytest.mark.soak
@awaited
async def test_a_thousand_kills_lose_nothing(start_daemon: Callable[..., Daemon]) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    daemon = start_daemon(settings={"bbbd.maxMeetings": "0"})
    kept, lost, slowest = await kill_cycles(daemon, 1000, seed)
    print(f"1000 kills: {kept} answers kept, {lost} lost; slowest start {slowest:.2f} s")
    assert lost == 0
