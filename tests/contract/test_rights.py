"""Who may do what: every kind of message by everybody who could send it."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Memory, awaited
from websocket_clients import InMemory, inside

from bbbd.live.features import MESSAGES
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import MediaChanged

#: Every kind, as it could be sent in this meeting; ``OTHER`` stands for somebody else's id.
OTHER = "another"
SENT: dict[str, dict[str, Any]] = {
    "hello": {"v": 1, "tab": "x"},
    "leave": {},
    "here": {},
    "chat.say": {"text": "x"},
    "chat.more": {"before": 1000},
    "chat.clear": {},
    "hand": {"up": True},
    "react": {"emoji": "👍"},
    "presenter": {"who": OTHER},
    "role": {"who": OTHER, "role": "MODERATOR"},
    "remove": {"who": OTHER},
    "locks": {"locks": {"publicChat": False}},
    "lock": {"who": OTHER, "locked": False},
    "guest.answer": {"all": True, "admit": True},
    "guest.policy": {"policy": "ALWAYS_ACCEPT"},
    "guest.message": {"text": "x"},
    "slide.show": {"deck": "none", "page": 1},
    "slide.view": {"x": 0, "y": 0, "w": 50, "h": 50},
    "slide.remove": {"deck": "none"},
    "pointer": {"x": 1, "y": 1},
    "poll.start": {"kind": "YN"},
    "poll.vote": {"poll": "none", "answers": [0]},
    "poll.stop": {"poll": "none"},
    "poll.publish": {"poll": "none"},
    "poll.close": {"poll": "none"},
    "media.watch": {"page": "p"},
    "media.up": {"page": "p", "sdp": "v=0", "tracks": {}},
    "media.down": {"offer": 1, "sdp": "v=0"},
    "media.restart": {},
    "media.ice": {},
    "media.health": {"level": "good"},
    "media.share": {"page": "p", "kinds": []},
    "media.signal": {"link": "l", "want": "restart"},
    "media.link": {"link": "l", "up": True},
    "media.talk": {"on": True},
    "mute": {"on": True, "who": OTHER},
    "media.stop": {"who": OTHER, "kind": "camera"},
    "invite": {"role": "VIEWER"},
    "record": {"on": True},
    "record.consent": {"agrees": True},
    "end": {},
    "breakout.open": {"rooms": [{"name": "x"}]},
    "breakout.go": {"room": 1},
    "breakout.back": {},
    "breakout.move": {"who": OTHER, "room": 1},
    "breakout.extend": {"minutes": 1},
    "breakout.say": {"text": "x"},
    "breakout.close": {},
    "breakout.chat": {"room": "x"},
    "ping": {"at": 1},
}
#: What everybody who is in may do; what moderators may; and what is the presenter's, who finds no slides here, no poll.
ALL = frozenset(("leave", "here", "chat.say", "chat.more", "hand", "react", "record.consent", "ping"))
MODERATORS = frozenset(
    (
        "chat.clear",
        "presenter",
        "role",
        "remove",
        "locks",
        "lock",
        "guest.answer",
        "guest.policy",
        "guest.message",
        "invite",
        "mute",
        "media.stop",
        "record",
        "breakout.open",
        "end",
    )
)
PRESENTERS = frozenset(
    ("slide.show", "slide.view", "slide.remove", "pointer", "poll.start", "poll.stop", "poll.publish", "poll.close")
)
#: What everybody may do while a poll is open: none is.
VOTERS = frozenset(("poll.vote",))
#: What is about breakout rooms, which nobody has opened here: for moderators, and for all.
ROOMS = frozenset(("breakout.move", "breakout.extend", "breakout.say", "breakout.close", "breakout.chat"))
TO_ROOMS = frozenset(("breakout.go", "breakout.back"))


#: What everybody who is in may do where there are media: this server has none.
MEDIA = frozenset(
    (
        "media.watch",
        "media.up",
        "media.down",
        "media.restart",
        "media.ice",
        "media.health",
        "media.share",
        "media.signal",
        "media.link",
        "media.talk",
    )
)


def test_every_kind_of_message_is_in_the_table() -> None:
    kinds = {kind.__struct_config__.tag for kind in MESSAGES}
    every = ALL | MODERATORS | PRESENTERS | VOTERS | MEDIA | ROOMS | TO_ROOMS
    assert kinds == SENT.keys() == {"hello"} | every


MEETING = {"record": "true", "guestPolicy": "ASK_MODERATOR", "allowModsToEjectCameras": "true"}


async def meeting(memory: Memory) -> tuple[InMemory, InMemory]:
    """Begin a meeting with a moderator who presents, and another person, and somebody who waits."""
    assert (await memory.call("create", meetingID="demo", **MEETING)).code == "SUCCESS"
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    other = await inside(memory, "demo", "Other", role="VIEWER")
    memory.happen("demo", MediaChanged(user=user(other), microphone=Microphone.ON, cameras=1))
    await inside(memory, "demo", "Knocks", role="VIEWER", guest="true")
    return ada, other


def user(member: InMemory) -> str:
    return str(member.last("welcome")["you"]["user"])


async def sender(memory: Memory, who: str, ada: InMemory) -> InMemory:
    """Return somebody who sends: before the greeting, in the lobby, or in as something."""
    if who == "before the greeting":
        return InMemory(memory, await memory.token("demo", "S", role="MODERATOR"))
    if who == "in the lobby":
        return await inside(memory, "demo", "S", role="MODERATOR", guest="true")
    ada.ask("locks", locks={"publicChat": True})
    role = "MODERATOR" if who in ("moderator", "moderator no more") else "VIEWER"
    member = await inside(memory, "demo", "S", role=role)
    if who == "moderator no more":
        ada.ask("role", who=user(member), role="VIEWER")
    if who == "viewer":
        ada.ask("lock", who=user(member), locked=False)
    if who == "presenter":
        ada.ask("presenter", who=user(member))
    return member


def wanted(who: str, t: str) -> str:
    """Return what is answered: "" where it is done, or the key of the refusal."""
    if who in ("before the greeting", "in the lobby") or t == "hello":
        early = {"before the greeting": ("hello", "ping"), "in the lobby": ("ping", "leave")}
        return "" if t in early.get(who, ()) else "notAllowed"
    if t in MEDIA:
        return "unsupported" if t != "media.ice" else ""
    if t in VOTERS | TO_ROOMS | ROOMS | PRESENTERS:
        needed = "moderator" if t in ROOMS else "presenter" if t in PRESENTERS else who
        if who != needed:
            return "notAllowed"
        return "" if t == "poll.start" else "gone"
    if t in MODERATORS:
        return "" if who == "moderator" else "notAllowed"
    return "locked" if t == "chat.say" and who in ("locked viewer", "moderator no more") else ""


@pytest.mark.parametrize("t", SENT)
@pytest.mark.parametrize(
    "who",
    [
        "before the greeting",
        "in the lobby",
        "viewer",
        "locked viewer",
        "presenter",
        "moderator",
        "moderator no more",
    ],
)
@awaited
async def test_what_somebody_may_do_is_done_and_nothing_else(memory: Memory, who: str, t: str) -> None:
    ada, other = await meeting(memory)
    member = await sender(memory, who, ada)
    fields = {name: user(other) if value == OTHER else value for name, value in SENT[t].items()}
    member.forget()
    demo = memory.meeting("demo")
    before = demo.n
    key = wanted(who, t)
    member.say(t, id=7, **fields)
    memory.settle(lambda: answered(member))
    refusals = [one["key"] for one in member.all("no")]
    assert refusals == ([key] if key else [])
    assert (demo.n > before) == (not key and t not in ("ping", "chat.more", "media.ice", "invite"))


def answered(member: InMemory) -> bool:
    member.listen()
    return bool(member.got)
