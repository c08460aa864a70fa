"""Documents that cannot become slides, or should not: each is told by its own words, and harms nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from callback_receivers import Answer, Receiver, endless, raw, status
from harness import Caller, Daemon, Memory, awaited, until
from sample_documents import (
    create,
    document,
    element,
    encrypted_pdf,
    enter,
    huge_png,
    hungry_pdf,
    many_pages_pdf,
    pdf,
    picture,
    pptx,
    recursive_pdf,
    settled,
    slow_pdf,
    svg,
)
from websocket_clients import Connected

BASE = {"maxFileSizeUpload": "3000000", "bbbd.workerSeconds": "2", "bbbd.office": "none"}
#: On a machine that has much else to do, the end of the time comes before that of the computing time.
SLOW = "takes more than 2 s to convert|was not converted within 20 s"
HOSTILE = [
    (document("a.pdf", b"x").replace(">eA==<", ">this is not base64!<"), "is not base64"),
    (document("a.pdf", b"x").replace(">eA==<", ">eA==eA==<"), "is not base64"),
    (document("a.pdf", b"x").replace(">eA==<", "><"), "is empty"),
    (document("a.pdf", b"MZ\x90\0 a program"), "is called PDF, but is none"),
    (document("a.exe", b"MZ\x90\0 a program"), "is of a kind that is not shown; PDF, PNG, JPEG"),
    (document("a.png", b"plain text"), "is called PNG, but is none"),
    (document("a.pdf", b"<!DOCTYPE html><html><body>Log in</body></html>"), "is a web page and no document"),
    (document("a.pdf", many_pages_pdf(10_000)), "has 10000 pages; at most 200 are shown (maxNumPages)"),
    (document("a.png", huge_png()), "has 50000 by 50000 pixels; at most 40 million are read"),
    (document("a.pdf", encrypted_pdf()), "is protected by a password"),
    (document("a.pdf", pdf("Cut")[:300]), "is no PDF that can be read"),
    (document("a.png", picture()[:100]), "is damaged, or not whole"),
    (document("a.gif", b"GIF89a"), "is no GIF that can be read"),
    (document("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><g>"), "is no SVG that is well-formed"),
    (document("a.pdf", recursive_pdf()), f"breaks its converter, or needs more than 512 MiB of memory|{SLOW}"),
    (document("a.pdf", slow_pdf()), SLOW),
    (document("a.pdf", bytes(3_000_001)), "has more than 3,000,000 bytes, the most that is taken (maxFileSizeUpload)"),
    (document("a.pptx", pptx()), "is an office document, which needs LibreOffice"),
    (document("a.zip", b"PK\x03\x04" + bytes(60)), "is an archive, and no office document"),
    (element(url="http://localhost/a.pdf"), "cannot be fetched: localhost is among insertDocumentBlockedHosts"),
    (
        element(url="http://127.0.0.1:8080/a.pdf"),
        "cannot be fetched: 127.0.0.1 is this machine; bbbd.slidesNetworks=127.0.0.0/8 allows it",
    ),
    (element(url="http://[::1]:8080/a.pdf"), "::1 is this machine"),
    (element(url="http://169.254.169.254/latest/meta-data"), "169.254.169.254 is never called"),
    (element(url="http://0x7f000001/a.pdf"), "0x7f000001 is no address that is written plainly"),
    (element(url="ftp://example.org/a.pdf"), "cannot be fetched: only http and https URLs are called"),
    (element(url="http://example.org/my report.pdf"), "a URL with a blank, a backslash or a control character in it"),
    (element(url="http://user@example.org/a.pdf"), "a URL with a user in it is not called"),
    (element(url="file:///etc/passwd"), "only http and https URLs are called"),
]


async def why(caller: Caller, *documents: str, count: int = 1) -> list[str]:
    """Return what is told of documents that were handed in and failed."""
    await create(caller, "demo", *documents)
    await settled(caller, "slides_failed", count)
    ada = await enter(caller, "demo", "Ada")
    found = [one.get("why", "") for one in ada.last("snapshot")["decks"]]
    if isinstance(ada, Connected):
        ada.socket.close()
    return found


@pytest.mark.parametrize(("given", "says"), HOSTILE)
@awaited
async def test_what_cannot_be_shown_says_why(memory_with: Callable[..., Memory], given: str, says: str) -> None:
    memory = memory_with(**BASE)
    [told] = await why(memory, given)
    assert any(one in told for one in says.split("|"))
    assert not list((memory.directory / "slides").iterdir())


@awaited
async def test_a_daemon_says_the_same_and_goes_on(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings=BASE | {"bbbd.workers": "2"})
    told = await why(daemon, *[given for given, _says in HOSTILE], count=len(HOSTILE))
    expected = [says.split("|") for _given, says in HOSTILE]
    assert [pair for pair in zip(expected, told, strict=True) if not any(one in pair[1] for one in pair[0])] == []
    await create(daemon, "after", document("good.pdf", pdf("Good")))
    await settled(daemon)
    assert not list((daemon.directory / "slides").glob(".bbbd-*"))


@pytest.mark.faults
@awaited
async def test_a_small_file_that_unpacks_to_gigabytes_is_shown_in_little_memory(memory: Memory) -> None:
    await create(memory, "demo", document("a.pdf", hungry_pdf()))
    await settled(memory)
    assert [deck.pages for deck in memory.meeting("demo").decks.values()] == [1]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (status(404), "cannot be fetched: 127.0.0.1 answers with status 404"),
        (status(200, b"", "Location: /x\r\n"), "is empty"),
        (
            raw(b"HTTP/1.1 302 Found\r\nLocation: http://localhost/a.pdf\r\nContent-Length: 0\r\n\r\n"),
            "localhost is among insertDocumentBlockedHosts",
        ),
        (
            raw(b"HTTP/1.1 302 Found\r\nLocation: http://10.1.2.3/a.pdf\r\nContent-Length: 0\r\n\r\n"),
            "10.1.2.3 is private; bbbd.slidesNetworks=10.0.0.0/8 allows it",
        ),
        (
            raw(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
            "only http and https URLs are called",
        ),
        (raw(b"HTTP/1.1 307 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"), "it leads on more than 3 times"),
        (raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "it leads on more than 3 times"),
        (endless(b"x" * 65_536), "has more than 3,000,000 bytes"),
        (
            endless(b"10000\r\n" + b"x" * 65_536 + b"\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "has more than 3,000,000 bytes",
        ),
        (
            endless(b"1;" + b"x" * 1000 + b"\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "cannot be fetched: ",
        ),
        (endless(b"X-Header: y\r\n" * 4000, b"HTTP/1.1 200 OK\r\n"), "cannot be fetched: it sends more than is taken"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3000001\r\n\r\n"), "has more than 3,000,000 bytes"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", close=True), "cannot be fetched: it was cut off"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxxx"), "it comes packed"),
        (raw(b"nonsense\r\n\r\n", close=True), "cannot be fetched: "),
        (raw(b"", close=True), "cannot be fetched: "),
    ],
)
@awaited
async def test_a_server_that_gives_no_document_is_told(
    memory_with: Callable[..., Memory], receiver: Receiver, answer: Answer, says: str
) -> None:
    receiver.usual = answer
    memory = memory_with(**BASE | {"bbbd.slidesNetworks": "127.0.0.0/8"})
    [told] = await why(memory, element(url=receiver.url("/a.pdf")))
    assert says in told
    assert not list((memory.directory / "slides").iterdir())


@awaited
async def test_redirections_are_followed_to_what_is_allowed(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    moved = raw(b"HTTP/1.1 301 Moved\r\nLocation: /b/there.pdf\r\nContent-Length: 5\r\n\r\nmoved")
    receiver.plan = [moved, status(200, pdf("There"))]
    memory = memory_with(**{"bbbd.slidesNetworks": "127.0.0.0/8"})
    await create(memory, "demo", element(url=receiver.url("/a.pdf")))
    await settled(memory)
    assert [got.target for got in receiver.got] == ["/a.pdf", "/b/there.pdf"]
    assert [deck.pages for deck in memory.meeting("demo").decks.values()] == [1]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), "nothing came for 10 s"),
        (raw(b""), "it was not there within 30 s"),
    ],
)
@awaited
async def test_a_server_that_is_silent_is_given_up(
    memory_with: Callable[..., Memory], receiver: Receiver, answer: Answer, says: str
) -> None:
    receiver.usual = answer
    memory = memory_with(**{"bbbd.slidesNetworks": "127.0.0.0/8", "meetingExpireIfNoUserJoinedInMinutes": "0"})
    await create(memory, "demo", element(url=receiver.url("/a.pdf")))
    memory.timer.advance(0)
    await receiver.has(1)
    deck = next(iter(memory.meeting("demo").decks.values()))

    def fails() -> bool:
        memory.timer.advance(0.2)
        return bool(deck.why)

    await until(fails)
    assert deck.why == f"cannot be fetched: {says}"


@awaited
async def test_an_svg_names_nothing_outside_itself(memory: Memory, receiver: Receiver) -> None:
    inside = (
        f"<image href='{receiver.url('/a.png')}' width='9' height='9'/>"
        "<image xlink:href='/etc/hostname.png' width='9' height='9'/>"
        f"<style>@import url({receiver.url('/a.css')}); text {{ fill: url({receiver.url('/b.svg')}#x) }}</style>"
        f"<rect width='100' height='50' fill='url({receiver.url('/c.svg')}#g)'/>"
        "<script>fetch('x')</script><text x='5' y='30'>Shown</text>"
    )
    await create(memory, "demo", document("a.svg", svg(inside, "<?xml version='1.0'?><!DOCTYPE svg>")))
    await settled(memory)
    assert [deck.pages for deck in memory.meeting("demo").decks.values()] == [1]
    assert receiver.got == []


@awaited
async def test_a_document_waits_while_others_that_arrive_need_the_disk(
    memory_with: Callable[..., Memory], receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for.add("slides_wait")
    data = pdf("Late")
    receiver.usual = status(200, data)
    memory = memory_with(**{"bbbd.slidesNetworks": "127.0.0.0/8", "bbbd.minFreeDisk": "1 MiB"})
    memory.app._free_disk.bytes = (1 << 20) + len(data)
    # An upload that is still arriving has reserved the last bytes.
    assert memory.app._free_disk.reserve(1)
    await create(memory, "demo", element(url=receiver.url("/a.pdf")))
    memory.timer.advance(0)
    await receiver.has(1)
    deck = next(iter(memory.meeting("demo").decks.values()))
    await until(lambda: not memory.app.slides.busy)
    assert (deck.why, deck.pages) == ("", 0)
    memory.app._free_disk.release(1)
    memory.advance(31)
    await settled(memory)
    assert deck.pages == 1
    assert memory.app._free_disk.reserved == 0
