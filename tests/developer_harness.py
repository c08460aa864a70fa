"""Developer mode as those who test against it meet it: a namespace each, its API and its surface; and a clock alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from harness import Answer, Caller, Daemon, free_port
from lxml import etree
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock as ManualTimer

from bbbd.developer.control import SURFACE
from bbbd.developer.movable_clock import MovableTimer

JSON = {"Content-Type": "application/json"}
_numbers = count(1)


@dataclass
class Space(Caller):
    """One server of a daemon in developer mode: a namespace, or with an empty name the main one."""

    daemon: Daemon = field(kw_only=True)
    name: str = ""

    @property
    def path(self) -> str:
        return f"/{self.name}" if self.name else ""

    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        return await self.daemon.fetch(self.path + target, method, headers, body)

    async def post_raw(self, what: str, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Post a body as it is to the surface."""
        return await self.fetch(f"/developer/{what}", "POST", JSON if headers is None else headers, body)

    async def told(self, what: str, method: str = "GET") -> Any:
        """Look at something."""
        answer = await self.fetch(f"/developer/{what}", method)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    async def do(self, what: str, **body: Any) -> Any:
        """Have something done."""
        answer = await self.post_raw(what, json.dumps(body).encode())
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    async def refused(self, what: str, **body: Any) -> str:
        """Ask for what cannot be, and return what is said of it."""
        answer = await self.post_raw(what, json.dumps(body).encode())
        assert answer.status == 400, (body, answer)
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        error: str = json.loads(answer.body)["error"]
        return error

    async def advance(self, seconds: float) -> int:
        """Move the clock, and return what time it is then, in milliseconds since 1970."""
        now: int = (await self.do("clock", advance=seconds))["now"]
        return now

    async def now(self) -> int:
        now: int = (await self.told("clock"))["now"]
        return now

    async def create(self, meeting_id: str = "demo", **pairs: Any) -> etree._Element:
        answer = await self.call("create", meetingID=meeting_id, **pairs)
        assert answer.code == "SUCCESS", answer.body
        return answer.xml

    async def lives(self, meeting_id: str = "demo") -> bool:
        return (await self.info(meeting_id)).code == "SUCCESS"

    async def people(self, **wanted: Any) -> list[str]:
        users: list[str] = (await self.do("people", meetingID="demo", **wanted))["users"]
        return users

    async def act(self, who: str, does: str, **more: Any) -> None:
        await self.do("people/act", meetingID="demo", who=who, does=does, **more)

    async def meeting(self, meeting_id: str = "demo") -> Any:
        """Return what the surface tells of a meeting."""
        (found,) = [one for one in (await self.told("state"))["meetings"] if one["meetingID"] == meeting_id]
        return found

    async def recordings(self, **wanted: Any) -> list[str]:
        """Make recordings of a meeting, of a minute, whose films are soon there; return their ids."""
        ids: list[str] = (await self.do("recordings", **{"meetingID": "demo", "minutes": 1} | wanted))["recordIDs"]
        return ids

    async def listed(self, **pairs: Any) -> list[etree._Element]:
        """Return what getRecordings lists."""
        answer = await self.call("getRecordings", **pairs)
        assert answer.code == "SUCCESS", answer.body
        return answer.xml.findall("recordings/recording")

    async def calls(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.told(f"calls{query}"))["calls"]
        return found

    async def tries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.told("callbacks"))["callbacks"]
        return found


def neighbour(space: Space) -> Space:
    """Return another namespace of the same daemon."""
    return Space(daemon=space.daemon, name=f"space-{next(_numbers)}")


def main_of(space: Space) -> Space:
    """Return the main server of the same daemon."""
    return Space(daemon=space.daemon)


@dataclass
class Running:
    """A daemon that the tests of a module share, and how far its log was looked through."""

    daemon: Daemon
    looked_through: int = 0

    def unseen(self, asked_for: set[str]) -> list[dict[str, Any]]:
        """Return the errors that came since, but for those that were asked for."""
        new, self.looked_through = self.daemon.log[self.looked_through :], len(self.daemon.log)
        return [line for line in new if line["level"] in ("error", "critical") and line["event"] not in asked_for]


def running(port: int = 0, **settings: str) -> Callable[[], Iterator[Running]]:
    """Return what makes a daemon in developer mode, for a fixture; ``__`` in a setting's name is a dot."""
    given = {name.replace("__", "."): value for name, value in settings.items()}

    def shared() -> Iterator[Running]:
        with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
            data = Path(directory) / "data"
            daemon = Daemon(directory=data, port=port or free_port(), arguments=["--developer"], settings=given)
            found = Running(daemon)
            yield found
            assert daemon.end() == 0
            unseen = found.unseen(set())
            assert not unseen, unseen

    return shared


def a_space(shared: Running, asked_for: set[str]) -> Iterator[Space]:
    """Give a test a namespace of its own; nothing may have failed in the daemon that was not asked for."""
    yield Space(daemon=shared.daemon, name=f"space-{next(_numbers)}")
    unseen = shared.unseen(asked_for)
    assert not unseen, unseen


async def nothing() -> None:
    """Wait for nothing."""


@dataclass
class Bench:
    """A timer on a real one that the test moves too, and what was called at which of its seconds."""

    real: ManualTimer = field(default_factory=ManualTimer)
    called: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.timer = MovableTimer(self.real)

    def later(self, delay: float, name: str) -> IDelayedCall:
        return self.timer.callLater(delay, self.note, name)

    def note(self, name: str) -> None:
        self.called.append((name, self.timer.seconds()))

    def move(self, seconds: float, settled: Callable[[], Awaitable[None]] = nothing) -> Deferred[None]:
        return Deferred.fromCoroutine(self.timer.move(seconds, settled))

    @property
    def names(self) -> list[str]:
        return [name for name, _at in self.called]


#: What can be asked of the surface, by path and method.
ASKABLE = [(path, method) for path, methods in SURFACE.items() for method in methods]
