"""Descriptions of meetings: after an event only what it changed is written anew."""

from __future__ import annotations

import pytest
from harness import Memory, awaited

from bbbd.api.describe import DescriptionCache, describe, state_xml
from bbbd.api.response_tree import PrerenderedXml, xml
from bbbd.meetings.event import LeaveReason, Left, PresenterChanged
from bbbd.meetings.hands import HandRaised
from bbbd.meetings.media import Talked


def texts(cache: DescriptionCache) -> dict[str, PrerenderedXml]:
    (one,) = cache._cache.values()
    return {user: text for user, (_shown, text) in one._attendees.items()}


@pytest.mark.parametrize("changes", [0, 1, 2])
@awaited
async def test_only_those_who_changed_are_written_anew(memory: Memory, changes: int) -> None:
    cache = DescriptionCache()
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
    cache = DescriptionCache()
    await memory.call("create", meetingID="demo")
    await memory.enter("demo", "Ann", role="VIEWER", userID="ann", **{"userdata-seat": "1"})
    meeting = memory.meeting("demo")
    assert b"<seat>1</seat>" in cache.of(meeting).xml
    again = await memory.enter("demo", "Ann", role="VIEWER", userID="ann", **{"userdata-seat": "2"})
    written = cache.of(meeting)
    assert written.xml == xml(describe(meeting))
    assert b"<seat>2</seat>" in written.xml
    assert b"<seat>1</seat>" not in written.xml
    assert cache.of(meeting) is written
    memory.happen("demo", Left(user=again.user, why=LeaveReason.LEFT))
    assert cache.of(meeting).xml == xml(describe(meeting))
    assert again.user not in texts(cache)


@awaited
async def test_what_attendees_have_in_common_is_written_once(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    for number in range(20):
        await memory.enter("demo", f"Person {number}", role="VIEWER" if number else "MODERATOR")
    state_xml.cache_clear()
    assert DescriptionCache().of(memory.meeting("demo")).xml == xml(describe(memory.meeting("demo")))
    assert state_xml.cache_info().misses == 2
