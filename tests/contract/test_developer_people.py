"""Virtual people: they come, act, knock and leave, and an application sees of them what it sees of real ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from callback_receivers import Receiver
from developer_harness import Space, a_space, neighbour, running
from harness import awaited

from bbbd.developer.people import ACTIONS

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


def known(meeting: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the people of a meeting without what is made by chance for each."""
    return [{name: value for name, value in person.items() if name != "user"} for person in meeting["people"]]


async def count(space: Space, name: str = "participantCount") -> int:
    return int((await space.info("demo")).text(name) or -1)


@awaited
async def test_a_crowd_is_the_same_for_a_seed(space: Space) -> None:
    other = neighbour(space)
    told = []
    for server, seed in ((space, 7), (other, 7)):
        await server.create()
        assert len(set(await server.people(moderators=2, viewers=20, guests=3, seed=seed))) == 25
        told.append(known(await server.meeting()))
    assert told[0] == told[1]
    assert [person["role"] for person in told[0]] == ["MODERATOR"] * 2 + ["VIEWER"] * 23
    assert [person["guest"] for person in told[0]] == [False] * 22 + [True] * 3
    assert len({person["name"] for person in told[0]}) > 5
    # Who comes again is in once; another seed brings others.
    await space.people(moderators=2, viewers=20, guests=3, seed=7)
    assert await count(space) == 25
    await space.people(viewers=5, seed=8)
    assert await count(space) == 30


@awaited
async def test_everybody_is_counted(space: Space) -> None:
    await space.create()
    await space.create("empty")
    await space.people(moderators=3, viewers=39)
    info = await space.info("demo")
    assert [info.text(name) for name in ("running", "hasUserJoined", "participantCount", "moderatorCount")] == [
        "true",
        "true",
        "42",
        "3",
    ]
    assert len(info.xml.findall("attendees/attendee")) == 42
    counts = {
        one.findtext("meetingID"): (one.findtext("participantCount"), one.findtext("moderatorCount"))
        for one in (await space.call("getMeetings")).xml.findall("meetings/meeting")
    }
    assert counts == {"demo": ("42", "3"), "empty": ("0", "0")}


@awaited
async def test_one_person_comes_as_wanted(space: Space) -> None:
    await space.create()
    (ada,) = await space.people(name="Ada Löwe <&>", role="moderator", userID="ada")
    (bob,) = await space.people(name="Bob")
    told = {
        one.findtext("userID"): (one.findtext("fullName"), one.findtext("role"), one.findtext("isPresenter"))
        for one in (await space.info("demo")).xml.findall("attendees/attendee")
    }
    assert told == {"ada": ("Ada Löwe <&>", "MODERATOR", "true"), bob: ("Bob", "VIEWER", "false")}
    # Everybody is known by userID, by internal id and by name.
    for who in ("ada", ada, "Ada Löwe <&>"):
        await space.act(who, "raise hand")
    await space.act(bob, "leave")
    assert await count(space) == 1


#: What is done, which hook tells it, what the API counts then, and what the surface tells of the person.
DONE: list[tuple[str, dict[str, Any], str, dict[str, str], dict[str, Any]]] = [
    ("speak", {"seconds": 3}, "user-audio-voice-enabled", {"voiceParticipantCount": "1"}, {"microphone": "on"}),
    ("mute", {}, "user-audio-muted", {"voiceParticipantCount": "1"}, {"microphone": "muted"}),
    ("speak", {}, "user-audio-unmuted", {"voiceParticipantCount": "1"}, {"microphone": "on"}),
    (
        "listen",
        {},
        "user-audio-voice-enabled",
        {"voiceParticipantCount": "0", "listenerCount": "1"},
        {"microphone": "listen"},
    ),
    ("hang up", {}, "user-audio-voice-disabled", {"listenerCount": "0"}, {"microphone": "none"}),
    ("share camera", {}, "user-cam-broadcast-start", {"videoCount": "1"}, {"cameras": 1}),
    ("share camera", {}, "user-cam-broadcast-start", {"videoCount": "2"}, {"cameras": 2}),
    ("stop camera", {}, "user-cam-broadcast-end", {"videoCount": "1"}, {"cameras": 1}),
    ("share screen", {}, "meeting-screenshare-started", {}, {"screen": True}),
    ("stop screen", {}, "meeting-screenshare-stopped", {}, {"screen": False}),
    ("raise hand", {}, "user-raise-hand-changed", {}, {"hand": True}),
    ("lower hand", {}, "user-raise-hand-changed", {}, {"hand": False}),
    ("react", {"emoji": "🎉"}, "user-emoji-changed", {}, {}),
    ("chat", {"text": "<b>Hello & ü"}, "chat-group-message-sent", {}, {}),
    ("start recording", {}, "meeting-recording-changed", {}, {}),
    ("stop recording", {}, "meeting-recording-changed", {}, {}),
    ("present", {}, "user-presenter-assigned", {}, {"presenter": True}),
    ("leave", {}, "user-left", {"participantCount": "1", "voiceParticipantCount": "0", "videoCount": "0"}, {}),
]


