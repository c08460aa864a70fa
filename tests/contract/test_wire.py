"""The WebSocket as it was recorded, word for word: all that a client may send, and all that the server says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
from golden_files import golden
from harness import Memory, awaited
from sample_documents import create, document, insert, pdf, settled
from websocket_clients import InMemory, told

from bbbd.live.features import MESSAGES, read
from bbbd.meetings.event import InactivityWarned, Microphone
from bbbd.meetings.media import CutReason, MediaChanged, MediaCut, MediaKept, TrackKind
from bbbd.meetings.model import LOCKS
from bbbd.meetings.polls import PollReopened

#: All that the server says, and all events in it.
SAID = frozenset(
    (
        "welcome",
        "lobby",
        "snapshot",
        "resumed",
        "events",
        "chat",
        "invitation",
        "ok",
        "no",
        "now",
        "pong",
        "media",
        "breakouts",
        "breakout.go",
        "breakout.back",
        "breakout.chat",
        "idle?",
        "bye",
    )
)
HAPPENED = frozenset(
    (
        "Joined",
        "Left",
        "Lost",
        "Returned",
        "Chatted",
        "ChatCleared",
        "HandRaised",
        "HandLowered",
        "Reacted",
        "PresenterChanged",
        "RoleChanged",
        "LocksChanged",
        "LockChanged",
        "MediaChanged",
        "MediaKept",
        "MediaCut",
        "RecordingMarked",
        "RecordingConsent",
        "DeckAdded",
        "DeckConverted",
        "DeckFailed",
        "DeckRemoved",
        "SlideShown",
        "SlideViewed",
        "PollStarted",
        "PollVoted",
        "PollReopened",
        "PollEnded",
        "PollPublished",
        "PollClosed",
        "GuestPolicyChanged",
        "LobbyMessageChanged",
        "BreakoutsOpened",
        "BreakoutMoved",
        "BreakoutsExtended",
        "BreakoutsAnnounced",
        "BreakoutsClosed",
        "DurationChanged",
        "Lobby",
        "Count",
    )
)

Line = dict[str, Any]


def plain(text: str, names: dict[str, str]) -> str:
    """Return what was said with names in place of all that is made by chance."""
    for kind, expression in (
        ("user", r"\bw_[a-z0-9]{12}\b"),
        ("deck", r'(?<="deck":")[^"<]+(?=")'),
        ("internal", r"\b[0-9a-f]{40}-[0-9]{13}\b"),
    ):
        for found in re.findall(expression, text):
            names.setdefault(found, f"<{kind} {sum(name.startswith(f'<{kind} ') for name in names.values()) + 1}>")
    for own, name in names.items():
        text = text.replace(own, name)
    text = re.sub(r"checksum=[0-9a-f]+", "checksum=<checksum>", text)
    text = re.sub(r'"server":"bbbd [^"]*"', '"server":"bbbd <version>"', text)
    return re.sub(r'"page":"[^"]*"', '"page":"<hash>"', text)


class Record:
    """A session that is written down: who said what, and what each heard."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._names: dict[str, str] = {}
        self._members: dict[str, InMemory] = {}

    def add(self, name: str, member: InMemory) -> InMemory:
        self._members[name] = member
        self.hear()
        return member

    def hear(self) -> None:
        """Write down what has come."""
        for name, member in self._members.items():
            member.listen()
            for text in member.raw:
                self.lines.append({"to": name, "hears": json.loads(plain(text, self._names))})
            member.forget()

    def say(self, name: str, t: str, **fields: Any) -> None:
        """Say something, and let everybody hear what comes of it."""
        said = json.dumps({"t": t, **fields}, ensure_ascii=False, separators=(",", ":"))
        self.lines.append({"from": name, "says": json.loads(plain(said, self._names))})
        self._members[name].say(t, **fields)
        self.wait()

    def wait(self) -> None:
        told(*self._members.values())
        self.hear()


