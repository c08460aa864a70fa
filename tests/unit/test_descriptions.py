"""Descriptions of meetings: after an event only what it changed is written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from harness import Memory, awaited
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from bbbd.api.describe import DescriptionCache, describe, state_xml
from bbbd.api.monitoring import list_of_meetings
from bbbd.api.negotiation import PLAIN, ResponseFormat
from bbbd.api.response_tree import Rows, WrittenRows, xml
from bbbd.meetings.event import EndReason, LeaveReason, Left, PresenterChanged, RoleChanged
from bbbd.meetings.hands import HandRaised
from bbbd.meetings.media import Talked
from bbbd.meetings.model import Meeting
from bbbd.short_turns import ShortTurns
from bbbd.values.enums import Role


def new_cache(timer: Clock, seconds: Callable[[], float] = lambda: 0) -> DescriptionCache:
    return DescriptionCache(ShortTurns(timer, seconds))


def texts(cache: DescriptionCache) -> dict[str, bytes]:
    (one,) = cache._cache.values()
    return {user: text for user, (_shown, text) in one._attendees.items()}


@pytest.mark.parametrize("changes", [0, 1, 2])
@awaited
async def test_only_those_who_changed_are_written_anew(memory: Memory, changes: int) -> None:
    cache = new_cache(memory.timer)
    await memory.call("create", meetingID="demo", name="Ä & <Ω>")
    people = [await memory.enter("demo", f"Zoë {number} 🎓", role="VIEWER") for number in range(20)]
    meeting = memory.meeting("demo")
    cache.of(meeting)
    before = texts(cache)
    for person in people[:changes]:
        memory.happen("demo", HandRaised(user=person.user))
        memory.happen("demo", PresenterChanged(user=person.user))
    memory.happen("demo", Talked(user=people[5].user, milliseconds=10))
    assert cache.of(meeting).xml == xml(describe(meeting))
    after = texts(cache)
    anew = {user for user in after if after[user] is not before[user]}
    assert len(anew) <= changes + 1
    assert {person.user for person in people[changes - 1 : changes]} <= anew


@awaited
async def test_a_text_goes_with_its_person_and_changes_with_their_custom_data(memory: Memory) -> None:
    cache = new_cache(memory.timer)
    await memory.call("create", meetingID="demo")
    await memory.enter("demo", "Ann", role="VIEWER", userID="ann", **{"userdata-seat": "1"})
    meeting = memory.meeting("demo")
    assert b"<seat>1</seat>" in cache.of(meeting).xml
    again = await memory.enter("demo", "Ann", role="VIEWER", userID="ann", **{"userdata-seat": "2"})
    written = cache.of(meeting)
    assert written.xml == xml(describe(meeting))
    assert b"<seat>2</seat>" in written.xml
    assert b"<seat>1</seat>" not in written.xml
    assert cache.of(meeting).xml == written.xml
    memory.happen("demo", Left(user=again.user, why=LeaveReason.LEFT))
    assert cache.of(meeting).xml == xml(describe(meeting))
    assert again.user not in texts(cache)


@awaited
async def test_what_attendees_have_in_common_is_written_once(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    for number in range(20):
        await memory.enter("demo", f"Person {number}", role="VIEWER" if number else "MODERATOR")
    state_xml.cache_clear()
    assert new_cache(memory.timer).of(memory.meeting("demo")).xml == xml(describe(memory.meeting("demo")))
    assert state_xml.cache_info().misses == 2


class Turns(Clock):
    """A reactor's time, of which each turn does only what was due before it."""

    def turn(self) -> None:
        due, self.calls = self.calls, []
        for call in due:
            call.func(*call.args, **call.kw)


class Counted:
    """A precise clock, each look at which takes a millisecond."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        self.now += 0.001
        return self.now


async def _meetings(memory: Memory, count: int) -> list[Meeting]:
    for number in range(count):
        await memory.call("create", meetingID=f"m{number}")
        await memory.enter(f"m{number}", "Ada", role="VIEWER")
    return list(memory.app.meetings)


def current(cache: DescriptionCache, meetings: Iterable[Meeting]) -> int:
    """Return how many meetings are written as they are."""
    found = [(cache._cache.get(meeting.internal_id), meeting.n) for meeting in meetings]
    return sum(known is not None and known.n == n for known, n in found)


@awaited
async def test_a_list_writes_only_the_meetings_that_changed(memory: Memory) -> None:
    meetings = await _meetings(memory, 40)
    cache = new_cache(memory.timer)
    first = await cache.elements(meetings, PLAIN)
    for number in (3, 17):
        memory.happen(f"m{number}", RoleChanged(user=next(iter(meetings[number].people)), role=Role.MODERATOR))
    second = await cache.elements(meetings, PLAIN)
    assert [place for place, (old, new) in enumerate(zip(first, second, strict=True)) if old is not new] == [3, 17]
    assert second == [xml([("meeting", describe(meeting))]) for meeting in meetings]


@pytest.mark.parametrize("form", [PLAIN, ResponseFormat(json=True), ResponseFormat(json=True, callback="f")])
@awaited
async def test_a_long_list_is_written_in_short_turns_and_is_of_one_moment(memory: Memory, form: ResponseFormat) -> None:
    meetings = await _meetings(memory, 40)
    timer = Turns()
    cache = new_cache(timer, Counted().seconds)
    listed = Deferred.fromCoroutine(cache.elements(memory.app.meetings, form))
    turns = [0, current(cache, meetings)]
    while turns[-1] < 20:
        timer.turn()
        turns.append(current(cache, meetings))
    assert max(later - earlier for earlier, later in pairwise(turns)) <= 5
    # One that is written already changes, one ends, and one begins.
    memory.happen("m0", RoleChanged(user=next(iter(meetings[0].people)), role=Role.MODERATOR))
    memory.app.meetings.end(meetings[1], EndReason.API)
    await memory.call("create", meetingID="new")
    while not listed.called:
        timer.turn()
    found = list(memory.app.meetings)
    assert [meeting.external_id for meeting in found] == ["m0", *(f"m{n}" for n in range(2, 40)), "new"]
    elements = await listed
    assert elements == [form.element("meeting", describe(meeting)) for meeting in found]
    answer = form.write(list_of_meetings(WrittenRows(elements)).tree)
    assert answer == form.write(list_of_meetings(Rows("meeting", [describe(meeting) for meeting in found])).tree)


@awaited
async def test_meetings_that_change_without_end_are_listed_nevertheless(memory: Memory) -> None:
    meetings = await _meetings(memory, 30)
    timer = Turns()
    listed = Deferred.fromCoroutine(new_cache(timer, Counted().seconds).elements(meetings, PLAIN))
    turns = 0
    while not listed.called:
        turns += 1
        assert turns < 200
        for meeting in meetings:
            memory.happen(meeting.external_id, Talked(user=next(iter(meeting.people)), milliseconds=1))
        timer.turn()
    assert await listed == [xml([("meeting", describe(meeting))]) for meeting in meetings]


@awaited
async def test_ended_meetings_are_kept_as_long_as_they_are_found(memory: Memory) -> None:
    meetings = await _meetings(memory, 3)
    cache = new_cache(memory.timer)
    await cache.elements(meetings, PLAIN)
    cache.prune(meetings[1:])
    assert cache._cache.keys() == {meeting.internal_id for meeting in meetings[1:]}
