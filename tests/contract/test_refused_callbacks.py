"""The words of a receiver that refuses a callback: kept, logged, and shown by the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest
from callback_receivers import Answer, Receiver, raw, status
from harness import SECRET, Memory, awaited, run, until
from twisted.logger import formatEvent

Make = Callable[..., Memory]


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


async def refused(memory: Memory, receiver: Receiver, answer: Answer, path: str = "/end") -> str:
    """Have an end callback refused, and return the words that are kept."""
    receiver.usual = answer
    await memory.call("create", meetingID="demo", meta_endCallbackUrl=receiver.url(path))
    await memory.call("end", meetingID="demo")
    memory.advance(1)
    await until(lambda: not memory.app.server.outbox.busy)
    (path_on_disk,) = (memory.directory / "outbox").glob("*.json*")
    kept: str = json.loads(path_on_disk.read_text())["answer"]
    return kept


@awaited
async def test_the_words_are_kept_logged_and_shown(memory: Memory, receiver: Receiver, logged: list[Any]) -> None:
    words = await refused(memory, receiver, status(403, b"<p>The signature\n\tis wrong.</p>"))
    assert words == "HTTP/1.1 403 Said: <p>The signature is wrong.</p>"
    (line,) = [event for event in logged if event.get("event") == "callback_failed"]
    assert line["answer"] == words
    assert formatEvent(line).endswith(f'failed: status 403, "{words}"; tried again in 30.0 s')
    listed = run("callbacks", "list", "--data-dir", str(memory.directory))
    assert listed.stdout.rstrip().endswith(f'status 403  "{words}"')
    (row,) = run("callbacks", "list", "--json", "--data-dir", str(memory.directory)).stdout.splitlines()
    assert json.loads(row)["answer"] == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(500, b""), "HTTP/1.1 500 Said"),
        (status(500, b"x" * 5000), "HTTP/1.1 500 Said: " + "x" * 200),
        (status(500, ("é" * 150).encode()), "HTTP/1.1 500 Said: " + "é" * 100),
        (status(500, b"\x1b[31m\xff\x00ok"), "HTTP/1.1 500 Said: [31m\ufffdok"),
        (status(302, b"", "Location: https://elsewhere.example/\r\n"), "HTTP/1.1 302 Said"),
        (raw(b"HTTP/1.0 404\r\n\r\nnot here", close=True), "HTTP/1.0 404: not here"),
    ],
)
@awaited
async def test_the_words_are_one_short_line(memory: Memory, receiver: Receiver, answer: Answer, words: str) -> None:
    assert await refused(memory, receiver, answer) == words


@awaited
async def test_keys_that_a_receiver_repeats_are_left_out(memory: Memory, receiver: Receiver) -> None:
    key = "an+application%27s-own-key"
    body = f"{SECRET} {key} an application's-own-key /end"
    words = await refused(memory, receiver, status(500, body.encode()), f"/end?key={key}")
    assert words == "HTTP/1.1 500 Said: … … … …"


@pytest.mark.parametrize("write", [str, escape, unquote])
@awaited
async def test_a_query_that_a_receiver_repeats_is_left_out(
    memory: Memory, receiver: Receiver, write: Callable[[str], str]
) -> None:
    def repeat(connection: Any) -> None:
        status(404, f"Cannot GET {write(receiver.got[-1].target)}".encode())(connection)

    assert await refused(memory, receiver, repeat, "/end?key=a%20b&x=1") == "HTTP/1.1 404 Said: Cannot GET …?…"


@awaited
async def test_the_checksum_of_a_hook_is_left_out(memory: Memory, receiver: Receiver, logged: list[Any]) -> None:
    await memory.call("hooks/create", callbackURL=receiver.url("/hook"))

    def repeat(connection: object) -> None:
        status(500, f"no route {receiver.got[-1].target}".encode())(connection)  # type: ignore[arg-type]

    receiver.usual = repeat
    await memory.call("create", meetingID="demo")
    memory.advance(0)
    await until(lambda: not memory.app.server.outbox.busy)
    (line,) = [event for event in logged if event.get("event") == "callback_failed"]
    assert line["answer"] == "HTTP/1.1 500 Said: no route …?…"


@pytest.mark.parametrize("form", ["as sent", "decoded"])
@awaited
async def test_passwords_and_names_in_what_a_hook_was_sent_are_left_out(
    memory: Memory, receiver: Receiver, logged: list[Any], form: str
) -> None:
    await memory.call("hooks/create", callbackURL=receiver.url("/hook"))

    def repeat(connection: object) -> None:
        body = receiver.got[-1].body.decode()
        begin = body.index("moderator-pass")
        said = receiver.got[-1].form["event"].partition('"moderator-pass"')[2] if form == "decoded" else body[begin:]
        status(500, said.encode())(connection)  # type: ignore[arg-type]

    receiver.usual = repeat
    wanted = {"moderatorPW": "m p", "attendeePW": "äp", "meta_key": "a/key", "name": "Ada <L>"}
    await memory.call("create", meetingID="demo", **wanted)
    memory.advance(0)
    await until(lambda: not memory.app.server.outbox.busy)
    (line,) = [event for event in logged if event.get("event") == "callback_failed"]
    assert "viewer-pass" in line["answer"]
    for value in wanted.values():
        assert value not in unquote_plus(line["answer"])


@awaited
async def test_a_callback_that_is_taken_leaves_no_words(memory: Memory, receiver: Receiver, logged: list[Any]) -> None:
    await memory.call("create", meetingID="demo", meta_endCallbackUrl=receiver.url())
    await memory.call("end", meetingID="demo")
    memory.advance(1)
    await until(lambda: not memory.app.server.outbox.busy)
    (line,) = [event for event in logged if event.get("event") == "callback_done"]
    assert line["answer"] == ""
