"""Sound and cameras through a real Janus: ``python bench/media.py``. Needs root, for a network namespace.

Three people speak and one of them has a camera (the last talkers whom everybody hears); all others listen, with aiortc,
which counts packets and decodes nothing. CPU is process time, of bbbd and of Janus, a person, in percent of a core.
What is lost is lost between Janus and the listeners' processes, which a busy machine keeps from reading in time.
``--seconds`` each load goes on, ``--listeners`` for each number of people one load.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Answer, Daemon, free_port, query_of, signed  # noqa: E402
from media_harness import Attendee, Endpoints, Janus, Network, arriving, missing, together  # noqa: E402

from bench.daemons import cpu_seconds  # noqa: E402

#: Listeners of one process: aiortc is one thread, and should not be what is measured.
TOGETHER = 16
REPEATED = 10
SPEAKERS = ("One", "Two", "Three")


class Load(NamedTuple):
    """What a load cost."""

    bbbd: float
    janus: float
    packets: int
    lost: int


class Meeting:
    """A meeting at a daemon: three who speak, and who listens."""

    def __init__(self, daemon: Daemon, name: str) -> None:
        self.daemon, self.name = daemon, name
        self.processes: list[Endpoints] = []
        self.people: list[Attendee] = []
        self.call("create", meetingID=name)
        self.speakers = [self.enter(one, role="MODERATOR" if one == SPEAKERS[0] else "VIEWER") for one in SPEAKERS]
        for one in self.speakers:
            one.watch({self.speakers[0].user: 180})
            kinds = ("microphone", "camera") if one is self.speakers[0] else ("microphone",)
            assert one.send(*kinds)["t"] == "media.up"

    def call(self, call: str, **pairs: Any) -> Answer:
        """Make a call of the API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port)
        connection.request("GET", signed(call, query_of(pairs)))
        response = connection.getresponse()
        answer = Answer(response.status, {}, response.read())
        connection.close()
        return answer

    def enter(self, name: str, role: str = "VIEWER") -> Attendee:
        """Let somebody come in."""
        if len(self.people) % TOGETHER == 0:
            self.processes.append(Endpoints())
        answer = self.call("join", meetingID=self.name, fullName=name, role=role, redirect="false")
        token = answer.text("session_token") or ""
        self.people.append(Attendee(self.daemon, token, name, self.processes[-1]))
        return self.people[-1]

    def read(self, done: Callable[[], bool]) -> None:
        """Let everybody read and answer until a condition holds."""
        together(self.people, done)

    def listen(self, number: int) -> list[Attendee]:
        """Let people come who hear all and see the camera."""
        listeners = [self.enter(f"Listener {one}") for one in range(number)]
        for one in listeners:
            one.watch({self.speakers[0].user: 180})
        wanted = {(one.user, "microphone") for one in self.speakers} | {(self.speakers[0].user, "camera")}
        self.read(lambda: all(wanted <= {key for key, count in one.packets().items() if count} for one in listeners))
        return listeners

    def end(self) -> None:
        """End it."""
        self.call("end", meetingID=self.name)
        for one in self.people:
            one.socket.close()
        for process in self.processes:
            process.end()


def counts(one: Attendee, what: str) -> dict[tuple[str, str], int]:
    """Return the numbers of one kind, by user and kind of track."""
    found = one.endpoints.ask(one.name, "counted")[what]
    return {(feed["user"], feed["kind"]): found.get(mid, 0) for mid, feed in one.feeds.items()}


def loads(meeting: Meeting, janus: Janus, numbers: list[int], seconds: float) -> None:
    """Print what so many listeners cost."""
    print("people  packets/s  Janus  bbbd  Janus a person  bbbd a person  µs a packet  lost")
    listeners: list[Attendee] = []
    for number in numbers:
        listeners += meeting.listen(number - len(listeners))
        for one in listeners:
            one.endpoints.ask(one.name, "forget")
        load = measured(meeting, janus, listeners, seconds)
        people = number + len(SPEAKERS)
        print(
            f"{people:6} {load.packets / seconds:10.0f} {load.janus:5.1f}% {load.bbbd:4.1f}% "
            f"{load.janus / people:13.2f}% {load.bbbd / people:13.3f}% "
            f"{load.janus * seconds * 1e4 / max(load.packets, 1):12.0f} "
            f"{100 * load.lost / max(load.packets + load.lost, 1):5.2f}%"
        )


def measured(meeting: Meeting, janus: Janus, listeners: list[Attendee], seconds: float) -> Load:
    """Return what some seconds cost."""

    def cpu() -> tuple[float, float]:
        return cpu_seconds(meeting.daemon.process.pid), cpu_seconds(janus.process.pid)

    def packets() -> int:
        return sum(sum(one.packets().values()) for one in listeners)

    before, came, end = cpu(), packets(), time.monotonic() + seconds
    meeting.read(lambda: time.monotonic() >= end)
    after = cpu()
    lost = sum(sum(counts(one, "lost").values()) for one in listeners)
    spent = [100 * (new - old) / seconds for new, old in zip(after, before, strict=True)]
    return Load(spent[0], spent[1], packets() - came, lost)


