"""A recorded meeting with everything that a recording shows, held at a real server: its raw files."""

from __future__ import annotations

from pathlib import Path

from harness import Memory
from sample_documents import create, document, pdf, picture, settled
from websocket_clients import inside

#: The external id and the name of the meeting.
MEETING, NAME = "history 101", 'Tom & Jerry\'s <b>"History"</b> 🦉'


async def hold_recorded_meeting(memory: Memory) -> Path:
    """Hold a meeting with slides, zoom, chat, a hand and a pause; return its raw files.

    Recording is on from 10 s to 70 s and from 130 s to 160 s after the creation; the meeting ends at 170 s.
    """
    await create(
        memory,
        MEETING,
        document("lesson.pdf", pdf("First page", "Second page", "Third page")),
        document("map.png", picture()),
        name=NAME,
        record="true",
        **{"meta_course": "H <101> & more", "meta_bbb-origin": "test"},
    )
    await settled(memory)
    ada = await inside(memory, MEETING, "Ada <Teacher> & 🦊", role="MODERATOR", userID="ada")
    bob = await inside(memory, MEETING, 'Bob "B"', role="VIEWER", userID="bob")
    decks = {one["name"]: one["deck"] for one in ada.last("snapshot")["decks"]}
    users = {one.external_id: one.user for one in memory.meeting(MEETING).people.values()}
    lesson = decks["lesson.pdf"]
    begun = memory.timer.seconds()

    def at(seconds: float) -> None:
        memory.advance(begun + seconds - memory.timer.seconds())

    at(3)
    assert bob.ask("chat.say", text="before the recording")["t"] == "ok"
    at(10)
    assert ada.ask("record", on=True)["t"] == "ok"
    at(12)
    assert bob.ask("chat.say", text='It\'s <b> & "all" 🦉\nsee https://example.org/a?b=1&c=2.')["t"] == "ok"
    at(20)
    assert ada.ask("slide.show", deck=lesson, page=2)["t"] == "ok"
    at(30)
    assert ada.ask("slide.view", x=25, y=10, w=50, h=50)["t"] == "ok"
    at(35)
    assert bob.ask("hand", up=True)["t"] == "ok"
    at(40)
    assert ada.ask("chat.say", text="Yes, Bob?")["t"] == "ok"
    assert ada.ask("chat.say", text="between us", to=users["bob"])["t"] == "ok"
    at(50)
    assert ada.ask("slide.show", deck=decks["map.png"], page=1)["t"] == "ok"
    at(70)
    assert ada.ask("record", on=False)["t"] == "ok"
    at(80)
    assert bob.ask("chat.say", text="nobody hears this later")["t"] == "ok"
    at(90)
    assert ada.ask("slide.show", deck=lesson, page=3)["t"] == "ok"
    at(100)
    assert ada.ask("slide.show", deck=lesson, page=1)["t"] == "ok"
    at(130)
    assert ada.ask("record", on=True)["t"] == "ok"
    at(140)
    assert ada.ask("chat.clear")["t"] == "ok"
    at(145)
    assert ada.ask("chat.say", text="The end")["t"] == "ok"
    at(160)
    assert ada.ask("record", on=False)["t"] == "ok"
    at(170)
    assert (await memory.call("end", meetingID=MEETING, password="mp")).code == "SUCCESS"
    [raw] = (memory.directory / "recording" / "raw").iterdir()
    return raw
