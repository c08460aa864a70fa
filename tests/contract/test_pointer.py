"""The pointer of who presents: told to all others as it moves, kept nowhere, and never in anybody's way."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from harness import Caller, Memory, awaited
from sample_documents import create, document, pdf, settled
from websocket_clients import Connected, InMemory, Member, enter_at, inside, told


async def shown(bbb: Caller, **pairs: str) -> None:
    """Create a meeting with slides, the first of which everybody sees."""
    await create(bbb, "demo", document("one.pdf", pdf("A", "B")), **pairs)
    await settled(bbb)


async def two(memory: Memory, **pairs: str) -> tuple[InMemory, InMemory]:
    """Have Ada, who presents, and Bob, who follows, in a meeting with slides."""
    await shown(memory, **pairs)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    return ada, await inside(memory, "demo", "Bob", role="VIEWER")


def places(member: Member) -> list[tuple[Any, Any]]:
    """Return where somebody was told that it points, in order."""
    return [(one.get("x"), one.get("y")) for one in member.all("now") if one["k"] == "pointer"]


@awaited
async def test_where_who_presents_points_is_told_to_all_others_and_is_no_event(bbb: Caller) -> None:
    await shown(bbb)

    async def comes(name: str, role: str) -> InMemory | Connected:
        member = enter_at(bbb, await bbb.token("demo", name, role=role))
        stack.enter_context(member)
        return member

    with ExitStack() as stack:
        ada, bob, eve = await comes("Ada", "MODERATOR"), await comes("Bob", "VIEWER"), await comes("Eve", "MODERATOR")
        ada.say("pointer", x=12.5, y=100, id=1)
        ada.until(lambda: bool(ada.all("ok")))
        for one in (bob, eve):
            one.until(lambda one=one: bool(one.all("now")))  # type: ignore[misc]
            assert one.all("now") == [{"t": "now", "k": "pointer", "x": 12.5, "y": 100}]
            one.forget()
        ada.say("pointer", id=2)
        ada.until(lambda: len(ada.all("ok")) > 1)
        for one in (bob, eve):
            one.until(lambda one=one: bool(one.all("now")))  # type: ignore[misc]
            assert one.all("now") == [{"t": "now", "k": "pointer"}]
        assert not ada.all("now")
        late = await comes("Late", "VIEWER")
        assert not [told for told in late.raw if '"pointer"' in told]


@awaited
async def test_only_who_presents_points(memory: Memory) -> None:
    ada, bob = await two(memory)
    assert bob.ask("pointer", x=1, y=1)["key"] == "notAllowed"
    assert bob.ask("pointer")["key"] == "notAllowed"
    user = bob.last("snapshot")["you"]["user"]
    assert ada.ask("presenter", who=user)["t"] == "ok"
    assert ada.ask("pointer", x=1, y=1)["key"] == "notAllowed"
    assert bob.ask("pointer", x=2, y=2)["t"] == "ok"
    told(ada, bob)
    assert (places(ada), places(bob)) == ([(2, 2)], [])


@pytest.mark.parametrize(
    "fields",
    [
        '"x": 1',
        '"y": 1',
        '"x": -0.1, "y": 1',
        '"x": 1, "y": 100.1',
        '"x": 1, "y": "1"',
        '"x": null, "y": null',
        '"x": NaN, "y": 1',
        '"x": 1e999, "y": 1',
        '"x": true, "y": 1',
        '"x": 1, "y": 1, "page": 1',
        '"x": [1], "y": 1',
    ],
)
@awaited
async def test_what_is_no_place_is_refused_and_nobody_is_told(memory: Memory, fields: str) -> None:
    ada, bob = await two(memory)
    ada.say_raw(f'{{"t": "pointer", {fields}, "id": 7}}')
    told(ada, bob)
    assert ada.last("no")["key"] == "malformed"
    assert places(bob) == []


@awaited
async def test_without_slides_nobody_points(memory: Memory) -> None:
    await memory.call("create", meetingID="none", moderatorPW="mp")
    ada = await inside(memory, "none", "Ada", role="MODERATOR")
    assert ada.ask("pointer", x=1, y=1)["key"] == "gone"
    assert ada.ask("pointer")["t"] == "ok"
    await memory.call("create", meetingID="off", moderatorPW="mp", disabledFeatures="presentation")
    eve = await inside(memory, "off", "Eve", role="MODERATOR")
    assert eve.ask("pointer", x=1, y=1)["key"] == "unsupported"
    assert eve.ask("pointer")["key"] == "unsupported"


@awaited
async def test_of_many_places_the_last_is_told_behind_what_happened_before(memory: Memory) -> None:
    ada, bob = await two(memory)
    deck, bob_user = ada.last("snapshot")["stage"]["deck"], bob.last("snapshot")["you"]["user"]
    bob.forget()
    for x in range(8):
        ada.say("pointer", x=x, y=0)
    told(ada, bob)
    assert places(bob) == [(7, 0)]
    bob.forget()
    # Of a page that is not shown any more nothing is told; of the next one only once it is.
    ada.say("pointer", x=50, y=50)
    ada.say("slide.show", deck=deck, page=2)
    told(ada, bob)
    assert (len(bob.events("SlideShown")), places(bob)) == (1, [])
    ada.say("slide.show", deck=deck, page=1)
    ada.say("pointer", x=60, y=60)
    told(ada, bob)
    assert [one["t"] for one in bob.got] == ["events", "events", "now"]
    assert places(bob) == [(60, 60)]
    # Nor is it when another presents.
    bob.forget()
    ada.say("pointer", x=70, y=70)
    ada.say("presenter", who=bob_user)
    told(ada, bob)
    assert (len(bob.events("PresenterChanged")), places(bob), places(ada)) == (1, [], [])


@awaited
async def test_nothing_of_it_is_kept(memory: Memory) -> None:
    ada, bob = await two(memory)
    before = memory.meeting("demo").n
    bob.hang_up()
    told(ada)
    away = memory.meeting("demo").n
    assert ada.ask("pointer", x=10, y=20)["t"] == "ok"
    told(ada)
    assert memory.meeting("demo").n == away > before
    again = InMemory(memory, bob.token)
    again.hello(after=before, epoch=memory.meeting("demo").internal_id)
    told(ada, again)
    assert again.last("resumed")
    assert "pointer" not in "".join(again.raw)
    journals = list(memory.directory.glob("meetings/*"))
    assert journals
    assert not any(b'ointer"' in path.read_bytes() for path in journals)


@awaited
async def test_who_is_slow_to_read_has_nothing_of_it_waiting(memory: Memory) -> None:
    ada, bob = await two(memory)
    bob.wire.channel.pauseProducing()
    for x in range(20):
        memory.advance(1)
        ada.say("pointer", x=x, y=0)
        told(ada)
    ada.say("chat.say", text="Still there?")
    told(ada)
    bob.wire.channel.resumeProducing()
    told(bob)
    assert [event["text"] for event in bob.events("Chatted")] == ["Still there?"]
    assert places(bob) == []
    ada.say("pointer", x=99, y=0)
    told(ada, bob)
    assert places(bob) == [(99, 0)]


@awaited
async def test_it_comes_at_a_rate_of_its_own(memory: Memory) -> None:
    ada, _bob = await two(memory)
    memory.advance(10)
    # Fifteen a second, for as long as one likes: more than all else, of which it takes nothing.
    for _ in range(20):
        for x in range(15):
            assert ada.ask("pointer", x=x, y=0)["t"] == "ok"
        memory.advance(1)
    answers = [ada.ask("pointer", x=x, y=0) for x in range(40)]
    refused = [one for one in answers if one["t"] == "no"]
    assert len(answers) - len(refused) == 30
    assert {one["key"] for one in refused} == {"tooMany"}
    assert 0 < refused[0]["wait"] < 0.1
    assert ada.ask("hand", up=True)["t"] == "ok"
    memory.advance(1)
    assert ada.ask("pointer", x=1, y=1)["t"] == "ok"
