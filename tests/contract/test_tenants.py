"""Tenants: applications that share a server, or a balancer before it, each with ids of its own, see only theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from harness import Memory, awaited
from sample_recordings import make

#: Ids that a careless comparison takes for one another: prefixes, letter case, Unicode forms, spaces, patterns.
IDS = (
    "demo",
    "Demo",
    "demo1",
    "dem",
    "demo demo",
    "d%",
    "d_mo",
    "de*o",
    "d.mo",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "cafe\N{COMBINING ACUTE ACCENT}",
)


@awaited
async def test_meetings_with_like_ids_are_others(memory: Memory) -> None:
    for number, meeting_id in enumerate(IDS):
        answer = await memory.call("create", meetingID=meeting_id, name=f"Meeting {number}", meta_tenant=str(number))
        assert (answer.code, answer.key) == ("SUCCESS", ""), meeting_id
    tokens = [await memory.token(meeting_id, f"Person {at}", role="VIEWER") for at, meeting_id in enumerate(IDS)]
    for number, (meeting_id, token) in enumerate(zip(IDS, tokens, strict=True)):
        info = await memory.info(meeting_id)
        assert (info.text("meetingID"), info.text("meetingName")) == (meeting_id, f"Meeting {number}")
        assert info.text("metadata/tenant") == str(number)
        entered = (await memory.fetch(f"/bigbluebutton/api/enter?sessionToken={token}")).json
        assert (entered["externMeetingID"], entered["fullname"]) == (meeting_id, f"Person {number}")
    for number, meeting_id in enumerate(IDS):
        assert (await memory.call("end", meetingID=meeting_id)).code == "SUCCESS"
        left = (await memory.call("getMeetings")).xml.findall("meetings/meeting/meetingID")
        assert {one.text for one in left} == set(IDS[number + 1 :])


@pytest.mark.parametrize("meeting_id", IDS)
@awaited
async def test_recordings_are_found_by_the_whole_id(memory_with: Callable[..., Memory], meeting_id: str) -> None:
    memory = memory_with()
    others = {one: make(memory.directory, one, start=1_531_000_000_000 + at) for at, one in enumerate(IDS)}
    memory.look()
    found = (await memory.call("getRecordings", meetingID=meeting_id)).xml.findall("recordings/recording")
    assert [one.findtext("recordID") for one in found] == [others[meeting_id]]
