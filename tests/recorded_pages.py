"""Pages that record themselves in a mesh, as a client of another maker has them: what they ask and are answered."""

from __future__ import annotations

import json
from typing import Any

from harness import Answer, Caller, Daemon, Memory
from websocket_clients import Connected, InMemory, enter_at

PATH = "/html5client/media"
MIME = "video/webm;codecs=vp8,opus"
MESH = {"bbbd.media": "mesh"}
#: The pages of a test, which are closed at its end.
OPEN: list[RecordingPage] = []


class RecordingPage:
    """Somebody's page that sends and records."""

    def __init__(self, bbb: Caller, member: InMemory | Connected) -> None:
        self.bbb, self.member, self.token = bbb, member, member.token
        self.user = str(member.last("welcome")["you"]["user"])
        self._asked = 1000
        OPEN.append(self)

    def ask(self, t: str, **fields: Any) -> dict[str, Any]:
        """Say something over the WebSocket and return the answer."""
        if isinstance(self.member, InMemory):
            return self.member.ask(t, **fields)
        self._asked += 1
        asked, member = self._asked, self.member
        member.say(t, id=asked, **fields)
        member.until(lambda: any(one.get("id") == asked for one in member.got))
        return next(one for one in member.got if one.get("id") == asked)

    def sends(self, *kinds: str) -> None:
        """Send these kinds from now on."""
        assert self.ask("media.share", page=self.user, kinds=list(kinds))["t"] == "ok"

    def now(self) -> int:
        """Return the server's time."""
        self.member.say("ping", at=1)
        if isinstance(self.member, InMemory):
            self.member.listen()
        else:
            pongs = len(self.member.all("pong"))
            self.member.until(lambda: len(self.member.all("pong")) > pongs)
        return int(self.member.last("pong")["now"])

    async def fetch(self, path: str, method: str, body: bytes = b"", **headers: str) -> Answer:
        """Ask for something below the path of uploads."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.bbb.fetch(PATH + path, method, {"Authorization": f"Bearer {self.token}"} | given, body)

    async def begins(self, kind: str = "microphone+camera", **more: Any) -> Answer:
        """Begin a file."""
        wanted = {"kind": kind, "mime": MIME, "startedAt": self.now(), "seq": 1} | more
        return await self.fetch("", "POST", json.dumps(wanted).encode())

    async def begun(self, kind: str = "microphone+camera", **more: Any) -> str:
        """Begin a file and return its id."""
        answer = await self.begins(kind, **more)
        assert answer.status == 201, answer.body
        return str(json.loads(answer.body)["id"])

    async def adds(self, upload: str, offset: int, data: bytes, at: int | None = None) -> Answer:
        """Send a piece."""
        headers = {"Upload_Offset": str(offset)} | ({} if at is None else {"Slice_At": str(at)})
        return await self.fetch(f"/{upload}", "PATCH", data, **headers)

    async def offset(self, upload: str) -> int:
        """Ask how much there is of a file."""
        answer = await self.fetch(f"/{upload}", "HEAD")
        assert answer.status == 200
        return int(answer.headers["upload-offset"])

    async def done(self, upload: str, size: int) -> Answer:
        """Say that a file is complete."""
        return await self.fetch(f"/{upload}/done", "POST", json.dumps({"bytes": size}).encode())


async def page_at(bbb: Caller, name: str, role: str = "VIEWER", meeting: str = "demo") -> RecordingPage:
    """Have somebody come in."""
    return RecordingPage(bbb, enter_at(bbb, await bbb.token(meeting, name, role=role)))


async def recorded_pair(bbb: Caller, meeting: str = "demo", **pairs: str) -> tuple[RecordingPage, RecordingPage]:
    """Have a moderator and a viewer in a meeting that is recorded; the viewer has not answered."""
    assert (await bbb.call("create", meetingID=meeting, record="true", **pairs)).code == "SUCCESS"
    ada, bob = await page_at(bbb, "Ada", "MODERATOR", meeting), await page_at(bbb, "Bob", meeting=meeting)
    for one in (ada, bob):
        one.sends("microphone", "camera")
    assert ada.ask("record", on=True)["t"] == "ok"
    return ada, bob


def close_pages() -> None:
    """Close what a test left open."""
    for one in OPEN:
        if isinstance(one.member, Connected):
            one.member.socket.close()
    OPEN.clear()


def why(answer: Answer) -> str:
    """Return the reason of a refusal."""
    return str(json.loads(answer.body)["why"])


def directory_of(bbb: Caller) -> Any:
    """Return a server's data directory."""
    assert isinstance(bbb, Memory | Daemon)
    return bbb.directory
