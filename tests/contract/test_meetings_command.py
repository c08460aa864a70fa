"""``bbbd meetings``, as an operator uses it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from harness import Daemon, awaited, run
from twisted.internet.threads import deferToThread


@awaited
async def test_meetings_are_listed_and_ended(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    daemon.file.write_text(f"{daemon.file.read_text()}bbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n")

    async def meetings(*arguments: str) -> tuple[int, str, str]:
        told = await deferToThread(
            run, "meetings", *arguments, "--settings", str(daemon.file), "--data-dir", str(daemon.directory)
        )
        return told.returncode, told.stdout, told.stderr

    assert await meetings("list") == (0, "", "no meetings\n")
    await daemon.call("create", meetingID="one", name="First “lesson”", record="true")
    await daemon.call("create", meetingID="room", isBreakout="true", parentMeetingID="one", sequence=1)
    await daemon.call("create", meetingID="two\u200b three", name="Second")
    await daemon.token("one", "Ada", role="MODERATOR")
    status, listed, _ = await meetings("list")
    first, room, second = listed.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d  one  0 people  First “lesson”  \(record\)", first)
    assert room.endswith("(breakout)")
    assert "  'two\\u200b three'  0 people  Second" in second
    facts = json.loads((await meetings("list", "--json"))[1].splitlines()[0])
    assert (facts["meeting"], facts["people"], facts["breakout"]) == ("one", 0, False)
    status, told, refused = await meetings("end", "one", "none")
    assert (status, told) == (1, "ended  one\n")
    assert refused.startswith("bbbd: none: ")
    # The room went with its meeting.
    assert await meetings("end", "--all") == (0, "ended  'two\\u200b three'\n", "")
    assert await meetings("list") == (0, "", "no meetings\n")
    assert (await meetings("end"))[0] == 2
    daemon.end()
    status, _, refused = await meetings("list")
    assert (status, refused.startswith("bbbd: no answer: ")) == (1, True)
