"""Callbacks over TLS: a receiver is called when an authority vouches for its name, and told nothing otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver
from harness import Memory, awaited, until
from tls_receivers import HOST, Authority, SecureReceiver

Make = Callable[..., Memory]


async def step(memory: Memory, seconds: float = 0) -> None:
    """Move the clock, and let what fell due be tried."""
    memory.advance(seconds)
    await until(lambda: not memory.app.server.outbox._attempts and not memory.app.server.outbox._pumping)


async def end(memory_with: Make, receiver: Receiver, authorities: Path | str = "") -> Memory:
    """Have a receiver called by a server that knows some authorities: of the end of a meeting."""
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8", bbbd__callbackCA=str(authorities))
    memory.names[HOST] = ["127.0.0.1"]
    await memory.call("create", meetingID="demo", meetingEndedURL=receiver.url("/ended?a=b"))
    await memory.call("end", meetingID="demo")
    await step(memory)
    return memory


def due(memory: Memory) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((memory.directory / "outbox").glob("*.json*"))]


async def check_refused(memory: Memory, receiver: Receiver, why: str) -> None:
    """Assert that a receiver was told nothing, and that what is due says why."""
    (entry,) = due(memory)
    assert entry["tries"] == 1
    assert why in entry["last"]
    await until(lambda: not receiver.connections)
    assert receiver.got == []


@awaited
async def test_a_receiver_that_the_authority_vouches_for_is_called(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("other.example", HOST))
    memory = await end(memory_with, receiver, pem)
    (got,) = await receiver.has(1)
    assert (got.method, got.target, got.headers["host"]) == ("GET", "/ended?a=b", f"{HOST}:{receiver.port}")
    await step(memory)
    assert due(memory) == []


@awaited
async def test_one_of_several_authorities_is_enough(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.write_bytes(Authority("Another").pem + "# Főtanúsítvány\n".encode() + authority.pem)
    memory = await end(memory_with, receiver, pem)
    assert due(memory) == []
    await receiver.has(1)


@awaited
async def test_an_address_is_vouched_for_as_an_address(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("127.0.0.1"), "127.0.0.1")
    await end(memory_with, receiver, pem)
    (got,) = await receiver.has(1)
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


@awaited
async def test_the_systems_authorities_do_not_know_ours(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority
) -> None:
    receiver = secure(authority.vouch(HOST))
    await check_refused(await end(memory_with, receiver), receiver, "certificate")


@awaited
async def test_another_authority_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.write_bytes(Authority("Another").pem)
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@awaited
async def test_another_authority_of_the_same_name_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], pem: Path
) -> None:
    receiver = secure(Authority("The Authority").vouch(HOST))
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        (HOST, ["other.example"]),
        (HOST, [f"sub.{HOST}", f"{HOST}.other.example"]),
        (HOST, ["127.0.0.1"]),
        ("127.0.0.1", [HOST]),
        ("127.0.0.1", ["127.0.0.2"]),
    ],
)
@awaited
async def test_a_certificate_for_another_name_does_not_count(
    memory_with: Make,
    secure: Callable[..., SecureReceiver],
    authority: Authority,
    pem: Path,
    host: str,
    names: list[str],
) -> None:
    receiver = secure(authority.vouch(*names), host)
    await check_refused(await end(memory_with, receiver, pem), receiver, host)


@pytest.mark.parametrize("names", [["*.example"], ["re*er.example"], ["*"], []])
@awaited
async def test_a_certificate_whose_names_cannot_be_read_does_not_count(
    memory_with: Make,
    secure: Callable[..., SecureReceiver],
    authority: Authority,
    pem: Path,
    names: list[str],
    logged: list[Any],
) -> None:
    receiver = secure(authority.vouch(*names))
    await check_refused(await end(memory_with, receiver, pem), receiver, "TLS")
    # Twisted tells of the certificate too, by a line of its own.
    logged.clear()


@awaited
async def test_an_expired_certificate_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST, days=-1))
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@pytest.mark.parametrize("content", [None, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
@awaited
async def test_a_file_that_cannot_be_read_is_named_and_used_once_it_can(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path, content: bytes | None
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.unlink()
    if content is not None:
        pem.write_bytes(content)
    memory = await end(memory_with, receiver, pem)
    await check_refused(memory, receiver, "bbbd.callbackCA cannot be read")
    pem.write_bytes(authority.pem)
    await step(memory, 31)
    await receiver.has(1)
    assert due(memory) == []


@awaited
async def test_what_went_wrong_is_told_in_words(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("other.example"))
    (entry,) = due(await end(memory_with, receiver, pem))
    assert "Traceback" not in entry["last"]
    assert "\n" not in entry["last"]