def test_every_action_is_shown_below() -> None:
    assert {does for does, *_rest in DONE} == set(ACTIONS)


@awaited
async def test_what_people_do_shows_where_it_should(space: Space, receiver: Receiver) -> None:
    pairs = {"record": "true", "meta_analytics-callback-url": receiver.url("/analytics")}
    await space.create(**pairs)
    await space.people(moderators=1, viewers=1)
    await space.call("hooks/create", callbackURL=receiver.url())
    heard = {}
    for does, more, hook, counts, state in DONE:
        before = len(receiver.got)
        await space.act("virtual-0-1", does, **more)
        await space.advance(0)
        told_of = {got.event["id"]: got.event["attributes"] for got in receiver.got[before:]}
        assert hook in told_of, does
        heard[does] = told_of[hook]
        info = await space.info("demo")
        assert {name: info.text(name) for name in counts} == counts, does
        told = {person["userID"]: person for person in (await space.meeting())["people"]}.get("virtual-0-1", {})
        assert {name: told[name] for name in state} == state, does
        assert (await space.meeting())["recording"] is (does == "start recording")
    assert heard["chat"]["chat-message"]["message"] == "<b>Hello & ü"
    assert (heard["react"]["user"]["emoji"], heard["raise hand"]["user"]["raise-hand"]) == ("🎉", True)
    assert (heard["start recording"]["recording"], heard["stop recording"]["recording"]) == (True, False)
    assert {one["user"]["external-user-id"] for one in heard.values() if "user" in one} == {"virtual-0-1"}
    await space.call("end", meetingID="demo")
    await space.advance(1)
    (analytics,) = [json.loads(got.body) for got in receiver.got if got.target == "/analytics"]
    people = {one["ext_user_id"]: one["engagement"] for one in analytics["data"]["attendees"]}
    assert {name: people["virtual-0-1"][name] for name in ("chats", "talks", "talk_time", "raisehand", "emojis")} == {
        "chats": 1,
        "talks": 2,
        "talk_time": 5,
        "raisehand": 1,
        "emojis": 1,
    }


@awaited
async def test_who_bustles_is_the_same_for_a_seed(space: Space) -> None:
    told = []
    for server in (space, neighbour(space)):
        await server.create()
        await server.people(moderators=1, viewers=9)
        assert await server.do("people/act", meetingID="demo", bustle=200, seed=3) == {"done": 200}
        told.append(known(await server.meeting()))
    assert told[0] == told[1]
    assert len({person["microphone"] for person in told[0]}) > 1
    assert any(person["cameras"] for person in told[0])


@pytest.mark.parametrize("admit", [True, False])
@awaited
async def test_guests_knock_and_are_answered(space: Space, receiver: Receiver, *, admit: bool) -> None:
    await space.create(guestPolicy="ASK_MODERATOR", meta_eventCallbackUrl=receiver.url())
    await space.people(moderators=1, guests=2)
    token = await space.token("demo", "Real guest", role="VIEWER", guest="true")
    meeting = await space.meeting()
    assert (len(meeting["waiting"]), meeting["waiting"][2], len(meeting["people"])) == (3, "Real guest", 1)
    assert await space.do("people/act", meetingID="demo", admit=admit) == {"answered": 3}
    meeting = await space.meeting()
    assert (meeting["waiting"], len(meeting["people"])) == ([], 4 if admit else 1)
    assert [person["guest"] for person in meeting["people"]] == [False] + [True] * 3 * admit
    door = await space.fetch("/html5client/door", headers={"Authorization": f"Bearer {token}"})
    assert json.loads(door.body)["state"] == ("open" if admit else "denied")
    assert await space.do("people/act", meetingID="demo", admit=admit) == {"answered": 0}
    await space.advance(0)
    told = [got.query.get("admitted") for got in receiver.got if got.query["event"] == "guestAnswered"]
    assert told == [str(admit).lower()] * 3


