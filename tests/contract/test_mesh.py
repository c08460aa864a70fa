"""Links between browsers: whose pages are told of which, what goes over them, and what is passed on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.cli.media_check import check_media
from bbbd.media.fallback import PATIENCE
from bbbd.media.mesh_plane import GATHERED, RESTS
from bbbd.meetings.recording import agreed_to
from bbbd.settings.properties import read_settings
from bbbd.values.enums import RecordedMedia

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"
HOST = "candidate:1 1 udp 1 192.0.2.7 5000 typ host"
RELAYED = "candidate:2 1 udp 1 198.51.100.1 6000 typ relay raddr 192.0.2.7 rport 5000"


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Memory]:
    def begin(**settings: str) -> Memory:
        given = {"bbbd." + name: value for name, value in settings.items()}
        return Memory(directory=tmp_path, settings={"bbbd.media": "mesh", **given})

    return begin


class Page:
    """Somebody with a page: what it was told of its links."""

    def __init__(self, memory: Memory, member: InMemory, name: str) -> None:
        self.memory, self.member, self.name = memory, member, name
        self.user = str(member.last("welcome")["you"]["user"])

    def listens(self, *cameras: str, sound: bool = True) -> None:
        said = {"page": self.name, "cameras": dict.fromkeys(cameras, 180), "sound": sound}
        assert self.member.ask("media.watch", **said)["t"] == "ok"

    def sends(self, *kinds: str, muted: bool = False) -> str:
        """Send these kinds; return "" or the key of the refusal."""
        answer = self.member.ask("media.share", page=self.name, kinds=list(kinds), muted=muted)
        return str(answer.get("key", ""))

    def links(self) -> dict[str, Any]:
        self.memory.timer.advance(GATHERED)
        self.member.listen()
        return self.member.last("media.links")

    def link(self, other: Page) -> dict[str, Any]:
        """Return the one link with another, as this page was told of it."""
        found = [one for one in self.links()["links"] if one["user"] == other.user]
        assert len(found) == 1, found
        return dict(found[0])

    def state(self, memory: Memory) -> tuple[str, int, bool]:
        person = memory.meeting("demo").people[self.user]
        return person.microphone.value, person.cameras, person.screen


async def comes(memory: Memory, name: str, role: str = "VIEWER") -> Page:
    return Page(memory, await inside(memory, "demo", name, role=role), name)


async def pair(memory: Memory, **pairs: str) -> tuple[Page, Page]:
    """Have a moderator and a viewer who hear each other."""
    assert (await memory.call("create", meetingID="demo", **pairs)).code == "SUCCESS"
    ada, bob = await comes(memory, "Ada", "MODERATOR"), await comes(memory, "Bob")
    for one in (ada, bob):
        one.listens()
        assert one.sends("microphone") == ""
    return ada, bob


@awaited
async def test_pages_are_told_their_links_and_what_goes_over_them(start: Callable[..., Memory]) -> None:
    memory = start(turnServers="turn:turn.example.org", turnSecret="s", stunServers="stun:stun.example.org")
    ada, bob = await pair(memory)
    described = bob.member.last("welcome")["media"]
    assert (described["engine"], described["up"], described["copies"]["camera"]) == ("mesh", True, 4)
    assert [one["urls"] for one in described["ice"]] == ["stun:stun.example.org", "turn:turn.example.org"]
    # Both know one link by one name; who came later offers.
    told = {"send": ["microphone"], "receive": ["microphone"], "apart": False}
    name = ada.link(bob)["link"]
    assert ada.link(bob) == {"link": name, "user": bob.user, "offers": False, **told}
    assert bob.link(ada) == {"link": name, "user": ada.user, "offers": True, **told}
    assert (ada.state(memory), bob.state(memory)) == (("on", 0, False), ("on", 0, False))
    info = await memory.info("demo")
    assert info.text("voiceParticipantCount") == "2"
    # A camera goes to who asks for it, over the same link, and is counted.
    assert bob.sends("microphone", "camera") == ""
    assert bob.link(ada)["send"] == ["microphone"]
    ada.listens(bob.user)
    assert bob.link(ada)["send"] == ["camera", "microphone"]
    assert ada.link(bob) == {"link": name, "user": bob.user, "offers": False, "apart": False} | {
        "send": ["microphone"],
        "receive": ["camera", "microphone"],
    }
    assert bob.state(memory) == ("on", 1, False)
    # Whoever has nothing to send has links with those who have.
    cleo = await comes(memory, "Cleo")
    cleo.listens(bob.user)
    assert cleo.link(bob)["receive"] == ["camera", "microphone"]
    assert cleo.state(memory) == ("listen", 0, False)
    dan = await comes(memory, "Dan")
    dan.listens()
    assert [one["user"] for one in dan.links()["links"]] == [ada.user, bob.user]
    # Another page of the same person has another link; the one before is gone.
    again = Page(memory, bob.member, "another page")
    again.listens()
    assert again.sends("microphone") == ""
    assert ada.link(bob)["link"] != name
    bob.member.say("leave")
    assert bob.user not in [one["user"] for one in ada.links()["links"]]


@awaited
async def test_what_one_end_says_reaches_the_other_and_nobody_else(start: Callable[..., Memory]) -> None:
    memory = start()
    ada, bob = await pair(memory)
    cleo = await comes(memory, "Cleo")
    cleo.listens()
    name = bob.link(ada)["link"]
    assert cleo.links()
    passed_on: tuple[tuple[Page, Page, dict[str, Any]], ...] = (
        (bob, ada, {"offer": OFFER}),
        (ada, bob, {"answer": OFFER}),
        (ada, bob, {"candidates": [{"candidate": HOST, "mid": "0"}, {"candidate": "", "mid": None}]}),
        (ada, bob, {"want": "restart"}),
    )
    for sender, receiver, said in passed_on:
        assert sender.member.ask("media.signal", link=name, **said)["t"] == "ok"
        receiver.member.listen()
        assert receiver.member.last("media.signal") == {"t": "media.signal", "link": name, **said}
    refusals: tuple[tuple[Page, dict[str, Any], str], ...] = (
        (ada, {"offer": OFFER}, "notAllowed"),
        (bob, {"answer": OFFER}, "notAllowed"),
        (cleo, {"want": "restart"}, "gone"),
        (bob, {"offer": "nonsense"}, "malformed"),
        (bob, {"offer": "v=0\x00"}, "malformed"),
        (bob, {"offer": "v=0" + " " * (48 << 10)}, "tooLong"),
        (bob, {"candidates": [{"candidate": "nonsense"}]}, "malformed"),
        (bob, {"candidates": [{"candidate": HOST + "\na=b"}]}, "malformed"),
        (bob, {"candidates": [{"candidate": HOST}] * 41}, "malformed"),
        (bob, {"want": "restart", "offer": OFFER}, "malformed"),
        (bob, {}, "malformed"),
    )
    for sender, said, key in refusals:
        refused = sender.member.ask("media.signal", link=name, **said)
        assert (refused["t"], refused["key"]) == ("no", key), said
    assert bob.member.ask("media.signal", link="another", want="restart")["key"] == "gone"
    assert bob.member.ask("media.up", page="Bob", sdp=OFFER, tracks={})["key"] == "unsupported"
    cleo.member.listen()
    assert not cleo.member.all("media.signal")


@awaited
async def test_where_only_relays_may_be_used_no_address_is_passed_on(start: Callable[..., Memory]) -> None:
    memory = start(mediaThroughRelayOnly="true")
    ada, bob = await pair(memory)
    assert bob.member.last("welcome")["media"]["relayOnly"] is True
    name = bob.link(ada)["link"]
    sdp = f"v=0\r\nc=IN IP4 192.0.2.7\r\na=rtcp:5000 IN IP4 192.0.2.7\r\na={HOST}\r\na={RELAYED}\r\na=mid:0\r\n"
    assert bob.member.ask("media.signal", link=name, offer=sdp)["t"] == "ok"
    both = [{"candidate": HOST, "mid": "0"}, {"candidate": RELAYED, "mid": "0"}]
    assert bob.member.ask("media.signal", link=name, candidates=both)["t"] == "ok"
    ada.member.listen()
    offer, candidates = ada.member.all("media.signal")
    assert "192.0.2.7" not in str(offer) + str(candidates)
    assert offer["offer"].count("198.51.100.1") == 1
    assert "a=mid:0" in offer["offer"]
    assert candidates["candidates"] == [
        {"candidate": RELAYED.replace("192.0.2.7 rport 5000", "0.0.0.0 rport 0"), "mid": "0"}
    ]


@awaited
async def test_mutes_locks_and_stops_change_what_goes_over_links(start: Callable[..., Memory]) -> None:
    memory = start()
    ada, bob = await pair(memory, allowModsToEjectCameras="true", webcamsOnlyForModerator="true")
    cleo = await comes(memory, "Cleo")
    cleo.listens(bob.user)
    ada.listens(bob.user)
    assert bob.sends("microphone", "camera") == ""
    # Viewers see no viewers' cameras.
    assert ada.link(bob)["receive"] == ["camera", "microphone"]
    assert cleo.link(bob)["receive"] == ["microphone"]
    # Who is muted still sends silence, so that their first word is not lost; nobody plays it.
    assert ada.member.ask("mute", on=True, who=bob.user)["t"] == "ok"
    assert cleo.link(bob)["receive"] == []
    assert bob.link(cleo)["send"] == ["microphone"]
    assert bob.member.ask("mute", on=False)["t"] == "ok"
    assert cleo.link(bob)["receive"] == ["microphone"]
    # What a moderator stops stays so until the page offers it anew.
    assert ada.member.ask("media.stop", who=bob.user, kind="camera")["t"] == "ok"
    assert (bob.link(ada)["send"], bob.state(memory)) == (["microphone"], ("on", 0, False))
    assert bob.sends("microphone", "camera") == ""
    assert bob.state(memory)[1] == 0
    assert bob.sends("microphone") == bob.sends("microphone", "camera") == ""
    assert bob.state(memory)[1] == 1
    assert ada.member.ask("locks", locks={"cam": True, "mic": True})["t"] == "ok"
    assert (bob.link(ada)["send"], bob.state(memory)) == ([], ("listen", 0, False))
    assert bob.sends("microphone") == "locked"
    assert bob.sends("screen") == "notAllowed"
    # Who does not listen hears nobody.
    cleo.listens(sound=False)
    assert ada.link(cleo)["send"] == []


@awaited
async def test_beyond_so_many_copies_tracks_do_not_begin_and_others_are_left_out(start: Callable[..., Memory]) -> None:
    memory = start(meshVideoCopies="1", meshAudioCopies="2", meshScreenCopies="1")
    ada, bob = await pair(memory, meetingCameraCap="5")
    assert bob.sends("microphone", "camera") == ""
    ada.listens(bob.user)
    cleo = await comes(memory, "Cleo")
    cleo.listens(bob.user)
    assert cleo.sends("microphone") == ""
    assert (cleo.links()["leftOut"], cleo.link(bob)["receive"]) == (["camera"], ["microphone"])
    assert cleo.sends("microphone", "camera") == "full"
    assert ada.sends("microphone", "screen") == "full"
    dan = await comes(memory, "Dan")
    dan.listens()
    assert dan.links()["leftOut"] == ["microphone"]
    assert dan.sends("microphone") == "full"
    # Those who came first keep what they have; a free place is taken.
    assert bob.link(ada)["send"] == ["camera", "microphone"]
    ada.listens()
    assert cleo.link(bob)["receive"] == ["camera", "microphone"]
    ada.member.say("leave")
    assert dan.links()["leftOut"] == []
    assert dan.sends("microphone") == ""


@awaited
async def test_who_finds_no_way_to_somebody_is_told_and_moderators_are(start: Callable[..., Memory]) -> None:
    memory = start()
    ada, bob = await pair(memory)
    cleo = await comes(memory, "Cleo")
    cleo.listens()
    names = set()
    for _time in range(3):
        names.add(name := bob.link(cleo)["link"])
        for one, key in ((bob, ""), (cleo, "gone"), (ada, "gone")):
            answer = one.member.ask("media.link", link=name, up=False)
            assert answer.get("key", "") == key
    # Each time a new link took the place; now it rests, and is said to.
    assert len(names) == 3
    assert (bob.link(cleo)["link"], bob.link(cleo)["apart"], bob.link(ada)["apart"]) == ("", True, False)
    ada.member.listen()
    assert ada.member.last("now") == {"t": "now", "k": "apart", "pairs": [[bob.user, cleo.user]]}
    assert not [one for one in cleo.member.all("now") if one["k"] == "apart"]
    memory.timer.advance(RESTS / 1000)
    name = bob.link(cleo)["link"]
    assert name not in names | {""}
    assert cleo.member.ask("media.link", link=name, up=True)["t"] == "ok"
    assert not bob.link(cleo)["apart"]
    ada.member.listen()
    assert ada.member.last("now")["pairs"] == []


@awaited
async def test_who_speaks_is_said_and_counted(start: Callable[..., Memory]) -> None:
    memory = start()
    ada, bob = await pair(memory)
    assert bob.member.ask("media.talk", on=True)["t"] == "ok"
    ada.member.listen()
    assert ada.member.last("now") == {"t": "now", "k": "talking", "users": [bob.user]}
    memory.timer.advance(2)
    assert ada.member.ask("mute", on=True, who=bob.user)["t"] == "ok"
    assert bob.member.ask("media.talk", on=True)["t"] == "ok"
    ada.member.listen()
    assert ada.member.last("now")["users"] == []
    assert memory.meeting("demo").people[bob.user].talked == 2000
    assert bob.member.ask("media.health", level="poor")["t"] == "ok"
    ada.member.listen()
    assert ada.member.last("now") == {"t": "now", "k": "health", "user": bob.user, "level": "poor"}


@awaited
async def test_who_agrees_where_nothing_is_kept_agrees_to_nothing_more(start: Callable[..., Memory]) -> None:
    memory = start(meshRecordings="false")
    ada, bob = await pair(memory, record="true")
    assert bob.member.last("welcome")["media"]["keeps"] == "off"
    assert ada.member.ask("record", on=True)["t"] == "ok"
    assert bob.member.ask("record.consent", agrees=True)["t"] == "ok"
    meeting = memory.meeting("demo")
    for page in (ada, bob):
        assert [agreed_to(meeting, page.user, kept) for kept in RecordedMedia] == [False, False, True]
        again = InMemory(memory, page.member.token)
        again.hello()
        told(again)
        assert [again.last("snapshot")[name] for name in ("consent", "agreedTo")] == [True, "off"]


@awaited
async def test_after_a_restart_the_links_are_the_same(start: Callable[..., Memory]) -> None:
    memory = start()
    ada, bob = await pair(memory, muteOnStart="true")
    assert (bob.state(memory)[0], bob.member.ask("mute", on=False)["t"]) == ("muted", "ok")
    name = ada.link(bob)["link"]
    await memory.restart()
    pages = []
    for before in (ada, bob):
        member = InMemory(memory, before.member.token)
        member.hello()
        told(member)
        pages.append(Page(memory, member, before.name))
    ada, bob = pages
    assert bob.sends("microphone", muted=True) == ""
    bob.listens()
    # While the other page is not back, nothing is said that would end the link.
    memory.timer.advance(1)
    bob.member.listen()
    assert not bob.member.all("media.links")
    assert ada.sends("microphone", muted=True) == ""
    ada.listens()
    memory.timer.advance(1)
    assert ada.link(bob)["link"] == name
    assert bob.link(ada)["offers"]
    # Nobody is muted by it.
    assert bob.state(memory)[0] == "on"


@awaited
async def test_while_no_janus_answers_browsers_have_links(
    start: Callable[..., Memory], tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.update(("janus_secret", "janus_unreachable"))
    memory = start(media="auto", janus=f"unix:{tmp_path}/api.sock")
    assert (await memory.call("create", meetingID="demo")).code == "SUCCESS"
    ada, bob = await comes(memory, "Ada", "MODERATOR"), await comes(memory, "Bob")
    media = bob.member.last("welcome")["media"]
    assert (media["engine"], media["up"]) == ("janus", False)
    # One that is being started again is waited for.
    assert bob.sends("microphone") == "unsupported"
    memory.timer.advance(PATIENCE)
    bob.member.listen()
    assert (bob.member.last("media")["engine"], bob.member.last("media")["up"]) == ("mesh", True)
    for one in (ada, bob):
        one.listens()
        assert one.sends("microphone") == ""
    assert ada.link(bob)["receive"] == ["microphone"]


@pytest.mark.parametrize(
    ("settings", "first", "second"),
    [
        ("bbbd.media=off", "ok: no sound and no cameras: bbbd.media is off", ""),
        ("", "ok: sound and cameras from browser to browser (mesh: bbbd.janus names no Janus)", "without TURN"),
        ("bbbd.media=mesh\nbbbd.janus=unix:/x", "browser to browser (mesh: bbbd.media is mesh)", "without TURN"),
        (
            "bbbd.janus=unix:{tmp}/x",
            "bad: Janus cannot be used",
            "(mesh: bbbd.media is auto, and no Janus answers)",
        ),
        ("bbbd.media=janus", "bad: bbbd.media is janus, but bbbd.janus names none", ""),
        (
            "bbbd.mediaThroughRelayOnly=true",
            "browser to browser",
            "bad: bbbd.mediaThroughRelayOnly without a TURN server",
        ),
        ("bbbd.turnServers=turn:t.example.org\nbbbd.turnSecret=s", "for up to 9 people with sound and 5 with", ""),
    ],
)
def test_the_check_says_which_engine_would_run_and_why(
    settings: str, first: str, second: str, tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("janus_secret")
    file = tmp_path / "settings"
    file.write_text(settings.format(tmp=tmp_path))
    found = list(check_media(read_settings([str(file)], {"bbbd.dataDir": str(tmp_path)})[0]))
    said = [f"{one.level}: {one.what}" for one in found]
    assert first in said[0]
    assert [second in one for one in said[1:2]] == ([True] if second else [])