def user(memory: Memory, name: str) -> str:
    """Return the id of somebody with a session."""
    return next(one.user for one in memory.meeting("demo").sessions.values() if one.name == name)


def deck(memory: Memory, name: str) -> str:
    return next(one.deck for one in memory.meeting("demo").decks.values() if one.document.name == name)


async def prepare(memory: Memory, record: Record) -> None:
    """Have a meeting with slides; Ada comes in, Bob too, and Eve waits."""
    await create(
        memory,
        "demo",
        document("one.pdf", pdf("A", "B"), downloadable="true"),
        name="Demo",
        record="true",
        guestPolicy="ASK_MODERATOR",
        welcome="<b>Hi</b>",
        moderatorOnlyMessage="Psst",
        bannerText="Banner",
        bannerColor="#112233",
        logo="https://example.org/logo.png",
        darklogo="https://example.org/dark.png",
        copyright="(c)",
        logoutURL="https://example.org/",
        meetingLayout="VIDEO_FOCUS",
        duration=90,
        disabledFeatures="captions",
        maxParticipants=30,
        allowPromoteGuestToModerator="true",
        logoutTimer=5,
        notifyRecordingIsOn="true",
        allowModsToUnmuteUsers="true",
        muteOnStart="true",
    )
    await settled(memory)
    more = {"avatarURL": "https://example.org/ada.png", "userdata-bbb_client_title": "Title"}
    for name, pairs in (("Ada", {"role": "MODERATOR"} | more), ("Bob", {"role": "VIEWER"})):
        record.add(name, InMemory(memory, await memory.token("demo", name, userID=name.lower(), **pairs)))
        record.say(name, "hello", v=1, tab=f"tab of {name}", lang="en")
    record.add("Eve", InMemory(memory, await memory.token("demo", "Eve", role="VIEWER", guest="true", userID="eve")))
    record.say("Eve", "hello", id=1, v=1, tab="tab of Eve")


def people(memory: Memory, record: Record) -> None:
    """Chat, hands, roles, locks, guests and sound."""
    bob, eve = user(memory, "Bob"), user(memory, "Eve")
    record.say("Ada", "guest.message", id=10, text="Soon")
    record.say("Ada", "guest.policy", id=11, policy="ALWAYS_ACCEPT_AUTH")
    record.say("Ada", "guest.answer", id=12, admit=True, who=[eve], all=False, remember=True)
    record.say("Ada", "chat.say", id=13, text="To all\nof you 🎉")
    record.say("Ada", "chat.say", id=14, text="To you", to=bob)
    record.say("Ada", "chat.say", id=13, text="To all\nof you 🎉")
    record.say("Bob", "chat.more", **{"id": 15, "before": 1000, "with": user(memory, "Ada")})
    record.say("Bob", "hand", id=16, up=True)
    record.say("Ada", "hand", id=17, up=False, who=bob)
    record.say("Bob", "react", id=18, emoji="👍")
    record.say("Bob", "chat.clear", id=19)
    record.say("Ada", "role", id=20, who=bob, role="MODERATOR")
    record.say("Ada", "role", id=21, who=bob, role="VIEWER")
    record.say("Ada", "lock", id=22, who=bob, locked=False)
    record.say("Ada", "locks", id=23, locks=dict.fromkeys(LOCKS, True))
    record.say("Ada", "locks", id=24, locks={"publicChat": False})
    memory.happen("demo", MediaChanged(user=eve, microphone=Microphone.LISTEN, cameras=2, screen=True))
    memory.happen("demo", MediaKept(user=eve, track=TrackKind.CAMERA, file="f.mjr", start=1))
    memory.happen("demo", MediaCut(user=eve, track=TrackKind.CAMERA, file="f.mjr", why=CutReason.DISK))
    record.wait()
    record.say("Ada", "locks", id=25, locks={"userList": False})
    sound(record, bob, eve)
    record.say("Ada", "chat.clear", id=26)
    record.say("Ada", "ping", id=27, at=12.5)