def cuts(meeting: Meeting) -> None:
    """Print how many packets still arrive after a moderator has cut somebody, once bbbd has answered."""
    moderator, other, _third = meeting.speakers
    listener = meeting.people[-1]
    everybody = [one for one in meeting.people if one is not listener]

    def after(cut: Callable[[], Any]) -> int:
        track = next(mid for mid, feed in listener.feeds.items() if feed == {"user": other.user, "kind": "microphone"})
        cut()
        before, clock = of_track(listener, track), listener.packets()[moderator.user, "microphone"]
        meeting.read(lambda: listener.packets()[moderator.user, "microphone"] >= clock + 50)
        return of_track(listener, track) - before

    def repeated(cut: Callable[[], Any], back: Callable[[], Any]) -> Iterator[int]:
        for _time in range(REPEATED):
            yield after(cut)
            back()
            arriving(listener, everybody, other.user, "microphone")

    mutes = list(
        repeated(lambda: moderator.request("mute", on=True, who=other.user), lambda: other.request("mute", on=False))
    )
    print(f"packets after a mute, once it is answered: median {median(mutes)}, most {max(mutes)}")

    def unlock() -> None:
        moderator.request("locks", locks={"mic": False})
        other.send()
        other.send("microphone")

    locks = list(repeated(lambda: moderator.request("locks", locks={"mic": True}), unlock))
    print(f"packets after a lock, once it is answered: median {median(locks)}, most {max(locks)}")
    meeting.people.remove(other)
    print(f"packets after a removal, once it is answered: {after(lambda: moderator.request('remove', who=other.user))}")


def of_track(one: Attendee, mid: str) -> int:
    """Return the packets of a track."""
    return int(one.endpoints.ask(one.name, "counted")["packets"][mid])


def restarts(meeting: Meeting, janus: Janus) -> None:
    """Print how long nothing is heard when bbbd and Janus are killed and started again."""
    speaker, listener = meeting.speakers[0], meeting.people[-1]
    key = (speaker.user, "microphone")
    daemon = meeting.daemon
    listener.endpoints.ask(listener.name, "forget")
    began = time.monotonic()
    daemon.process.kill()
    daemon.wait()
    daemon.start()
    down = time.monotonic() - began
    came = listener.packets()[key]
    while listener.packets()[key] < came + 100:
        pass
    print(
        f"bbbd killed and started again within {down:.1f} s: the longest pause of a voice "
        f"{counts(listener, 'pauses')[key]} ms, packets lost {sum(counts(listener, 'lost').values())}"
    )
    again = [Attendee(daemon, one.token, one.name, one.endpoints) for one in (speaker, listener)]
    for old, one in zip((speaker, listener), again, strict=True):
        one.feeds = old.feeds
        one.watch()
    speaker, listener = again
    together(again, lambda: bool(speaker.all("media")) or speaker.all("welcome")[-1]["media"]["up"])
    known = len(speaker.all("media"))
    began = time.monotonic()
    janus.end(signal.SIGKILL)
    janus.start()
    started = time.monotonic() - began
    # That it is gone, and that it is back.
    together(again, lambda: [one["up"] for one in speaker.all("media")[known:]] == [False, True])
    speaker.send("microphone", fresh=True)
    arriving(listener, [speaker], *key, packets=1)
    print(
        f"Janus killed and started again within {started:.1f} s: nothing is heard for {time.monotonic() - began:.1f} s"
    )


@contextmanager
def running(directory: Path) -> Iterator[tuple[Janus, Daemon]]:
    """Have Janus and a daemon."""
    network = Network()
    janus = Janus(network, directory / "janus")
    settings = janus.settings | {"bbbd.logLevel": "error"}
    daemon = Daemon(directory=directory / "data", port=free_port(), settings=settings)
    yield janus, daemon
    daemon.process.kill()
    daemon.wait()
    janus.end(signal.SIGKILL)
    network.end()


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, nargs="+", default=[12, 30, 50])
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    if why := missing():
        print(f"left out: {why}")
        return
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as (janus, daemon):
        print(f"load of the machine at the beginning: {os.getloadavg()[0]:.1f}")
        few = Meeting(daemon, "few")
        few.listen(2)
        cuts(few)
        restarts(few, janus)
        few.end()
        many = Meeting(daemon, "many")
        loads(many, janus, asked.listeners, asked.seconds)
        many.end()


if __name__ == "__main__":
    main()
