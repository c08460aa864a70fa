"""The request lines of all calls to elsewhere, for strict receivers (Node's) and lenient ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver
from harness import Memory, awaited, until

from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.values.urls import as_header, with_parameters, with_path

Make = Callable[..., Memory]

#: Node's parser of HTTP is strict: it refuses a request line that RFC 9112 does not allow.
_NODE = """
const server = require("http").createServer({insecureHTTPParser: false}, (request, answer) => {
  console.log(JSON.stringify(request.url));
  answer.end("ok");
});
server.on("clientError", (fault, socket) => {
  console.log(JSON.stringify(fault.code));
  socket.end("HTTP/1.1 400 Bad Request\\r\\n\\r\\n");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


class NodeReceiver:
    """A server of Node that lists the targets of its requests, or the fault of a request that it refuses."""

    def __init__(self, lines: Path) -> None:
        self._lines = lines

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self._lines.read_text().splitlines()]

    @property
    def port(self) -> int:
        return int(self.lines[0])

    @property
    def targets(self) -> list[str]:
        return self.lines[1:]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeReceiver]:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed: its strict server cannot be asked")
    lines = tmp_path / "node"
    with lines.open("w") as out, subprocess.Popen([program, "-e", _NODE], stdout=out) as process:
        try:
            yield NodeReceiver(lines)
        finally:
            process.terminate()


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


async def call_every_kind(memory: Memory, port: int) -> None:
    """Have a server call a URL that has a query and no path, for each reason that there is."""
    url = f"http://127.0.0.1:{port}?x=1"
    await memory.call("hooks/create", callbackURL=f"{url}&hook", eventID="meeting-ended")
    metas = {"endCallbackUrl": "end", "eventCallbackUrl": "event", "analytics-callback-url": "analytics"}
    pairs = {f"meta_{name}": f"{url}&{value}" for name, value in metas.items()}
    await memory.call("create", meetingID="demo", meetingEndedURL=f"{url}&ended", **pairs)
    await memory.call("end", meetingID="demo")
    for _ in range(3):
        memory.advance(1)
        await until(lambda: not memory.app.server.outbox.busy)


def check(targets: list[str]) -> None:
    assert len(targets) == 6, targets
    assert all(target.startswith("/?x=1&") for target in targets), targets
    found = {target.removeprefix("/?x=1&").partition("&")[0] for target in targets}
    assert found == {"hook", "end", "event", "analytics", "ended"}


@awaited
async def test_a_url_without_a_path_is_called_by_a_line_that_node_takes(memory: Memory, node: NodeReceiver) -> None:
    await until(lambda: len(node.lines) == 1)
    await call_every_kind(memory, node.port)
    await until(lambda: len(node.targets) >= 6)
    check(node.targets)


@awaited
async def test_a_url_without_a_path_is_called_at_a_lenient_receiver_too(memory: Memory, receiver: Receiver) -> None:
    await call_every_kind(memory, receiver.port)
    check([got.target for got in await receiver.has(6)])


#: What follows scheme, host and port in a URL, and the target of its request line.
TARGETS = {
    "": "/",
    "?": "/",
    "?x=1": "/?x=1",
    "#part": "/",
    "?x=1#part": "/?x=1",
    "?x=http://a/b?c": "/?x=http://a/b?c",
    "/a//b?": "/a//b",
    "/a%2Fb?x=%3c": "/a%2Fb?x=%3c",
    "?x=é": "/?x=%C3%A9",
    "/é?x=é": "/%C3%A9?x=%C3%A9",
    "/a?b[]=1&c={d}|e^`": "/a?b[]=1&c=%7Bd%7D%7Ce%5E%60",
}


@pytest.mark.parametrize(("rest", "target"), TARGETS.items())
@awaited
async def test_a_request_line_is_valid_whatever_the_url(
    memory: Memory, node: NodeReceiver, rest: str, target: str
) -> None:
    await until(lambda: len(node.lines) == 1)
    await memory.app.outgoing.send(OutgoingRequest("GET", f"http://127.0.0.1:{node.port}{rest}"))
    assert node.targets == [target]


def test_a_redirection_has_a_path() -> None:
    assert as_header("https://lms.example?course=1#top") == b"https://lms.example/?course=1#top"
    assert with_parameters("https://lms.example?a=1", {"b": "2"}) == "https://lms.example/?a=1&b=2"
    assert with_path("/relative") == "/relative"
    assert with_path("https://lms.example/?") == "https://lms.example/?"