def sound(record: Record, bob: str, eve: str) -> None:
    """Sound, cameras and screens, on a server without an engine for them."""
    record.say("Eve", "media.watch", id=50, page="page", cameras={bob: 180}, sound=True, screen=False)
    record.say("Eve", "media.up", id=51, page="page", sdp="v=0", tracks={"0": "microphone"}, muted=True, fresh=True)
    record.say("Eve", "media.down", id=52, offer=1, sdp="v=0")
    record.say("Eve", "media.restart", id=53)
    record.say("Eve", "media.ice", id=54)
    record.say("Eve", "media.health", id=55, level="poor")
    record.say("Eve", "media.share", id=59, page="page", kinds=["microphone"], muted=True)
    record.say("Eve", "media.signal", id=60, link="link", offer="v=0")
    record.say("Eve", "media.signal", id=61, link="link", answer="v=0")
    record.say("Eve", "media.signal", id=62, link="link", candidates=[{"candidate": "", "mid": "0"}])
    record.say("Eve", "media.signal", id=63, link="link", want="restart")
    record.say("Eve", "media.link", id=64, link="link", up=False)
    record.say("Eve", "media.talk", id=65, on=True)
    record.say("Eve", "mute", id=56, on=True)
    record.say("Ada", "mute", id=57, on=False, who=eve)
    record.say("Ada", "media.stop", id=58, who=eve, kind="screen")


async def slides(memory: Memory, record: Record) -> None:
    """Decks that come, fail and go; pages, parts of them, and the pointer."""
    await insert(memory, "demo", document("two.pdf", pdf("C")))
    await settled(memory)
    record.wait()
    await insert(memory, "demo", document("bad.pdf", b"%PDF-1.4 nothing"))
    await settled(memory)
    record.wait()
    record.say("Ada", "presenter", id=30, who=user(memory, "Bob"))
    record.say("Bob", "slide.show", id=31, deck=deck(memory, "one.pdf"), page=2)
    record.say("Bob", "slide.view", id=32, x=10, y=20.5, w=30, h=40)
    record.say("Bob", "pointer", id=33, x=12.5, y=100)
    record.say("Bob", "pointer", id=34)
    record.say("Bob", "slide.remove", id=35, deck=deck(memory, "two.pdf"))
    record.say("Ada", "invite", id=68, role="VIEWER")
    record.say("Ada", "record", id=36, on=True)
    record.say("Bob", "record.consent", id=59, agrees=True)
    record.say("Ada", "record", id=37, on=False)


def polls(memory: Memory, record: Record) -> None:
    """A poll with answers of its own, which Bob begins, and a secret one; both are published."""
    record.say("Bob", "poll.start", id=60, kind="CUSTOM", question="Why?", answers=["So", "No"], multiple=True)
    record.say("Ada", "poll.vote", id=61, poll=memory.meeting("demo").polls[-1].poll, answers=[0, 1])
    record.say("Bob", "poll.stop", id=62, poll=memory.meeting("demo").polls[-1].poll)
    record.say("Bob", "poll.publish", id=63, poll=memory.meeting("demo").polls[-1].poll)
    record.say("Bob", "poll.start", id=64, kind="R-", question="Your word?", secret=True)
    record.say("Eve", "poll.vote", id=65, poll=memory.meeting("demo").polls[-1].poll, text="Tea")
    memory.happen("demo", PollReopened(poll=memory.meeting("demo").polls[-1].poll))
    record.wait()
    record.say("Bob", "poll.stop", id=66, poll=memory.meeting("demo").polls[-1].poll, publish=True)
    record.say("Bob", "poll.close", id=67, poll=memory.meeting("demo").polls[-1].poll)


