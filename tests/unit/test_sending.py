"""Files on their way to somebody who has gone before they could be opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Memory, Wire
from twisted.internet.defer import Deferred, succeed

from bbbd.http.file_sender import send_file
from bbbd.http.request import Request
from bbbd.playback.foreign import ForeignPlayer
from bbbd.storage.group_commit import Thread

DESCRIPTORS = Path("/proc/self/fd")
Send = Callable[[Request, Thread, Path], None]


def send_one(request: Request, worker: Thread, path: Path) -> None:
    async def send() -> None:
        descriptor = await worker(lambda: os.open(path, os.O_RDONLY))
        await send_file(request, worker, descriptor, os.fstat(descriptor), {"Content-Type": "text/plain"})

    Deferred.fromCoroutine(send())


def send_players(request: Request, worker: Thread, path: Path) -> None:
    ForeignPlayer(path.parent, worker).answer(request, [path.name])


def thread_and_hang_up(wire: Wire) -> Thread:
    """Return a thread in which things take as long as it takes somebody to go."""

    def run(work: Callable[[], Any]) -> Deferred[Any]:
        found = work()
        wire.hang_up()
        return succeed(found)

    return run


@pytest.mark.parametrize("send", [send_one, send_players])
def test_a_file_is_closed_when_whoever_asked_has_gone(memory: Memory, tmp_path: Path, send: Send) -> None:
    (tmp_path / "index.html").write_bytes(b"x" * 100_000)
    wire = memory.connect()
    wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
    before = set(DESCRIPTORS.iterdir())
    send(wire.channel.request, thread_and_hang_up(wire), tmp_path / "index.html")
    assert set(DESCRIPTORS.iterdir()) == before
