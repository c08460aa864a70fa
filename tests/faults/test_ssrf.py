"""Whatever URL an application names, and however its resolver lies, nobody is called who must not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from callback_receivers import Receiver
from harness import Memory, awaited, until
from sample_documents import element, insert, settled

from bbbd.egress.ssrf_guard import ForbiddenTarget, target_of

#: A receiver's port stands for {port}: each of these would reach it if the check had a hole.
URLS = (
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.9.9.9:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7F.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://00.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://ip6-localhost:{port}/",
    "http://127.0.0.1.nip.io:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://user:word@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://example.org:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.org/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:{port}?@example.org/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://example.org\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1\t:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[v1.127.0.0.1]:{port}/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "dict://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://169.254.169.254.nip.io/",
    "http://rebinding.example:{port}/",
)
#: Where names lead, and when: a resolver may say something else each time.
LIES = {
    "once good": [["93.184.216.34"], ["127.0.0.1"]],
    "good and bad": [["93.184.216.34", "127.0.0.1"]],
    "bad and good": [["127.0.0.1", "93.184.216.34"]],
    "bad": [["127.0.0.1"]],
    "metadata": [["169.254.169.254"]],
    "a form of IPv6": [["::ffff:127.0.0.1"]],
    "translated": [["64:ff9b::7f00:1"]],
    "with a scope": [["fe80::1%lo"]],
    "nonsense": [["127.0.0.1 "]],
    "nothing": [[]],
}


class Liar:
    """A resolver that gives the answers of a plan, and the last one for ever."""

    def __init__(self, plan: list[list[str]]) -> None:
        self.plan, self.asked = plan, 0

    def __call__(self, _host: str) -> list[str]:
        self.asked += 1
        return self.plan[min(self.asked, len(self.plan)) - 1]


@pytest.fixture
def attempts(memory: Memory) -> list[tuple[str, int]]:
    """Every connection that the server begins."""
    begun: list[tuple[str, int]] = []
    reactor: Any = memory.app.outgoing._reactor
    real = reactor.connectTCP

    def connect(host: str, port: int, *arguments: Any, **more: Any) -> Any:
        begun.append((host, port))
        return real(host, port, *arguments, **more)

    reactor.connectTCP = connect
    return begun


async def name(memory: Memory, url: str) -> None:
    """Name a URL in all the ways in which an application can, and let all that follows happen."""
    pairs = {"meetingEndedURL": url, "meta_endCallbackUrl": url, "meta_eventCallbackUrl": url}
    await memory.call("create", meetingID="demo", **pairs, **{"meta_analytics-callback-url": url})
    await memory.call("hooks/create", callbackURL=url)
    await memory.call("create", meetingID="slides", preUploadedPresentation=url)
    if "\t" not in url:
        await insert(memory, "slides", element(url=url))
    await settled(memory)
    await memory.call("end", meetingID="demo")
    outbox = memory.app.server.outbox
    for _ in range(3):
        memory.advance(400, 50)
        await until(lambda: not outbox._attempts and not outbox._pumping)
    await settled(memory)


@pytest.mark.faults
@pytest.mark.parametrize("url", URLS)
@awaited
async def test_no_url_leads_to_this_machine_or_to_a_clouds_metadata(
    memory: Memory, receiver: Receiver, url: str, attempts: list[tuple[str, int]], asked_for: set[str]
) -> None:
    asked_for |= {"callback_given_up", "callback_refused"}
    memory.app.outgoing._names = Liar([["127.0.0.1"]])
    await name(memory, url.format(port=receiver.port))
    assert not receiver.got
    assert not attempts
    assert not receiver.connections


@pytest.mark.parametrize("plan", LIES.values(), ids=LIES)
@awaited
async def test_a_resolver_that_lies_gains_nothing(
    memory: Memory, receiver: Receiver, plan: list[list[str]], attempts: list[tuple[str, int]], asked_for: set[str]
) -> None:
    """Each attempt asks once, and goes to an address that was checked; a name that is once good is never trusted."""
    asked_for |= {"callback_given_up", "callback_refused"}
    liar = Liar(plan)
    memory.app.outgoing._names = liar
    await memory.call("create", meetingID="demo", meetingEndedURL=f"http://rebinding.example:{receiver.port}/")
    await memory.call("end", meetingID="demo")
    outbox = memory.app.server.outbox
    for _ in range(3):
        memory.waiting.advance(20)
        memory.advance(400, 50)
        memory.waiting.advance(20)
        await until(lambda: not outbox._pumping)
    assert liar.asked
    # A name of which one address may not be called is not called at all.
    assert {host for host, _port in attempts} <= ({"93.184.216.34"} if plan == LIES["once good"] else set())
    assert not receiver.got


def test_most_of_these_urls_are_refused_before_any_name_is_asked_for() -> None:
    refused = 0
    check: Callable[[str], object] = target_of
    for url in URLS:
        try:
            check(url.format(port=8080))
        except ForbiddenTarget:
            refused += 1
    assert refused > len(URLS) // 2
