"""A room of five hundred in which everybody chats, and fifty of them read nothing: they are cut off, and no other."""

from __future__ import annotations

import pytest
from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.live.connection import LAST_PING_AFTER

#: People, and those among them who read nothing.
PEOPLE, SLOW = 500, 50


async def crowd(memory: Memory, people: int, slow: int, messages: int) -> None:
    await memory.call("create", meetingID="demo", maxParticipants=0)
    members: list[InMemory] = []
    for number in range(people):
        members.append(await inside(memory, "demo", f"P{number}", role="VIEWER"))
        if number % 50 == 49:
            # Pings are answered meanwhile.
            told(*members)
    told(*members)
    sleepers, readers = members[:slow], members[slow:]
    for sleeper in sleepers:
        sleeper.wire.channel.pauseProducing()
    written = [len(sleeper.wire.got()) for sleeper in sleepers]
    for reader in readers:
        reader.forget()
    said, begun = 0, memory.timer.seconds()
    while not all(sleeper.wire.closed for sleeper in sleepers) or said < messages:
        # The rate of each person is small: all of them take turns.
        speaker = readers[said % len(readers)]
        speaker.say("chat.say", text=f"{said} " + "x" * 4900, id=said)
        said += 1
        assert said < 10 * messages, "readers of nothing were never cut off"
        if said % 20 == 0:
            memory.advance(1)
            told(*readers)
    # Before any of them could be taken for dead, who answer no ping either.
    assert memory.timer.seconds() - begun < LAST_PING_AFTER
    memory.advance(1)
    told(*readers)
    refused = {one["id"] for reader in readers for one in reader.all("no")}
    check(sleepers, readers, written, [str(number) for number in range(said) if number not in refused])
    # Their seats wait for them, and are free after that.
    info = await memory.info("demo")
    assert info.text("participantCount") == str(people)
    for _ in range(70):
        memory.advance(1)
        told(*readers)
    assert (await memory.info("demo")).text("participantCount") == str(people - slow)


def check(sleepers: list[InMemory], readers: list[InMemory], written: list[int], said: list[str]) -> None:
    """Assert that the readers have everything in order, and that nothing more waited for the others."""
    assert [len(sleeper.wire.got()) for sleeper in sleepers] == written
    assert not [reader for reader in readers if reader.wire.closed]
    for reader in readers:
        texts = [event["text"].partition(" ")[0] for event in reader.events("Chatted")]
        assert texts == said
    assert len(said) > 200


@awaited
async def test_who_reads_nothing_is_cut_off_and_all_others_hear_everything(memory: Memory) -> None:
    await crowd(memory, 20, 3, 250)


@pytest.mark.faults
@pytest.mark.soak
@awaited
async def test_in_a_room_of_five_hundred_fifty_readers_of_nothing_harm_nobody(memory: Memory) -> None:
    await crowd(memory, PEOPLE, SLOW, 240)
