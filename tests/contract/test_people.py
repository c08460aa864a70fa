"""People in a meeting by the WebSocket: what each may do, what the others see, and what nobody else may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import InactivityWarned, Microphone
from bbbd.meetings.media import MediaChanged
from bbbd.meetings.recording import agreed_to
from bbbd.values.enums import RecordedMedia

Make = Callable[..., Memory]


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with()


async def made(memory: Memory, **pairs: Any) -> None:
    assert (await memory.call("create", meetingID="demo", moderatorPW="mp", **pairs)).code == "SUCCESS"


async def three(memory: Memory, **pairs: Any) -> tuple[InMemory, InMemory, InMemory]:
    """Return a moderator and two viewers who are in a meeting."""
    await made(memory, **pairs)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR", userID="ada")
    bob = await inside(memory, "demo", "Bob", role="VIEWER", userID="bob")
    eve = await inside(memory, "demo", "Eve", role="VIEWER", userID="eve")
    told(ada, bob, eve)
    for one in (ada, bob, eve):
        one.forget()
    return ada, bob, eve


def user(memory: Memory, name: str) -> str:
    return next(one.user for one in memory.meeting("demo").people.values() if one.name == name)


async def people(memory: Memory) -> list[tuple[str | None, str | None]]:
    info = (await memory.info("demo")).xml
    return [(one.findtext("fullName"), one.findtext("role")) for one in info.findall("attendees/attendee")]


@awaited
async def test_chat_both_ways_and_a_private_one_that_nobody_else_sees(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    assert ada.ask("chat.say", text="to all")["t"] == "ok"
    assert bob.ask("chat.say", text="for Ada alone", to=user(memory, "Ada"))["t"] == "ok"
    told(ada, bob, eve)
    for one in (ada, bob):
        assert [(event["name"], event["text"]) for event in one.events("Chatted")] == [
            ("Ada", "to all"),
            ("Bob", "for Ada alone"),
        ]
    assert [event["text"] for event in eve.events("Chatted")] == ["to all"]
    late = await inside(memory, "demo", "Late", role="MODERATOR")
    again = InMemory(memory, eve.token)
    again.hello(after=memory.meeting("demo").n - 3, epoch=memory.meeting("demo").internal_id)
    told(again, late)
    for one in (eve, late, again):
        assert "alone" not in "".join(one.raw)
    assert [one["text"] for one in late.last("snapshot")["chat"]] == ["to all"]
    bob_again = InMemory(memory, bob.token)
    bob_again.hello()
    told(bob_again)
    assert [one["text"] for one in bob_again.last("snapshot")["chat"]] == ["to all", "for Ada alone"]


@awaited
async def test_what_is_sent_twice_is_said_once(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    answers = [ada.ask("chat.say", text="once", id=5) for _ in range(3)]
    assert answers == [{"t": "ok", "id": 5}, *[{"t": "ok", "id": 5, "known": True}] * 2]
    assert bob.ask("chat.say", text="mine", id=5) == {"t": "ok", "id": 5}
    told(ada, bob)
    assert [event["text"] for event in bob.events("Chatted")] == ["once", "mine"]


@awaited
async def test_what_was_said_is_known_when_its_time_is_over_and_when_who_said_it_was_gone(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    assert bob.ask("chat.say", text="once", id=5)["t"] == "ok"
    to_eve = {"text": "psst", "id": 6, "to": user(memory, "Eve")}
    assert bob.ask("chat.say", **to_eve)["t"] == "ok"
    eve.say("leave")
    ada.ask("locks", locks={"publicChat": True})
    assert bob.ask("chat.say", text="once", id=5)["known"]
    assert bob.ask("chat.say", **to_eve)["known"]
    bob.hang_up()
    memory.advance(70)
    assert await people(memory) == [("Ada", "MODERATOR")]
    bob = InMemory(memory, bob.token)
    bob.hello()
    told(bob)
    assert bob.ask("chat.say", text="once", id=5)["known"]
    assert [one["text"] for one in bob.last("snapshot")["chat"]] == ["once", "psst"]
    told(ada)
    assert [event["text"] for event in ada.events("Chatted")] == ["once"]


@awaited
async def test_older_messages_come_when_asked_for(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    for number in range(250):
        memory.happen("demo", chatted(user(memory, "Ada"), str(number)))
    memory.happen("demo", chatted(user(memory, "Ada"), "private", to=user(memory, "Bob")))
    again = InMemory(memory, bob.token)
    again.hello()
    told(again)
    snapshot = again.last("snapshot")
    first = [one["text"] for one in snapshot["chat"]]
    assert (first[0], first[-1], len(first), snapshot["more"]) == ("151", "private", 100, True)
    page = again.ask("chat.more", before=snapshot["chat"][0]["n"])
    assert ([one["text"] for one in page["messages"]][:2], page["more"]) == (["51", "52"], True)
    page = again.ask("chat.more", before=page["messages"][0]["n"])
    assert (len(page["messages"]), page["messages"][0]["text"], page["more"]) == (51, "0", False)
    own = again.ask("chat.more", before=10**9, **{"with": user(memory, "Ada")})
    assert [one["text"] for one in own["messages"]] == ["private"]
    told(ada)


def chatted(who: str, text: str, to: str = "") -> Any:
    return Chatted(user=who, text=text, to=to)


@awaited
async def test_only_moderators_clear_the_chat(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    ada.ask("chat.say", text="gone")
    ada.ask("chat.say", text="stays", to=user(memory, "Bob"))
    assert bob.ask("chat.clear")["key"] == "notAllowed"
    assert ada.ask("chat.clear")["t"] == "ok"
    told(ada, bob, eve)
    assert [event["e"] for event in eve.events()] == ["Chatted", "ChatCleared"]
    bob = InMemory(memory, bob.token)
    bob.hello()
    told(bob)
    assert [one["text"] for one in bob.last("snapshot")["chat"]] == ["stays"]


@awaited
async def test_texts_are_shown_as_they_are_but_for_what_turns_them_round(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    ada.ask("chat.say", text="<b>a</b>\r\nb\t\u202egnp.exe\x07 ש")
    told(ada, bob)
    assert bob.events("Chatted")[0]["text"] == "<b>a</b>\nb\tgnp.exe ש"


@awaited
async def test_hands_are_up_in_order_and_moderators_lower_them(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    assert eve.ask("hand", up=True)["t"] == "ok"
    memory.advance(1)
    assert bob.ask("hand", up=True)["t"] == "ok"
    assert bob.ask("hand", up=True)["t"] == "ok"
    assert bob.ask("hand", up=True, who=user(memory, "Eve"))["key"] == "notAllowed"
    assert bob.ask("hand", up=False, who=user(memory, "Eve"))["key"] == "notAllowed"
    assert ada.ask("hand", up=True, who=user(memory, "Eve"))["key"] == "notAllowed"
    late = await inside(memory, "demo", "Late", role="VIEWER")
    hands = sorted((one["hand"], one["name"]) for one in late.last("snapshot")["people"] if one["hand"])
    assert [name for _at, name in hands] == ["Eve", "Bob"]
    assert ada.ask("hand", up=False, who="*")["t"] == "ok"
    told(ada, bob, eve, late)
    assert [(event["e"], event["user"]) for event in late.events("HandLowered")] == [
        ("HandLowered", user(memory, "Bob")),
        ("HandLowered", user(memory, "Eve")),
    ]
    assert bob.ask("react", emoji="🎉")["t"] == "ok"
    told(late)
    assert late.events("Reacted")[0]["emoji"] == "🎉"


@awaited
async def test_roles_and_presenter_show_at_once_everywhere(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    assert bob.ask("presenter", who=user(memory, "Bob"))["key"] == "notAllowed"
    assert bob.ask("role", who=user(memory, "Bob"), role="MODERATOR")["key"] == "notAllowed"
    assert ada.ask("presenter", who=user(memory, "Bob"))["t"] == "ok"
    assert ada.ask("role", who=user(memory, "Eve"), role="MODERATOR")["t"] == "ok"
    info = (await memory.info("demo")).xml
    assert [
        (one.findtext("fullName"), one.findtext("role"), one.findtext("isPresenter"))
        for one in info.findall("attendees/attendee")
    ] == [("Ada", "MODERATOR", "false"), ("Bob", "VIEWER", "true"), ("Eve", "MODERATOR", "false")]
    told(ada, bob, eve)
    assert [event["e"] for event in bob.events()] == ["PresenterChanged", "RoleChanged"]
    # Whose role has changed sees more now, and gets all of it.
    assert eve.last("snapshot")["you"]["role"] == "MODERATOR"
    assert eve.ask("record", on=True)["key"] == "unsupported"


@awaited
async def test_guests_are_made_moderators_only_where_it_may_be(memory: Memory) -> None:
    ada, _bob, _eve = await three(memory)
    await inside(memory, "demo", "Guest", role="VIEWER", guest="true")
    assert ada.ask("role", who=user(memory, "Guest"), role="MODERATOR")["key"] == "notAllowed"


@pytest.mark.parametrize("for_good", [False, True])
@awaited
async def test_who_is_removed_is_told_and_their_token_is_void(memory: Memory, *, for_good: bool) -> None:
    ada, bob, eve = await three(memory)
    assert bob.ask("remove", who=user(memory, "Eve"))["key"] == "notAllowed"
    assert ada.ask("remove", who=user(memory, "Ada"))["key"] == "notAllowed"
    assert ada.ask("remove", who=user(memory, "Eve"), forGood=for_good)["t"] == "ok"
    eve.listen()
    bye = eve.last("bye")
    assert (bye["reason"], bye["by"], bye["again"], eve.closed) == ("removed", "Ada", None, (4002, "removed"))
    again = InMemory(memory, eve.token)
    assert (again.last("bye")["reason"], again.closed) == ("removed", (4002, "removed"))
    joined = await memory.call("join", meetingID="demo", fullName="Eve", role="VIEWER", userID="eve", redirect="false")
    assert joined.key == ("guestDeniedAccess" if for_good else "successfullyJoined")
    told(ada, bob)
    assert [(event["why"], event["count"]) for event in bob.events("Left")] == [("removed", 2)]
    assert await people(memory) == [("Ada", "MODERATOR"), ("Bob", "VIEWER")]


@awaited
async def test_locks_bind_viewers_and_give_way_to_moderators_and_presenters(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    assert bob.ask("locks", locks={"publicChat": True})["key"] == "notAllowed"
    assert ada.ask("locks", locks={"publicChat": True, "privateChat": True})["t"] == "ok"
    told(ada, bob, eve)
    assert bob.events("LocksChanged")[0]["locks"]["publicChat"] is True
    assert bob.ask("chat.say", text="x")["key"] == "locked"
    assert bob.ask("chat.say", text="x", to=user(memory, "Eve"))["key"] == "locked"
    # Moderators can always be written to.
    assert bob.ask("chat.say", text="x", to=user(memory, "Ada"))["t"] == "ok"
    assert ada.ask("presenter", who=user(memory, "Bob"))["t"] == "ok"
    assert bob.ask("chat.say", text="presenting")["t"] == "ok"
    assert ada.ask("lock", who=user(memory, "Eve"), locked=False)["t"] == "ok"
    memory.advance(3)
    assert eve.ask("chat.say", text="freed")["t"] == "ok"
    assert ada.ask("lock", who=user(memory, "Ada"), locked=True)["key"] == "notAllowed"
    assert ada.ask("presenter", who=user(memory, "Ada"))["t"] == "ok"
    memory.advance(10)
    assert bob.ask("chat.say", text="x")["key"] == "locked"
    assert ada.ask("locks", locks={"publicChat": False})["t"] == "ok"
    assert bob.ask("chat.say", text="again")["t"] == "ok"


@awaited
async def test_hidden_people_are_in_no_frame(memory: Memory) -> None:
    ada, bob, eve = await three(memory, lockSettingsHideUserList="true")
    eve_user = user(memory, "Eve")
    bob = InMemory(memory, bob.token)
    bob.hello()
    told(bob)
    snapshot = bob.last("snapshot")
    assert ([one["name"] for one in snapshot["people"]], snapshot["count"]) == (["Ada", "Bob"], 3)
    bob.forget()
    eve.ask("hand", up=True)
    eve.ask("react", emoji="👍")
    late = await inside(memory, "demo", "Late", role="VIEWER")
    told(ada, bob, eve, late)
    assert eve_user not in "".join(bob.raw)
    assert "Late" not in "".join(bob.raw)
    assert [event["count"] for event in bob.events("Count")][-1] == 4
    assert [event["user"] for event in ada.events("HandRaised")] == [eve_user]
    # Who presents is seen by all, and sees all.
    bob.forget()
    ada.ask("presenter", who=eve_user)
    told(ada, bob, eve, late)
    assert sorted(one["name"] for one in bob.last("snapshot")["people"]) == ["Ada", "Bob", "Eve"]
    assert len(eve.last("snapshot")["people"]) == 4
    ada.ask("presenter", who=user(memory, "Ada"))
    told(ada, bob, eve, late)
    assert sorted(one["name"] for one in bob.last("snapshot")["people"]) == ["Ada", "Bob"]
    assert sorted(one["name"] for one in eve.last("snapshot")["people"]) == ["Ada", "Eve"]
    # What somebody writes is read by all: it has their name.
    bob.forget()
    eve.ask("chat.say", text="hello")
    told(bob)
    assert bob.events("Chatted")[0]["name"] == "Eve"
    ada.ask("locks", locks={"userList": False})
    told(ada, bob, eve, late)
    assert len(bob.last("snapshot")["people"]) == 4


async def guest(memory: Memory, name: str, **pairs: str) -> InMemory:
    member = InMemory(
        memory, await memory.token("demo", name, role="VIEWER", guest="true", userID=name.lower(), **pairs)
    )
    member.hello()
    told(member)
    return member


@awaited
async def test_the_lobby(memory: Memory) -> None:
    await made(memory, guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    one, two, three = [await guest(memory, name) for name in ("One", "Two", "Three")]
    told(ada, one, two, three)
    assert [(who.last("lobby")["place"], who.last("lobby")["of"]) for who in (one, two, three)] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    assert [who["name"] for who in ada.events("Lobby")[-1]["waiting"]] == ["One", "Two", "Three"]
    assert one.ask("chat.say", text="let me in")["key"] == "notAllowed"
    assert "snapshot" not in {message["t"] for message in one.got}
    assert ada.ask("guest.message", text="Five minutes, please")["t"] == "ok"
    told(ada, one, two, three)
    assert three.last("lobby")["message"] == "Five minutes, please"
    # A moderator who comes back still sees who waits.
    ada = InMemory(memory, ada.token)
    ada.hello()
    told(ada)
    assert [who["name"] for who in ada.last("snapshot")["lobby"]] == ["One", "Two", "Three"]
    assert ada.last("snapshot")["lobbyMessage"] == "Five minutes, please"
    who = [session.user for session in memory.meeting("demo").waiting()]
    assert ada.ask("guest.answer", who=[who[0]], admit=True)["t"] == "ok"
    told(ada, one, two, three)
    assert one.last("snapshot")["you"]["name"] == "One"
    assert (two.last("lobby")["place"], three.last("lobby")["place"]) == (1, 2)
    assert ada.ask("guest.answer", who=[who[1]], admit=False, remember=True)["t"] == "ok"
    told(ada, two, three)
    assert (two.last("bye")["reason"], two.closed) == ("denied", (4004, "denied"))
    assert ada.ask("guest.answer", who=[who[1]], admit=True)["key"] == "gone"
    refused = await memory.call("join", meetingID="demo", fullName="Two", role="VIEWER", userID="two", guest="true")
    assert refused.key == "guestDeniedAccess"
    assert ada.ask("guest.answer", all=True, admit=True)["t"] == "ok"
    told(ada, three)
    assert three.all("snapshot")
    assert ada.ask("guest.policy", policy="ALWAYS_ACCEPT")["t"] == "ok"
    assert (await guest(memory, "Four")).all("snapshot")
    assert [name for name, _role in await people(memory)] == ["Ada", "One", "Three", "Four"]


@awaited
async def test_a_guest_whose_phone_sleeps_keeps_their_place(memory: Memory) -> None:
    await made(memory, guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    one, two = await guest(memory, "One"), await guest(memory, "Two")
    one.hang_up()
    for _ in range(6):
        memory.advance(10)
        told(ada, two)
    assert [(who["name"], who["away"]) for who in ada.events("Lobby")[-1]["waiting"]] == [("One", True), ("Two", False)]
    one = InMemory(memory, one.token)
    one.hello()
    told(one, ada)
    assert one.last("lobby")["place"] == 1
    for _ in range(20):
        memory.advance(10)
        told(ada, one, two)
    assert len(memory.meeting("demo").waiting()) == 2
    one.hang_up()
    for _ in range(13):
        memory.advance(10)
        told(ada, two)
    assert two.last("lobby") == {"t": "lobby", "place": 1, "of": 1, "message": ""}
    two.say("leave")
    two.listen()
    assert two.closed == (4000, "left")
    assert memory.meeting("demo").waiting() == []


@awaited
async def test_seats_are_looked_at_again_when_somebody_enters(memory: Memory) -> None:
    await made(memory, maxParticipants=2)
    tokens = [await memory.token("demo", str(number), role="MODERATOR") for number in range(3)]
    one, two, three = [InMemory(memory, token) for token in tokens]
    for member in (one, two, three):
        member.hello()
        member.listen()
    assert (three.last("bye")["reason"], three.last("bye")["again"], three.closed) == ("full", 15, (4005, "full"))
    two.say("leave")
    two.listen()
    assert (two.last("bye")["reason"], two.closed) == ("left", (4000, "left"))
    three = InMemory(memory, tokens[2])
    three.hello()
    told(one, three)
    assert three.all("snapshot")


@awaited
async def test_the_same_link_in_two_tabs_and_a_new_link(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    tab = InMemory(memory, bob.token)
    tab.hello(tab="other")
    told(ada, bob, tab)
    assert (bob.last("bye")["reason"], bob.closed) == ("elsewhere", (4003, "elsewhere"))
    bob.hang_up()
    told(ada, tab)
    assert ada.events("Lost", "Left", "Joined") == []
    back = InMemory(memory, bob.token)
    back.hello()
    told(ada, tab, back)
    assert tab.closed == (4003, "elsewhere")
    link = await inside(memory, "demo", "Bob II", role="VIEWER", userID="bob")
    told(ada, back, link)
    assert back.closed == (4003, "elsewhere")
    old = InMemory(memory, bob.token)
    assert old.last("bye")["reason"] == "elsewhere"
    assert len(await people(memory)) == 3
    assert ("Bob II", "VIEWER") in await people(memory)


@awaited
async def test_who_was_away_for_a_moment_gets_what_they_missed(memory: Memory) -> None:
    ada, bob, eve = await three(memory)
    known = memory.meeting("demo").n
    bob.hang_up()
    memory.advance(30)
    ada.ask("chat.say", text="missed")
    ada.ask("chat.say", text="not yours", to=user(memory, "Eve"))
    told(ada, eve)
    assert [event["e"] for event in eve.events("Lost", "Left")] == ["Lost"]
    bob = InMemory(memory, bob.token)
    bob.hello(after=known, epoch=memory.meeting("demo").internal_id)
    told(bob, eve)
    assert (bob.all("snapshot"), bob.last("resumed")["count"]) == ([], 3)
    assert [event["e"] for event in bob.events()][:2] == ["Lost", "Chatted"]
    assert "not yours" not in "".join(bob.raw)
    assert [event["e"] for event in eve.events("Returned")] == ["Returned"]
    for wrong in ({"after": known, "epoch": "other"}, {"after": 10**6}, {"after": 0}, {"after": -5}):
        fresh = InMemory(memory, bob.token)
        fresh.hello(**({"epoch": memory.meeting("demo").internal_id} | wrong))
        told(fresh)
        assert fresh.all("snapshot"), wrong


@awaited
async def test_a_restart_throws_nobody_out(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    ada.ask("chat.say", text="before", id=9)
    known = memory.meeting("demo").n
    await memory.restart(5)
    ada, bob = InMemory(memory, ada.token), InMemory(memory, bob.token)
    for one in (ada, bob):
        one.hello(after=known, epoch=memory.meeting("demo").internal_id)
    ada.ask("chat.say", text="before", id=9)
    told(ada, bob)
    assert [one["text"] for one in bob.last("snapshot")["chat"]] == ["before"]
    assert bob.events("Chatted", "Joined") == []
    for _ in range(7):
        memory.advance(10)
        told(ada, bob)
    assert await people(memory) == [("Ada", "MODERATOR"), ("Bob", "VIEWER")]


@awaited
async def test_a_reload_is_the_same_person(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    before = memory.meeting("demo").n
    bob.hang_up()
    bob = InMemory(memory, bob.token)
    bob.hello()
    told(ada, bob)
    assert [event["e"] for event in ada.events()] == ["Lost", "Returned"]
    assert memory.meeting("demo").n == before + 2
    assert len(await people(memory)) == 3


@awaited
async def test_the_recording_is_marked_by_who_may(memory: Memory) -> None:
    ada, bob, _eve = await three(memory, record="true")
    assert bob.ask("record", on=True)["key"] == "notAllowed"
    assert ada.ask("record", on=True)["t"] == "ok"
    assert ada.ask("record", on=True)["t"] == "ok"
    memory.advance(10)
    told(ada, bob)
    assert ada.ask("record", on=False)["t"] == "ok"
    memory.advance(5)
    assert ada.ask("record", on=True)["t"] == "ok"
    late = await inside(memory, "demo", "Late", role="VIEWER")
    told(ada, bob)
    assert [event["on"] for event in bob.events("RecordingMarked")] == [True, False, True]
    recording = late.last("snapshot")["recording"]
    assert (recording["on"], recording["marked"]) == (True, True)
    assert 10_000 <= recording["total"] < 11_000
    assert recording["since"] > 0


@awaited
async def test_who_agreed_to_being_recorded_is_known(memory: Memory) -> None:
    ada, bob, eve = await three(memory, record="true")
    meeting = memory.meeting("demo")

    def kept() -> set[str]:
        return {one.name for one in meeting.people.values() if agreed_to(meeting, one.user, RecordedMedia.OFF)}

    # Who starts the recording agrees by that; the others are asked.
    assert ada.ask("record", on=True)["t"] == "ok"
    assert kept() == {"Ada"}
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    assert eve.ask("record.consent", agrees=False)["t"] == "ok"
    assert kept() == {"Ada", "Bob"}
    # An answer is between the person and the server, and may be changed.
    told(ada, bob, eve)
    assert [event["agrees"] for event in eve.events("RecordingConsent")] == [False]
    assert not ada.events("RecordingConsent")
    assert bob.ask("record.consent", agrees=False)["t"] == "ok"
    assert bob.ask("record.consent", agrees=False)["t"] == "ok"
    assert kept() == {"Ada"}
    # It holds for who was lost and comes back; by another link somebody is new, and is asked.
    bob.hang_up()
    for _ in range(13):
        memory.advance(10)
        told(ada, eve)
    assert ada.events("Left")
    again = InMemory(memory, bob.token)
    again.hello()
    told(ada, again)
    assert again.last("snapshot")["consent"] is False
    assert (await inside(memory, "demo", "Bob", role="VIEWER")).last("snapshot")["consent"] is None
    # A refusal counts also for who starts the recording.
    assert ada.ask("record.consent", agrees=False)["t"] == "ok"
    assert ada.ask("record", on=False)["t"] == "ok"
    assert ada.ask("record", on=True)["t"] == "ok"
    assert kept() == set()


@awaited
async def test_nobody_is_asked_where_nothing_is_recorded(memory: Memory) -> None:
    _ada, bob, _eve = await three(memory)
    assert bob.ask("record.consent", agrees=True)["key"] == "unsupported"


@awaited
async def test_recording_by_hand_may_be_switched_off(memory: Memory) -> None:
    ada, _bob, _eve = await three(memory, record="true", allowStartStopRecording="false")
    assert ada.ask("record", on=True)["key"] == "notAllowed"


@awaited
async def test_the_end_is_told_to_all_with_its_reason(memory: Memory) -> None:
    ada, bob, _eve = await three(memory, logoutURL="https://lms.example.org/")
    assert bob.ask("end")["key"] == "notAllowed"
    ada.say("end")
    for one in (ada, bob):
        one.listen()
        bye = one.last("bye")
        assert (bye["reason"], bye["why"], bye["back"]) == (
            "ended",
            "ENDED_AFTER_USER_LOGGED_OUT",
            "https://lms.example.org/",
        )
        assert one.closed == (4001, "ended")
    assert (await memory.info("demo")).key == "notFound"


@awaited
async def test_the_end_by_time_is_told(memory: Memory) -> None:
    ada, _bob, _eve = await three(memory, duration=1)
    for _ in range(7):
        memory.advance(10)
        ada.listen()
    assert ada.last("bye")["why"] == "ENDED_AFTER_EXCEEDING_DURATION"


@awaited
async def test_who_is_silent_is_asked_and_answers(memory_with: Make) -> None:
    memory = memory_with(
        userInactivityInspectTimerInMinutes="1",
        userInactivityThresholdInMinutes="2",
        userActivitySignResponseDelayInMinutes="1",
    )
    ada, bob, _eve = await three(memory)
    for _ in range(20):
        memory.advance(10)
        told(ada, bob)
        if bob.all("idle?"):
            break
    assert bob.last("idle?") == {"t": "idle?", "of": "you", "seconds": 60}
    assert bob.ask("here")["t"] == "ok"
    for _ in range(8):
        memory.advance(10)
        told(ada, bob)
    assert (ada.last("bye")["reason"], ada.closed) == ("idle", (4006, "idle"))
    assert bob.closed is None


@awaited
async def test_moderators_are_asked_for_the_meeting(memory_with: Make) -> None:
    memory = memory_with(maxInactivityTimeoutMinutes="20", warnMinutesBeforeMax="5")
    ada, bob, _eve = await three(memory)
    memory.happen("demo", InactivityWarned())
    told(ada, bob)
    assert (ada.last("idle?")["of"], ada.last("idle?")["seconds"], bob.all("idle?")) == ("meeting", 300, [])


@awaited
async def test_what_is_heard_and_seen_of_others_is_told(memory: Memory) -> None:
    ada, bob, _eve = await three(memory)
    memory.happen("demo", MediaChanged(user=user(memory, "Bob"), microphone=Microphone.MUTED, cameras=1))
    told(ada, bob)
    event = ada.events("MediaChanged")[0]
    assert (event["microphone"], event["cameras"], event["screen"]) == ("muted", 1, False)


@awaited
async def test_what_create_switches_off_is_not_done(memory: Memory) -> None:
    ada, bob, _eve = await three(memory, disabledFeatures="privateChat,reactions")
    assert ada.ask("chat.say", text="x")["t"] == "ok"
    assert ada.ask("chat.say", text="x", to=user(memory, "Bob"))["key"] == "unsupported"
    assert bob.ask("react", emoji="🎉")["key"] == "unsupported"


@awaited
async def test_nothing_of_sessions_is_in_any_frame(memory: Memory) -> None:
    await made(memory, guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    waiting = await guest(memory, "One")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    ada.ask("guest.answer", all=True, admit=True)
    told(ada, waiting, bob)
    meeting = memory.meeting("demo")
    secrets = [one.token for one in meeting.sessions.values()] + [one.auth_token for one in meeting.sessions.values()]
    secrets += [meeting.created.moderator_pw, meeting.created.attendee_pw]
    for member in (ada, bob, waiting):
        text = "".join(member.raw)
        assert not [secret for secret in secrets if json.dumps(secret) in text]


@awaited
async def test_a_breakout_room_names_its_parent(memory: Memory) -> None:
    await made(memory, name="Biology 101")
    room = {"isBreakout": "true", "parentMeetingID": "demo", "sequence": "2", "moderatorPW": "mp"}
    assert (await memory.call("create", meetingID="second", **room)).code == "SUCCESS"
    ada = await inside(memory, "second", "Ada", role="VIEWER")
    told = {"sequence": 2, "name": "second", "parentName": "Biology 101", "keepsChat": False}
    assert ada.last("welcome")["meeting"]["breakout"] == ada.last("snapshot")["meeting"]["breakout"] == told
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    assert bob.last("snapshot")["meeting"]["breakout"] is None


@awaited
async def test_a_layout_is_the_joins_or_else_the_meetings(memory: Memory) -> None:
    await made(memory, meetingLayout="VIDEO_FOCUS")
    ada = await inside(memory, "demo", "Ada", role="VIEWER", defaultLayout="PRESENTATION_FOCUS")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    assert (ada.last("snapshot")["you"]["layout"], bob.last("snapshot")["you"]["layout"]) == ("PRESENTATION_FOCUS", "")
    assert ada.last("snapshot")["meeting"]["layout"] == "VIDEO_FOCUS"