async def rooms(memory: Memory, record: Record) -> None:
    """Breakout rooms: chosen, moved between, longer, written to, closed; and what was written in one."""
    bob, demo = user(memory, "Bob"), memory.meeting("demo")
    owls = {"name": "Owls", "users": [bob]}
    record.say("Ada", "breakout.open", id=70, rooms=[owls, {"name": "Bats"}], minutes=10, freeJoin=True, keepChat=True)
    record.say("Bob", "breakout.go", id=71, room=2)
    bats = memory.app.meetings.directory.rooms_of(demo)[1].external_id
    pairs = {"role": "VIEWER", "userID": f"{bob}-2"}
    record.add("Bob in Bats", InMemory(memory, await memory.token(bats, "Bob", **pairs)))
    record.say("Bob in Bats", "hello", v=1, tab="tab in Bats")
    record.say("Bob in Bats", "chat.say", id=72, text="Among us")
    record.say("Bob in Bats", "breakout.back", id=73)
    record.say("Ada", "breakout.extend", id=74, minutes=5)
    record.say("Ada", "breakout.say", id=75, text="Soon back")
    record.say("Ada", "breakout.move", id=76, who=bob, room=1)
    record.say("Ada", "breakout.close", id=77)
    record.say("Ada", "breakout.chat", id=78, room=demo.kept_chats[0].internal_id)


async def goings(memory: Memory, record: Record) -> None:
    """A connection that is lost and taken up; somebody who is removed, one who leaves, and the end."""
    bob, meeting = record._members["Bob"], memory.meeting("demo")
    after = meeting.n
    bob.hang_up()
    record.wait()
    record.add("Bob", InMemory(memory, bob.token))
    record.say("Bob", "hello", v=1, tab="tab of Bob", after=after, epoch=meeting.internal_id)
    memory.happen("demo", InactivityWarned())
    record.wait()
    record.say("Ada", "here", id=40)
    record.say("Ada", "remove", id=41, who=user(memory, "Eve"), forGood=True)
    record.say("Bob", "leave", id=42)
    record.say("Ada", "end", id=43)


async def session(memory: Memory) -> list[Line]:
    record = Record()
    await prepare(memory, record)
    people(memory, record)
    await slides(memory, record)
    polls(memory, record)
    await rooms(memory, record)
    await goings(memory, record)
    return record.lines


def recorded() -> list[Line]:
    return [json.loads(line) for line in golden("websocket.jsonl").splitlines()]


@awaited
async def test_a_session_goes_word_for_word_as_it_was_recorded(
    memory_with: Callable[..., Memory], asked_for: set[str]
) -> None:
    asked_for.add("slides_failed")
    lines = await session(memory_with(maxInactivityTimeoutMinutes="20", warnMinutesBeforeMax="5"))
    for line, known in zip(lines, recorded(), strict=True):
        assert line == known
        # The order of what is said is the protocol's for ``t`` alone.
        assert next(iter(line["says"] if "says" in line else line["hears"])) == "t"


def test_the_record_has_everything_that_can_be_said() -> None:
    said = [line["says"] for line in recorded() if "says" in line]
    heard = [line["hears"] for line in recorded() if "hears" in line]
    assert {one["t"] for one in heard} == SAID
    assert {event["e"] for one in heard if one["t"] == "events" for event in one["list"]} == HAPPENED
    for kind in MESSAGES:
        fields = {field.encode_name for field in msgspec.structs.fields(kind)}
        sent = [one for one in said if one["t"] == kind.__struct_config__.tag]
        assert fields - {"id"} == {name for one in sent for name in one} - {"t", "id"}, kind


def test_all_that_clients_send_is_read_as_it_was() -> None:
    for line in recorded():
        if "says" in line:
            text = json.dumps(line["says"])
            message = read(text, len(text))
            again = json.loads(msgspec.json.encode(message))
            # What a client leaves out, or says as it is by itself, is the same.
            assert again.items() <= line["says"].items()
            left_out = [value for name, value in line["says"].items() if name not in again]
            assert all(value in ("", False, None) for value in left_out)