@awaited
async def test_guests_come_in_or_not_as_the_meeting_has_it(space: Space) -> None:
    await space.create(guestPolicy="ALWAYS_ACCEPT")
    await space.people(guests=2)
    assert await count(space) == 2
    await space.create("closed", guestPolicy="ALWAYS_DENY")
    assert "guests are not let in" in await space.refused("people", meetingID="closed", viewers=2, guests=1)
    assert (await space.info("closed")).text("participantCount") == "0"


@awaited
async def test_a_full_meeting_takes_nobody_and_a_crowd_comes_whole_or_not_at_all(space: Space) -> None:
    await space.create(maxParticipants=3)
    assert "full" in await space.refused("people", meetingID="demo", moderators=1, viewers=3)
    assert await count(space) == 0
    await space.people(moderators=1, viewers=2)
    assert "full" in await space.refused("people", meetingID="demo", name="Late")
    # Whoever is in may come again.
    await space.people(moderators=1, viewers=2)
    assert await count(space) == 3
    await space.act("virtual-0-2", "leave")
    await space.people(name="Late")
    assert await count(space) == 3


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("people", {"viewers": 1}, "meetingID"),
    ("people", {"meetingID": "nobody", "viewers": 1}, "there is no meeting 'nobody'"),
    ("people", {"meetingID": "demo", "viewers": -1}, "viewers"),
    ("people", {"meetingID": "demo", "viewers": 1001}, "viewers"),
    ("people", {"meetingID": "demo", "viewers": "3"}, "viewers"),
    ("people", {"meetingID": "demo", "viewers": 1.5}, "whole number"),
    ("people", {"meetingID": "demo", "name": "Ann", "role": "VIEWER", "guest": "yes"}, "guest must be true or false"),
    ("people/act", {"meetingID": "demo", "admit": "yes"}, "admit must be true or false"),
    ("people", {"meetingID": "demo", "viewers": 600, "guests": 600}, "1000"),
    ("people", {"meetingID": "demo", "viewer": 1}, "'viewer' is none of"),
    ("people", {"meetingID": "demo", "viewers": 1, "seed": -1}, "seed"),
    ("people", {"meetingID": "demo", "name": ""}, "name"),
    ("people", {"meetingID": "demo", "name": ["Ada"]}, "name"),
    ("people", {"meetingID": "demo", "name": "A" * 4097}, "name"),
    ("people", {"meetingID": "demo", "name": "\ud800"}, "name"),
    ("people", {"meetingID": "demo", "name": "A\x07"}, "name"),
    ("people", {"meetingID": "demo", "name": "Ada", "userID": "\ud800"}, "userID"),
    ("people", {"meetingID": "demo", "name": "Ada", "role": "MODRATOR"}, "role"),
    ("people/act", {"meetingID": "nobody", "who": "x", "does": "chat"}, "there is no meeting"),
    ("people/act", {"meetingID": "demo", "who": "nobody", "does": "chat"}, "'nobody' is not in the meeting"),
    ("people/act", {"meetingID": "demo", "does": "chat"}, "who"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0"}, "does"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0", "does": "dance"}, "'dance' is none of leave, speak"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0", "does": "speak", "seconds": -1}, "seconds"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0", "does": "speak", "seconds": "1"}, "seconds"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0", "does": "chat", "text": "\ud800"}, "text"),
    ("people/act", {"meetingID": "demo", "who": "virtual-0-0", "does": "start recording"}, "not recorded"),
    ("people/act", {"meetingID": "demo", "bustle": 0}, "bustle"),
    ("people/act", {"meetingID": "demo", "bustle": 10_001}, "bustle"),
    ("people/act", {"meetingID": "empty", "bustle": 1}, "nobody is in the meeting"),
]


@awaited
async def test_what_cannot_be_is_refused_by_name(space: Space) -> None:
    await space.create()
    await space.create("empty")
    await space.people(viewers=1)
    before = await space.meeting()
    for what, body, why in WRONG:
        assert why in await space.refused(what, **body)
    assert await space.meeting() == before
