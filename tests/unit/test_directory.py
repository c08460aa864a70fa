"""How meetings are found, what falls due among them, and which events make them fit each other, as tables."""

from __future__ import annotations

import dataclasses

import pytest

from bbbd.api.query import read_query
from bbbd.clock import Moment
from bbbd.meetings import fold
from bbbd.meetings.breakouts import BreakoutClosed, BreakoutOpened
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.creation_times import MOST_KEPT, CreationTimes
from bbbd.meetings.directory import Directory
from bbbd.meetings.event import Created, Ended, EndReason, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.reconcile import mismatches
from bbbd.settings.settings import Settings
from bbbd.values.fields import read

MINUTE = 60_000


def meeting(
    internal_id: str, external_id: str = "", *, created: int = 5, parent: str = "", minutes: int = 0
) -> Meeting:
    wanted = read(Create, read_query(f"meetingID={external_id or 'id-' + internal_id}".encode()), Settings())
    return fold.begin(
        Created(
            internal_id=internal_id,
            create_time=created,
            wanted=dataclasses.replace(wanted, duration=minutes, expire_unjoined=0, sequence=1 if parent else None),
            attendee_pw="",
            moderator_pw="",
            voice_bridge=f"7{internal_id}",
            record=False,
            parent=parent,
        ),
        Moment(created, 0),
    )


def directory(*meetings: Meeting) -> Directory:
    made = Directory()
    for one in meetings:
        made.add(one)
    return made


def happen(found: Directory, one: Meeting, event: Event) -> None:
    before = set(one.sessions)
    fold.apply(one, event, Moment(10, 10))
    found.refresh(one, before)
    if one.ended is not None:
        found.remove(one)


@pytest.mark.parametrize(
    ("asked", "internal_id"), [("room", "a-1"), ("a-1", "a-1"), ("other", "b-2"), ("a", None), ("", None)]
)
def test_a_meeting_is_found_by_either_id(asked: str, internal_id: str | None) -> None:
    found = directory(meeting("a-1", "room"), meeting("b-2", "other")).find(asked)
    assert (found.internal_id if found else None) == internal_id


@pytest.mark.parametrize("order", [(5, 6), (6, 5)])
def test_of_two_with_one_external_id_the_newer_is_found(order: tuple[int, int]) -> None:
    found = directory(*(meeting(f"a-{created}", "room", created=created) for created in order))
    assert [found.find_external("room"), found.find("a-5"), found.find("a-6")] == [
        found.live["a-6"],
        found.live["a-5"],
        found.live["a-6"],
    ]


def test_an_ended_meeting_is_found_until_its_time_is_past() -> None:
    one = meeting("a-1", "room")
    found = directory(one)
    happen(found, one, Ended(why=EndReason.API))
    assert found.find("room") is None
    found.keep_ended(one, 100)
    assert (found.find("room"), found.find_live("room"), list(found)) == (one, None, [one])
    assert (found.remove_expired(100), found.remove_expired(101), found.find("room")) == ([], [one], None)


def test_a_live_meeting_hides_the_ended_one_of_its_id() -> None:
    old, new = meeting("a-1", "room", created=1), meeting("a-2", "room", created=2)
    found = directory(old)
    happen(found, old, Ended(why=EndReason.API))
    found.keep_ended(old, 100)
    found.add(new)
    assert (found.find("room"), found.find("a-1"), list(found)) == (new, old, [new])


def test_what_is_due_comes_in_order_and_is_looked_at_again() -> None:
    parent = meeting("p", minutes=1)
    late, soon = meeting("late", minutes=3), meeting("soon", minutes=2)
    found = directory(late, soon, parent)
    assert list(found.due(MINUTE)) == []
    assert [one.internal_id for one, _deadline in found.due(4 * MINUTE)] == ["p", "soon", "late"]
    seen = []
    for one, deadline in found.due(4 * MINUTE):
        seen.append((one.internal_id, deadline.why))
        if one is parent:
            happen(found, soon, Ended(why=EndReason.PARENT))
    assert seen == [("p", EndReason.DURATION), ("late", EndReason.DURATION)]


def reconciled(found: Directory) -> list[tuple[str, type[Event]]]:
    happened = []
    for one, event in mismatches(found, list(found.live.values())):
        happen(found, one, event)
        happened.append((one.internal_id, type(event)))
    return happened


def test_meetings_that_fit_need_nothing() -> None:
    parent, room = meeting("p"), meeting("r", parent="p")
    found = directory(parent, room)
    assert reconciled(found) == [("p", BreakoutOpened)]
    assert reconciled(found) == []


def test_only_the_meetings_that_are_named_are_looked_at() -> None:
    rooms = [meeting(f"r{number}", parent="p") for number in range(3)]
    found = directory(*rooms)
    assert [one for one, _event in mismatches(found, rooms[1:2])] == [rooms[1]]


def test_a_room_without_its_parent_ends() -> None:
    assert reconciled(directory(meeting("r", parent="p"))) == [("r", Ended)]


def test_a_room_that_is_gone_leaves_its_parents_list() -> None:
    parent, room = meeting("p"), meeting("r", parent="p")
    found = directory(parent, room)
    reconciled(found)
    found.remove(room)
    assert reconciled(found) == [("p", BreakoutClosed)]


def test_the_older_of_two_with_one_external_id_ends() -> None:
    assert reconciled(directory(meeting("a-1", "room", created=1), meeting("a-2", "room", created=2))) == [
        ("a-1", Ended)
    ]


def test_creation_times_never_repeat_and_never_go_back() -> None:
    times = CreationTimes()
    times.start(1000)
    assert (times.next("room", 500), times.next("room", 2000)) == (1001, 2000)
    times.add("room", 2000)
    assert (times.next("room", 2000), times.next("other", 1500)) == (2001, 1500)
    assert (times.take_unsaved(), times.take_unsaved()) == (2000, None)
    assert times.next("other", 1500) == 2001


def test_creation_times_are_remembered_of_so_many() -> None:
    times = CreationTimes()
    for number in range(MOST_KEPT + 1):
        times.restore(str(number), 9)
    assert (times.next("0", 1), times.next("1", 1)) == (1, 10)
