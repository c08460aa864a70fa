"""A story of calls and events with a history, and what must be true of it after any kill."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import FORM, Memory, checksum, query_of

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Left

Tell = Callable[[dict[str, Any]], None]
SLIDES = b"<modules><module name='presentation'><document name='a.pdf'>QUJD</document></module></modules>"
CONFIG = "<config/>"


async def create(memory: Memory, tell: Tell, meeting_id: str, body: bytes = b"", **pairs: Any) -> None:
    tell({"asked": "create", "id": meeting_id})
    query = query_of({"meetingID": meeting_id, "attendeePW": "ap"} | pairs)
    more: dict[str, Any] = {"method": "POST", "headers": {"Content-Type": "text/xml"}, "body": body} if body else {}
    answer = await memory.query("create", query, **more)
    assert answer.code == "SUCCESS", answer.body
    tell({"answered": "create", "id": meeting_id, "internal": answer.text("internalMeetingID")} | pairs)


async def end(memory: Memory, tell: Tell, meeting_id: str) -> None:
    tell({"asked": "end", "id": meeting_id})
    answer = await memory.call("end", meetingID=meeting_id)
    assert answer.code == "SUCCESS", answer.body
    tell({"answered": "end", "id": meeting_id})


async def tell_story(memory: Memory, tell: Tell) -> None:
    """Let every kind of write happen: new journals, lines, ends of every kind, slides, a config, a journal anew."""
    await create(memory, tell, "plain")
    person = await memory.enter("plain", "Ada", password="ap", userID="u1")
    tell({"answered": "joined", "id": "plain", "user": "u1", "token": person.session})
    await create(memory, tell, "recorded", record="true", autoStartRecording="true")
    recorded = await memory.enter("recorded", "Rec", password="ap")
    await create(memory, tell, "room", isBreakout="true", parentMeetingID="plain", sequence=1)
    await create(memory, tell, "slides", body=SLIDES)
    pairs = {"configXML": CONFIG, "meetingID": "plain"}
    form = query_of(pairs)
    body = f"{form}&checksum={checksum('setConfigXML', form)}".encode()
    tell({"asked": "config", "id": "plain"})
    answer = await memory.fetch("/bigbluebutton/api/setConfigXML", "POST", {"Content-Type": FORM}, body)
    tell({"answered": "config", "id": "plain", "token": answer.text("token")})
    for number in range(8):
        memory.happen("plain", Chatted(user=person.user, text=f"{number} " + "x" * 900))
        tell({"answered": "chat", "id": "plain", "text": f"{number} " + "x" * 900})
    memory.advance(1)
    memory.happen("recorded", Left(user=recorded.user))
    await end(memory, tell, "recorded")
    await create(memory, tell, "kept", meetingKeepEvents="true")
    await end(memory, tell, "kept")
    await create(memory, tell, "gone")
    await end(memory, tell, "gone")
    await create(memory, tell, "gone")
    await end(memory, tell, "slides")
    await end(memory, tell, "room")
    await create(memory, tell, "last")


async def check(memory: Memory, history: list[dict[str, Any]]) -> None:
    """Assert that all that was answered is there, and nothing else is."""
    expected: dict[str, str] = {}
    for line in history:
        if "asked" in line and line["asked"] != "config":
            # Whatever was asked and not answered may have happened or not.
            expected.pop(line["id"], None)
        elif line.get("answered") in ("create", "end"):
            expected[line["id"]] = line.get("internal", "")
    for meeting_id, internal in expected.items():
        info = await memory.info(meeting_id)
        assert (info.text("internalMeetingID") or "") == internal, (meeting_id, info.key)
    named = {line["id"] for line in history if "asked" in line}
    live = {meeting.external_id for meeting in memory.app.meetings}
    assert live <= named
    for line in history:
        await check_line(memory, line)
    if "room" in live:
        assert memory.meeting("plain").breakouts
    check_files(memory)


async def check_line(memory: Memory, line: dict[str, Any]) -> None:
    """Assert that what one line of the history tells is so."""
    if line.get("answered") == "joined":
        assert memory.meeting("plain").is_in(line["user"])
        assert (await memory.fetch(f"/html5client/join?sessionToken={line['token']}")).status == 200
    elif line.get("answered") == "config":
        assert memory.meeting("plain").configs[line["token"]] == CONFIG
    elif line.get("answered") == "chat":
        assert line["text"] in [message.text for message in memory.meeting("plain").chat]
    elif line.get("answered") == "end" and line["id"] == "recorded":
        assert list(memory.directory.glob("recording/raw/*/journal.jsonl"))
        assert list(memory.directory.glob("recording/status/recorded/*.done"))


def check_files(memory: Memory) -> None:
    """Assert that the files are those that are needed."""
    slides = [one for meeting in memory.app.meetings for one in meeting.created.wanted.documents]
    for document in slides:
        assert (memory.directory / "presentations" / document.kept).read_bytes() == b"QUJD"
    assert len(list((memory.directory / "presentations").iterdir())) == len(slides)
    assert not list(memory.directory.rglob(".bbbd-*"))


def read_history(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
