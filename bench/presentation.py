"""Recordings made of meetings of three hours: seconds and memory, by the number of events.

``python bench/presentation.py``. A hundred people, two thousand messages and more and more other events; each build
runs in a process of its own, first of the journal, then of the events.xml that was written of it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bbbd.api.query import read_query  # noqa: E402
from bbbd.meetings import chat, event, hands, media, recording  # noqa: E402
from bbbd.meetings.create_parameters import Create  # noqa: E402
from bbbd.meetings.journal_format import Line, write_head, write_line  # noqa: E402
from bbbd.settings.settings import Settings  # noqa: E402
from bbbd.values.enums import GuestStatus, Role  # noqa: E402
from bbbd.values.fields import read  # noqa: E402

T0 = 1_531_155_809_613
ID = f"{'0' * 40}-{T0}"
LENGTH = 3 * 3600 * 1000
PEOPLE, MESSAGES = 100, 2000
#: A process that builds, and tells what it took.
BUILD = """
import json, resource, sys, time
from pathlib import Path
from bbbd.presentation.build import BuildOptions, build, write_events_xml
raw, target = map(Path, sys.argv[1:])
begun = time.perf_counter()
write_events_xml(raw)
wrote = time.perf_counter()
build(raw, target, BuildOptions(public_url="https://bbb.example.org"))
print(json.dumps([wrote - begun, time.perf_counter() - wrote,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def events(count: int) -> Iterator[tuple[int, event.Event]]:
    """Give the events of a meeting, with their times in milliseconds after its begin."""
    wanted = replace(read(Create, read_query(b"meetingID=bench&record=true"), Settings()), documents=())
    yield (
        0,
        event.Created(
            internal_id=ID,
            create_time=T0,
            wanted=wanted,
            attendee_pw="a",
            moderator_pw="m",
            voice_bridge="70000",
            record=True,
        ),
    )
    users = [f"w_user{number:04}x" for number in range(PEOPLE)]
    for number, user in enumerate(users):
        yield (
            number,
            event.Registered(
                token=f"token{number}",
                auth_token="",
                user=user,
                external_id=user,
                name=f"Person {number}",
                role=Role.VIEWER if number else Role.MODERATOR,
                guest=False,
                status=GuestStatus.ALLOW,
            ),
        )
        yield number, event.Joined(token=f"token{number}")
    yield 1000, recording.RecordingMarked(on=True, by=users[0])
    chance = random.Random(1)
    said = (chat.Chatted(user=chance.choice(users), text="See https://example.org/?a=1&b=2") for _ in range(MESSAGES))
    more = (
        chance.choice((hands.HandRaised(user=users[1]), media.Talked(user=users[2], milliseconds=900)))
        for _ in range(count)
    )
    yield from sorted(((chance.randrange(1000, LENGTH), one) for one in (*said, *more)), key=lambda pair: pair[0])
    yield LENGTH, event.Ended(why=event.EndReason.API)


def main() -> None:
    """Build recordings and print what each took."""
    print(f"{'events':>10}{'source':>12}{'MiB':>7}{'events.xml s':>14}{'build s':>9}{'peak MiB':>10}")
    for count in (0, 10_000, 100_000, 300_000):
        with tempfile.TemporaryDirectory() as name:
            raw = Path(name) / ID
            raw.mkdir()
            lines = (write_line(Line(n, T0 + at, one)) for n, (at, one) in enumerate(events(count), 1))
            (raw / "journal.jsonl").write_bytes(write_head(ID) + b"".join(lines))
            for source in ("journal.jsonl", "events.xml"):
                size = (raw / source).stat().st_size / (1 << 20)
                command = [sys.executable, "-c", BUILD, str(raw), str(Path(name) / source.replace(".", "-"))]
                done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
                wrote, built, peak = json.loads(done.stdout)
                print(f"{count:>10,}{source.partition('.')[0]:>12}{size:>7.1f}{wrote:>14.2f}{built:>9.2f}{peak:>10.0f}")
                (raw / "journal.jsonl").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
