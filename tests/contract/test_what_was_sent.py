"""Callbacks in developer mode: tried as ever, but nobody waits for the clock; each try is told, and repeatable."""

from __future__ import annotations

from itertools import pairwise

import pytest
from callback_receivers import Receiver, raw, status
from developer_harness import Space, a_space, neighbour, running
from harness import awaited, until

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


async def end(space: Space, receiver: Receiver, meeting_id: str = "demo") -> None:
    """End a meeting, and let its callback be tried for the first time."""
    await space.create(meeting_id, meta_endCallbackUrl=receiver.url())
    assert (await space.call("end", meetingID=meeting_id)).code == "SUCCESS"
    await space.advance(0)


@awaited
async def test_a_failed_callback_is_tried_again_at_its_times(space: Space, receiver: Receiver) -> None:
    receiver.plan = [status(500)] * 4
    await end(space, receiver)
    for tries, pause in enumerate((30, 60, 120, 300), 1):
        assert len(receiver.got) == tries
        left = pause - (await space.now() - (await space.tries())[-1]["at"]) / 1000
        await space.advance(left - 2)
        assert len(receiver.got) == tries
        await space.advance(4)
    assert len(receiver.got) == 5
    await space.advance(400)
    assert len(receiver.got) == 5
    told = await space.tries()
    assert [one["status"] for one in told] == [500, 500, 500, 500, 200]
    assert [one["tries"] for one in told] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("seconds", "tries"), [(28, 1), (35, 2), (95, 3), (217, 4), (900, 5)])
@awaited
async def test_one_move_brings_exactly_what_is_due(
    space: Space, receiver: Receiver, asked_for: set[str], seconds: int, tries: int
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(503)
    await end(space, receiver)
    await space.advance(seconds)
    assert len(receiver.got) == tries
    at = [one["at"] for one in await space.tries()]
    pauses = [(later - earlier) / 1000 for earlier, later in pairwise(at)]
    assert all(0 <= pause - due < 3 for pause, due in zip(pauses, (30, 60, 120, 300), strict=False)), pauses


@awaited
async def test_each_try_is_told_with_its_answer(space: Space, receiver: Receiver) -> None:
    receiver.plan = [status(404), raw(b"", close=True)]
    before = await space.now()
    created = await space.create(meta_endCallbackUrl=receiver.url())
    await space.call("end", meetingID="demo")
    await space.advance(95)
    tries = await space.tries()
    assert [list(one) for one in tries] == [
        ["id", "kind", "url", "said", "meeting", "tries", "status", "answer", "refusal", "at"]
    ] * 3
    assert [(one["kind"], one["status"], one["answer"]) for one in tries][::2] == [
        ("end", 404, "status 404"),
        ("end", 200, "status 200"),
    ]
    assert [one["refusal"] for one in tries] == ["HTTP/1.1 404 Said: ok", "", ""]
    assert (tries[1]["status"], bool(tries[1]["answer"])) == (None, True)
    assert {one["meeting"] for one in tries} == {created.findtext("internalMeetingID")}
    assert {one["url"] for one in tries} == {receiver.url("/cb?meetingID=demo&recordingmarks=false")}
    times = [one["at"] for one in tries]
    assert times == sorted(times)
    assert before <= times[0] <= before + 2000
    assert [one["id"] for one in tries] == sorted({one["id"] for one in tries})
    assert await neighbour(space).tries() == []


@awaited
async def test_a_callback_is_sent_again_whatever_became_of_it(space: Space, receiver: Receiver) -> None:
    await end(space, receiver)
    (first,) = await space.tries()
    assert await space.do("callbacks/again", id=first["id"]) == {}
    got = await receiver.has(2)
    assert got[0].target == got[1].target
    await space.advance(0)
    assert [(one["id"] > first["id"], one["tries"]) for one in (await space.tries())[1:]] == [(True, 1)]
    # One that fails again is tried again.
    receiver.plan = [status(500)]
    await space.do("callbacks/again", id=first["id"])
    await space.advance(35)
    assert len(receiver.got) == 4


@awaited
async def test_a_hook_is_sent_again_as_it_was(space: Space, receiver: Receiver) -> None:
    await space.call("hooks/create", callbackURL=receiver.url())
    await space.create()
    await space.advance(1)
    (one,) = await space.tries()
    assert (one["kind"], one["status"], "meeting-created" in one["said"]) == ("hook", 200, True)
    await space.do("callbacks/again", id=one["id"])
    first, second = await receiver.has(2)
    assert first.event == second.event


@pytest.mark.parametrize("body", [{}, {"id": 0}, {"id": 12_345}, {"id": "1"}, {"id": True}, {"id": None}])
@awaited
async def test_what_was_not_sent_is_not_sent_again(space: Space, receiver: Receiver, body: dict[str, object]) -> None:
    await end(space, receiver)
    assert await space.refused("callbacks/again", **body)
    await space.advance(1)
    assert len(receiver.got) == 1


@awaited
async def test_callbacks_that_wait_are_counted(space: Space, receiver: Receiver) -> None:
    receiver.usual = status(500)
    for name in ("one", "two"):
        await end(space, receiver, name)
    assert (await space.told("state"))["callbacksDue"] == 2
    receiver.usual = status(200)
    await space.advance(65)
    assert (await space.told("state"))["callbacksDue"] == 0


@awaited
async def test_receivers_on_this_machine_are_called_and_nobody_s_metadata(space: Space, receiver: Receiver) -> None:
    await end(space, receiver)
    assert len(receiver.got) == 1
    await space.create("other", meta_endCallbackUrl="http://169.254.169.254/latest/meta-data")
    await space.call("end", meetingID="other")
    await space.advance(1)
    (refused,) = [one for one in await space.tries() if "169.254" in one["url"]]
    assert (refused["status"], refused["answer"]) == (None, "169.254.169.254 is never called")
    await until(lambda: not receiver.connections)
