"""Documents over TLS: fetched when an authority vouches for the server's name, and never led on to what is not TLS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from callback_receivers import Receiver, raw, status
from harness import Memory, awaited
from sample_documents import create, element, pdf, settled
from tls_receivers import HOST, Authority, SecureReceiver

Secure = Callable[..., SecureReceiver]


@pytest.fixture
def memory(memory_with: Callable[..., Memory], pem: Path) -> Memory:
    """A server that knows the authority, and what the host stands for."""
    memory = memory_with(**{"bbbd.slidesNetworks": "127.0.0.0/8", "bbbd.callbackCA": str(pem)})
    memory.names[HOST] = ["127.0.0.1"]
    return memory


async def become(memory: Memory, url: str) -> tuple[str, str]:
    await create(memory, "demo", element(url=url))
    await settled(memory)
    [deck] = memory.meeting("demo").decks.values()
    return deck.state, deck.why


@awaited
async def test_a_document_comes_over_tls(memory: Memory, secure: Secure, authority: Authority) -> None:
    receiver = secure(authority.vouch(HOST))
    receiver.usual = status(200, pdf("Secure"))
    assert await become(memory, receiver.url("/a.pdf")) == ("ready", "")


@awaited
async def test_a_server_that_nobody_vouches_for_is_not_asked(memory: Memory, secure: Secure) -> None:
    receiver = secure(Authority("Somebody else").vouch(HOST))
    state, why = await become(memory, receiver.url("/a.pdf"))
    assert (state, why.startswith("cannot be fetched: TLS: ")) == ("failed", True)
    assert receiver.got == []


@awaited
async def test_tls_never_leads_on_to_less(
    memory: Memory, secure: Secure, authority: Authority, receiver: Receiver
) -> None:
    first = secure(authority.vouch(HOST))
    location = receiver.url("/a.pdf").encode()
    first.usual = raw(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")
    assert await become(memory, first.url("/a.pdf")) == (
        "failed",
        "cannot be fetched: it leads on from https to http",
    )
    assert receiver.got == []


@awaited
async def test_a_name_is_looked_at_by_all_its_addresses(memory: Memory, receiver: Receiver) -> None:
    memory.names["two.example"] = ["127.0.0.1", "10.9.8.7"]
    state, why = await become(memory, f"http://two.example:{receiver.port}/a.pdf")
    assert (state, why) == (
        "failed",
        "cannot be fetched: 10.9.8.7 is private; bbbd.slidesNetworks=10.0.0.0/8 allows it",
    )
    assert receiver.got == []
