"""The clock of developer mode: it is moved, and all that falls due on the way is done when the answer comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from callback_receivers import Receiver, raw
from developer_harness import Space, a_space, neighbour, running
from harness import Answer, Daemon, awaited, signed, until
from twisted.internet.defer import Deferred, gatherResults

from bbbd.developer.mode import WITHIN

shared = pytest.fixture(
    running(
        maxInactivityTimeoutMinutes="6",
        warnMinutesBeforeMax="2",
        bbbd__deletedRecordingsKeptForDays="20",
    ),
    scope="module",
)
space = pytest.fixture(a_space)

DAY = 24 * 3600


def journal(space: Space) -> str:
    """Return what the meetings' journals of a server have, which nobody is told in another way."""
    directory = space.daemon.directory / "namespaces"
    return "".join(path.read_text() for path in directory.rglob("meetings/*.jsonl") if path.is_relative_to(directory))


@pytest.mark.parametrize(
    ("pairs", "seconds"),
    [({}, 300), ({"meetingExpireIfNoUserJoinedInMinutes": 2}, 120), ({"duration": 1}, 60)],
)
@awaited
async def test_a_meeting_nobody_joins_ends_when_it_should(space: Space, pairs: dict[str, int], seconds: int) -> None:
    await space.create("demo", **pairs)
    await space.advance(seconds - 2)
    assert await space.lives()
    await space.advance(4)
    assert not await space.lives()


@awaited
async def test_a_meeting_ends_after_its_duration_with_people_in(space: Space) -> None:
    await space.create(duration=2)
    await space.people(moderators=1, viewers=2)
    await space.advance(118)
    assert (await space.info("demo")).text("participantCount") == "3"
    await space.advance(4)
    assert not await space.lives()


@awaited
async def test_a_meeting_that_all_have_left_ends(space: Space) -> None:
    await space.create()
    first, second = await space.people(viewers=2)
    await space.act(first, "leave")
    await space.advance(120)
    assert await space.lives()
    await space.act(second, "leave")
    await space.advance(58)
    assert await space.lives()
    await space.advance(4)
    assert not await space.lives()


@awaited
async def test_an_inactive_meeting_is_warned_and_then_ended(space: Space) -> None:
    await space.create()
    await space.people(viewers=1)
    await space.advance(237)
    assert "InactivityWarned" not in journal(space)
    await space.advance(6)
    assert "InactivityWarned" in journal(space)
    await space.act("virtual-0-0", "raise hand")
    await space.advance(357)
    assert await space.lives()
    await space.advance(6)
    assert not await space.lives()


@awaited
async def test_who_does_not_answer_is_logged_out(start_daemon: Callable[..., Daemon]) -> None:
    settings = {
        "userInactivityInspectTimerInMinutes": "1",
        "userInactivityThresholdInMinutes": "2",
        "userActivitySignResponseDelayInMinutes": "1",
        "meetingExpireWhenLastUserLeftInMinutes": "0",
    }
    space = Space(daemon=start_daemon(arguments=["--developer"], settings=settings), name="own")
    await space.create()
    await space.people(viewers=2)
    # People are looked at each whole minute, and were silent for a little less than two at the second.
    await space.advance(178)
    assert journal(space).count('"Asked"') == 0
    await space.advance(6)
    assert journal(space).count('"Asked"') == 2
    await space.act("virtual-0-1", "raise hand")
    await space.advance(63)
    assert [person["userID"] for person in (await space.meeting())["people"]] == ["virtual-0-1"]


@awaited
async def test_guests_who_stop_waiting_and_people_who_do_not_come_are_dropped(space: Space) -> None:
    await space.create(guestPolicy="ASK_MODERATOR")
    guest = await space.token("demo", "Guest", role="VIEWER", guest="true")
    comer = await space.token("demo", "Comer", role="VIEWER")

    async def status(page: str, token: str) -> int:
        return (await space.fetch(f"/html5client/{page}?sessionToken={token}")).status

    await space.advance(58)
    assert await status("join", comer) == 200
    await space.advance(4)
    assert await status("join", comer) == 403
    # A look at the page is a sign that the guest still waits.
    assert await status("guestWait", guest) == 200
    await space.advance(118)
    assert (await space.meeting())["waiting"] == ["Guest"]
    await space.advance(4)
    assert (await space.meeting())["waiting"] == []
    assert await status("guestWait", guest) == 403


@awaited
async def test_what_falls_due_in_one_move_happens_in_order_and_at_its_time(space: Space, receiver: Receiver) -> None:
    pairs = {"meta_eventCallbackUrl": receiver.url()}
    begun = await space.now()
    for name, due in (("third", {}), ("second", {"duration": 2}), ("first", {"duration": 1})):
        await space.create(name, **due, **pairs)
    await receiver.has(3)
    await space.advance(330)
    ended = [got.query for got in receiver.got[3:]]
    assert [(got["meetingID"], got["event"], got["reason"]) for got in ended] == [
        ("first", "meetingEnded", "ENDED_AFTER_EXCEEDING_DURATION"),
        ("second", "meetingEnded", "ENDED_AFTER_EXCEEDING_DURATION"),
        ("third", "meetingEnded", "ENDED_WHEN_NOT_JOINED"),
    ]
    late = [(int(got["timestamp"]) - begun) / 1000 - due for got, due in zip(ended, (60, 120, 300), strict=True)]
    assert all(0 <= seconds < 3 for seconds in late), late


