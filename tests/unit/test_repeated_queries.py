"""Queries that come again: read once while nothing changes, never without a signature, and not without end."""

from __future__ import annotations

import dataclasses

from harness import SECRET, Answer, Memory, awaited, signed

from bbbd.api.calls import CALLS
from bbbd.api.repeated_queries import LONGEST_REMEMBERED, MOST_REMEMBERED, MOST_SEEN, RepeatedQueries, SignedQuery
from bbbd.values.enums import Algorithm

TARGET = signed("getMeetingInfo", "meetingID=demo")


def queries(memory: Memory) -> RepeatedQueries:
    """Return what the API remembers."""
    repeated: RepeatedQueries = memory.app.site.resource.children[b"bigbluebutton"].children[b"api"]._parts.repeated
    return repeated


def known(memory: Memory, target: str = TARGET) -> SignedQuery | None:
    """Return a query, if it is remembered."""
    path, _, query = target.partition("?")
    return queries(memory).find(CALLS[path.rpartition("/")[2]], query.encode())


@awaited
async def test_a_query_that_comes_again_is_read_once_and_its_answer_is_of_now(memory: Memory) -> None:
    for _ in range(2):
        assert known(memory) is None
        assert (await memory.fetch(TARGET)).key == "notFound"
    first = known(memory)
    assert first is not None
    await memory.call("create", meetingID="demo")
    assert (await memory.fetch(TARGET)).code == "SUCCESS"
    # The format is asked for by a header, which is not signed.
    answer = await memory.fetch(TARGET, headers={"Accept": "application/json"})
    assert answer.headers["content-type"].startswith("application/json")
    assert known(memory) is first
    # Another call with the same query is another one, and so is another checksum.
    assert known(memory, TARGET.replace("getMeetingInfo", "isMeetingRunning")) is None
    assert known(memory, signed("getMeetingInfo", "meetingID=demo", algorithm="sha256")) is None


async def fetch_twice(memory: Memory, target: str = TARGET) -> Answer:
    """Fetch what is remembered from then on, if it may be."""
    await memory.fetch(target)
    return await memory.fetch(target)


@awaited
async def test_after_a_reload_it_is_verified_and_read_anew(memory: Memory) -> None:
    current = memory.app.server.current
    assert (await fetch_twice(memory)).key == "notFound"
    current.secrets = ("another",)
    assert (await fetch_twice(memory)).key == "checksumError"
    current.secrets = ("another", SECRET)
    assert known(memory) is None
    assert (await fetch_twice(memory)).key == "notFound"
    assert known(memory) is not None
    current.settings = dataclasses.replace(current.settings, algorithms=frozenset((Algorithm.SHA512,)))
    assert (await fetch_twice(memory)).key == "checksumError"
    assert known(memory) is None


@awaited
async def test_what_nobody_signed_is_not_remembered(memory: Memory) -> None:
    wrong = "/bigbluebutton/api/isMeetingRunning?meetingID=demo&checksum=" + "0" * 40
    token = "/bigbluebutton/api/enter?sessionToken=none"
    for target in (wrong, "/bigbluebutton/api/isMeetingRunning?meetingID=demo", token):
        await fetch_twice(memory, target)
        assert known(memory, target) is None


@awaited
async def test_calls_that_change_something_are_not_remembered(memory: Memory) -> None:
    for name in ("create", "join", "end"):
        target = signed(name, "meetingID=demo&fullName=Ada&role=VIEWER")
        assert b"FAILED" not in (await memory.fetch(target)).body
        await memory.fetch(target)
        assert known(memory, target) is None


@awaited
async def test_so_many_are_remembered_and_no_long_ones(memory: Memory) -> None:
    targets = [signed("isMeetingRunning", f"meetingID=m{number}") for number in range(MOST_REMEMBERED + 10)]
    for target in targets:
        await fetch_twice(memory, target)
    # When there are too many, all are forgotten, and those that still come are soon known again.
    assert [known(memory, target) is not None for target in targets] == [False] * MOST_REMEMBERED + [True] * 10
    long = signed("isMeetingRunning", f"meetingID=demo&x={'x' * LONGEST_REMEMBERED}")
    assert (await fetch_twice(memory, long)).code == "SUCCESS"
    assert known(memory, long) is None


@awaited
async def test_queries_that_come_once_fill_no_memory(memory: Memory) -> None:
    repeated = queries(memory)
    for number in range(MOST_SEEN + 10):
        await memory.fetch(signed("isMeetingRunning", f"meetingID=m{number}"))
    assert (len(repeated._known), len(repeated._seen)) == (0, 10)
