"""When meetings end by themselves and people go: the clock is moved, nothing is waited for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from harness import Memory, awaited

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import (
    GuestAnswered,
    InactivityWarned,
    LeaveReason,
    Left,
    Lost,
    PresenceAsked,
    PresenceConfirmed,
    Returned,
    RoleChanged,
)
from bbbd.meetings.hands import HandLowered, HandRaised, Reacted
from bbbd.meetings.media import Talked
from bbbd.values.enums import Role


async def lives(memory: Memory, meeting_id: str) -> bool:
    return (await memory.info(meeting_id)).code == "SUCCESS"


@pytest.mark.parametrize(
    ("pairs", "last", "first_gone"),
    [
        ({}, 300, 301),
        ({"meetingExpireIfNoUserJoinedInMinutes": 2}, 120, 121),
        ({"duration": 1}, 60, 61),
        ({"duration": 10}, 300, 301),
    ],
)
@awaited
async def test_a_meeting_nobody_joins_is_forgotten(
    memory: Memory, pairs: dict[str, int], last: int, first_gone: int
) -> None:
    await memory.call("create", meetingID="mm", **pairs)
    await memory.token("mm", "never comes in", role="VIEWER")
    memory.advance(last)
    assert await lives(memory, "mm")
    memory.advance(first_gone - last)
    assert not await lives(memory, "mm")


@pytest.mark.parametrize("name", ["meetingExpireIfNoUserJoinedInMinutes", "duration"])
@awaited
async def test_zero_switches_a_timer_off(memory: Memory, name: str) -> None:
    others = {"meetingExpireIfNoUserJoinedInMinutes": 0}
    await memory.call("create", meetingID="mm", **(others | {name: 0}))
    memory.advance(3600)
    assert await lives(memory, "mm")


@awaited
async def test_a_meeting_ends_when_all_have_left_unless_somebody_comes_back(memory: Memory) -> None:
    await memory.call("create", meetingID="mm")
    one = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(3600)
    memory.happen("mm", Left(user=one.user))
    memory.advance(60)
    again = await memory.enter("mm", "B", role="VIEWER")
    memory.advance(3600)
    assert await lives(memory, "mm")
    memory.happen("mm", Left(user=again.user))
    memory.advance(60)
    assert await lives(memory, "mm")
    memory.advance(1)
    assert not await lives(memory, "mm")


@awaited
async def test_with_zero_an_empty_meeting_stays(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", meetingExpireWhenLastUserLeftInMinutes=0)
    memory.happen("mm", Left(user=(await memory.enter("mm", "A", role="VIEWER")).user))
    memory.advance(7200)
    assert await lives(memory, "mm")


@awaited
async def test_duration_counts_from_the_creation_with_people_in(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", duration=2)
    memory.advance(100)
    await memory.enter("mm", "A", role="VIEWER")
    memory.advance(20)
    assert await lives(memory, "mm")
    memory.advance(1)
    assert not await lives(memory, "mm")


@pytest.mark.parametrize(("delay", "seconds"), [(0, 0), (1, 60), (3, 180)])
@awaited
async def test_a_meeting_without_moderator_ends_after_its_delay(memory: Memory, delay: int, seconds: int) -> None:
    await memory.call("create", meetingID="mm", endWhenNoModerator="true", endWhenNoModeratorDelayInMinutes=delay)
    await memory.enter("mm", "V", role="VIEWER")
    memory.advance(600)
    assert await lives(memory, "mm")
    moderator = await memory.enter("mm", "M", role="MODERATOR")
    memory.advance(600)
    memory.happen("mm", Left(user=moderator.user))
    memory.advance(seconds)
    assert await lives(memory, "mm")
    memory.advance(1)
    assert not await lives(memory, "mm")


@awaited
async def test_a_moderator_who_comes_back_or_is_named_keeps_it_going(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", endWhenNoModerator="true")
    viewer = await memory.enter("mm", "V", role="VIEWER")
    moderator = await memory.enter("mm", "M", role="MODERATOR")
    memory.happen("mm", Left(user=moderator.user))
    memory.advance(50)
    memory.happen("mm", RoleChanged(user=viewer.user, role=Role.MODERATOR))
    memory.advance(600)
    assert await lives(memory, "mm")
    memory.happen("mm", RoleChanged(user=viewer.user, role=Role.VIEWER))
    memory.advance(61)
    assert not await lives(memory, "mm")


@awaited
async def test_an_inactive_meeting_is_warned_then_ended(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(maxInactivityTimeoutMinutes="20", warnMinutesBeforeMax="5")
    happened: list[object] = []
    memory.app.meetings.listeners.append(lambda _meeting, event, _at: happened.append(type(event)))
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(900)
    assert InactivityWarned not in happened
    memory.advance(1)
    assert happened.count(InactivityWarned) == 1
    memory.advance(250)
    memory.happen("mm", Chatted(user=person.user, text="still here"))
    memory.advance(900)
    assert happened.count(InactivityWarned) == 1
    memory.advance(300)
    assert happened.count(InactivityWarned) == 2
    assert await lives(memory, "mm")
    memory.advance(1)
    assert not await lives(memory, "mm")


@pytest.mark.parametrize(
    "act",
    [
        lambda user: Chatted(user=user, text="x"),
        lambda user: Talked(user=user, milliseconds=5),
        lambda user: HandRaised(user=user),
        lambda user: HandLowered(user=user),
        lambda user: Reacted(user=user, emoji="👍"),
        lambda user: PresenceConfirmed(user=user),
        lambda user: Returned(user=user),
    ],
)
@awaited
async def test_whatever_somebody_does_is_a_sign_of_life(
    memory_with: Callable[..., Memory], act: Callable[[str], object]
) -> None:
    memory = memory_with(
        userInactivityInspectTimerInMinutes="1",
        userInactivityThresholdInMinutes="2",
        userActivitySignResponseDelayInMinutes="1",
    )
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(121)
    assert person.asked is not None
    memory.happen("mm", act(person.user))  # type: ignore[arg-type]
    assert person.asked is None
    memory.advance(100)
    assert (await memory.info("mm")).text("participantCount") == "1"


@pytest.mark.parametrize(
    "off",
    [
        "userInactivityInspectTimerInMinutes",
        "userInactivityThresholdInMinutes",
        "userActivitySignResponseDelayInMinutes",
    ],
)
@awaited
async def test_any_time_of_zero_minutes_switches_the_inspection_off(
    memory_with: Callable[..., Memory], off: str
) -> None:
    times = {
        "userInactivityInspectTimerInMinutes": "1",
        "userInactivityThresholdInMinutes": "2",
        "userActivitySignResponseDelayInMinutes": "1",
    }
    memory = memory_with(**(times | {off: "0"}))
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(600)
    assert person.asked is None
    assert (await memory.info("mm")).text("participantCount") == "1"


@awaited
async def test_who_does_not_answer_is_logged_out(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(
        userInactivityInspectTimerInMinutes="10",
        userInactivityThresholdInMinutes="15",
        userActivitySignResponseDelayInMinutes="5",
        meetingExpireWhenLastUserLeftInMinutes="0",
    )
    asked: list[int] = []
    memory.app.meetings.listeners.append(
        lambda _meeting, event, at: asked.append(at.steady) if isinstance(event, PresenceAsked) else None
    )
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(1200)
    assert not asked
    memory.advance(1)
    assert len(asked) == 1
    memory.advance(300)
    assert (await memory.info("mm")).text("participantCount") == "1"
    memory.advance(1)
    assert (await memory.info("mm")).text("participantCount") == "0"
    assert (await memory.fetch(f"/html5client/join?sessionToken={person.session}")).status == 403


@awaited
async def test_nobody_is_asked_when_the_inspection_is_off(memory: Memory) -> None:
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.advance(7200)
    assert person.asked is None


@awaited
async def test_a_lost_connection_has_its_time_to_come_back(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", meetingExpireWhenLastUserLeftInMinutes=0)
    person = await memory.enter("mm", "A", role="VIEWER", userID="u1")
    memory.happen("mm", Lost(user=person.user))
    memory.advance(60)
    memory.happen("mm", Returned(user=person.user))
    memory.advance(600)
    assert (await memory.info("mm")).text("participantCount") == "1"
    memory.happen("mm", Lost(user=person.user))
    memory.advance(61)
    assert (await memory.info("mm")).text("participantCount") == "0"
    # The session is still good: whoever slept may come back by it.
    assert (await memory.fetch(f"/html5client/join?sessionToken={person.session}")).status == 200
    memory.advance(14_401)
    assert (await memory.fetch(f"/html5client/join?sessionToken={person.session}")).status == 403


@pytest.mark.parametrize("why", [LeaveReason.LEFT, LeaveReason.REMOVED, LeaveReason.INACTIVE])
@awaited
async def test_a_session_is_spent_by_leaving(memory: Memory, why: LeaveReason) -> None:
    await memory.call("create", meetingID="mm")
    person = await memory.enter("mm", "A", role="VIEWER")
    memory.happen("mm", Left(user=person.user, why=why))
    assert (await memory.fetch(f"/html5client/join?sessionToken={person.session}")).status == 403


@awaited
async def test_a_registration_that_never_connects_is_dropped(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", meetingExpireIfNoUserJoinedInMinutes=0)
    token = await memory.token("mm", "A", role="VIEWER")
    memory.advance(60)
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200
    memory.advance(1)
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 403
    assert (await memory.call("getSessions")).key == "noSessions"


@awaited
async def test_joining_again_and_again_leaves_nothing_behind(memory: Memory) -> None:
    await memory.call("create", meetingID="mm")
    await memory.enter("mm", "A", role="VIEWER", userID="u1")
    for _ in range(20):
        await memory.token("mm", "A", role="VIEWER", userID="u1")
    assert len(memory.meeting("mm").sessions) == 21
    memory.advance(62)
    assert len(memory.meeting("mm").sessions) == 1
    assert (await memory.info("mm")).text("participantCount") == "1"


@awaited
async def test_a_guest_who_stops_waiting_is_dropped_and_an_answered_one_has_time_to_come(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", guestPolicy="ASK_MODERATOR", meetingExpireIfNoUserJoinedInMinutes=0)
    await memory.token("mm", "gone", role="VIEWER", guest="true")
    memory.advance(120)
    await memory.token("mm", "let in", role="VIEWER", guest="true")
    assert [session.name for session in memory.meeting("mm").waiting()] == ["gone", "let in"]
    memory.advance(1)
    (waiting,) = memory.meeting("mm").waiting()
    memory.advance(100)
    memory.happen("mm", GuestAnswered(users=(waiting.user,), admit=True))
    memory.advance(60)
    assert (await memory.fetch(f"/html5client/join?sessionToken={waiting.token}")).status == 200
    memory.advance(1)
    assert (await memory.fetch(f"/html5client/join?sessionToken={waiting.token}")).status == 403


@pytest.mark.parametrize("step", [3600, -3600, 86_400, -86_400, 2_000_000_000])
@awaited
async def test_no_timer_minds_when_the_wall_clock_is_set(
    memory: Memory, step: float, logged: list[dict[str, object]]
) -> None:
    await memory.call("create", meetingID="mm", duration=30)
    await memory.enter("mm", "A", role="VIEWER")
    memory.advance(10)
    memory.wall_offset = step
    memory.advance(1700)
    assert (await memory.info("mm")).text("participantCount") == "1"
    memory.advance(91)
    assert not await lives(memory, "mm")
    assert [line["ms"] for line in logged if line.get("event") == "clock_jumped"] == [step * 1000]


@awaited
async def test_a_listener_that_fails_stops_nobody(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("listener_failed")

    def fails(*_event: object) -> None:
        raise ValueError("a listener's fault")

    memory.app.meetings.listeners.append(fails)
    assert (await memory.call("create", meetingID="mm")).code == "SUCCESS"
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"


@awaited
async def test_a_timer_that_fails_stops_no_other_and_is_tried_again(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"timer_failed", "creation_not_noted", "disk_unseen"}
    for name in ("m1", "m2"):
        await memory.call("create", meetingID=name, duration=1)
    memory.disk.faults["write"] = OSError(28, "No space left on device")
    memory.advance(65)
    assert await lives(memory, "m1")
    del memory.disk.faults["write"]
    memory.advance(1)
    assert not await lives(memory, "m1")
    assert not await lives(memory, "m2")