@awaited
async def test_all_times_follow_the_moved_clock(space: Space) -> None:
    before = await space.advance(300)
    created = await space.create(duration=0)
    create_time = int(created.findtext("createTime") or 0)
    assert before <= create_time <= await space.now()
    (viewer,) = await space.people(viewers=1)
    moved = await space.advance(60)
    await space.act(viewer, "leave")
    info = await space.info("demo")
    assert (info.text("createTime"), info.text("startTime")) == (str(create_time), str(create_time))
    assert moved <= int(info.text("endTime") or 0) <= await space.now()
    (call,) = [one for one in await space.calls() if one["call"] == "create"]
    assert before <= call["at"] <= create_time + 1000


WRONG = [
    b"{}",
    b'{"advance": -1}',
    b'{"advance": -0.001}',
    b'{"advance": "60"}',
    b'{"advance": true}',
    b'{"advance": null}',
    b'{"advance": [60]}',
    b'{"advance": 1e99}',
    b'{"advance": NaN}',
    b'{"advance": Infinity}',
    b'{"advance": -Infinity}',
    b'{"advance": 31622401}',
    b'{"advance": 1' + b"0" * 5000 + b"}",
    b'{"advance": 60, "by": 1}',
    b"[60]",
    b"60",
    b"null",
    b"",
    b"{",
    b"\xff",
    b"[" * 100_000,
]


@awaited
async def test_a_wrong_move_is_refused_and_changes_nothing(space: Space) -> None:
    await space.advance(5)
    before = await space.told("clock")
    for body in WRONG:
        answer = await space.post_raw("clock", body)
        assert answer.status == 400, body
        assert list(json.loads(answer.body)) == ["error"]
    after = await space.told("clock")
    assert (after["moved"], after["now"] - before["now"] < 5000) == (before["moved"], True)


@awaited
async def test_a_move_may_be_a_fraction_or_nothing(space: Space) -> None:
    before = await space.now()
    assert 1500 <= await space.advance(1.5) - before < 3000
    assert await space.advance(0) - before < 4000
    assert (await space.told("clock"))["moved"] == pytest.approx(1.5, abs=1)


@awaited
async def test_two_moves_at_the_same_time_are_both_made(space: Space) -> None:
    await space.create(duration=3)
    await space.people(viewers=1)
    before = await space.now()
    moves = [Deferred.fromCoroutine(space.advance(seconds)) for seconds in (60, 90, 10)]
    answered = await gatherResults(moves)
    assert 160_000 <= max(answered) - before < 163_000
    assert await space.lives()
    await space.advance(25)
    assert not await space.lives()


@pytest.mark.parametrize("seconds", [0, 3])
@awaited
async def test_a_move_waits_for_a_silent_receiver_and_others_do_not(
    space: Space, receiver: Receiver, seconds: int
) -> None:
    receiver.usual = raw(b"")
    other = neighbour(space)
    await space.create(meta_endCallbackUrl=receiver.url())
    await space.call("end", meetingID="demo")
    moved = Deferred.fromCoroutine(space.advance(seconds))
    await receiver.has(1)
    # The same server and all others go on meanwhile.
    await space.create("another")
    await other.create(duration=1)
    await other.advance(65)
    assert not await other.lives()
    assert not moved.called
    for connection in list(receiver.connections):
        connection.hang_up()
    await until(lambda: bool(moved.called))
    await moved
    (told,) = await space.tries()
    assert (told["kind"], told["status"]) == ("end", None)
    # The next try finds a receiver that hangs up at once.
    receiver.usual = raw(b"", close=True)
    await space.advance(35)
    assert len(receiver.got) == 2


@pytest.mark.faults
@awaited
async def test_a_month_passes_in_seconds_and_what_was_deleted_is_erased_after_its_days(space: Space) -> None:
    await space.create()
    (recording,) = await space.recordings()
    (kept,) = await space.recordings(name="Kept")
    assert (await space.call("deleteRecordings", recordID=recording)).text("deleted") == "true"

    def there(tree: str) -> set[str]:
        return {path.name for path in space.daemon.directory.glob(f"namespaces/*/{tree}/presentation/*-*")}

    begun = time.monotonic()
    await space.advance(15 * DAY)
    half = time.monotonic() - begun
    assert there("deleted") == {recording}
    begun = time.monotonic()
    before = await space.now()
    moved = await space.advance(30 * DAY) - before
    took = time.monotonic() - begun
    assert 0 <= moved - 30 * DAY * 1000 <= took * 1000 + 1
    # What only a turn of the clock itself can finish is not waited for until patience ends.
    assert took < max(WITHIN, 10 * half)
    assert there("deleted") == set()
    assert there("published") == {kept}
    assert [one.findtext("recordID") for one in await space.listed(state="any")] == [kept]
    assert not await space.lives()


@awaited
async def test_a_move_lets_other_calls_through(space: Space) -> None:
    """A long move is not one turn of the reactor."""
    moved = Deferred.fromCoroutine(space.advance(600))
    answers: list[Answer] = []
    while not moved.called:
        answers.append(await space.fetch(signed("getMeetings")))
    await moved
    assert len(answers) > 5
    assert {answer.code for answer in answers} == {"SUCCESS"}
