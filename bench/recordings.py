"""Start, memory and filters with many recordings on a real disk: ``make bench``.

Each size has its directory, and each measurement its own process. What a start reads lies in the system's cache,
as it has just been written. Memory is how much more the process holds once the index is filled.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha1
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Memory, signed  # noqa: E402
from sample_recordings import select  # noqa: E402

from bbbd.recordings.index import Index  # noqa: E402
from bbbd.recordings.index_snapshot import read_snapshot, write_snapshot  # noqa: E402
from bbbd.recordings.layout import Layout  # noqa: E402
from bbbd.recordings.loading import load_index  # noqa: E402
from bbbd.recordings.queries import RecordingQuery, selecting  # noqa: E402
from bbbd.recordings.scan import ScanResult, scan  # noqa: E402
from bbbd.settings.properties import read_settings  # noqa: E402
from bbbd.storage.disk import Disk  # noqa: E402

SIZES = "1000,10000,100000"
#: Recordings of one meeting, and one in how many is unpublished.
SHARED, UNPUBLISHED = 20, 50
BEGUN = 1_700_000_000_000
#: How long one filter is tried, in seconds.
TRIED = 0.5
XML = """<?xml version="1.0" encoding="UTF-8"?>
<recording>
  <id>{own}</id>
  <state>{place}</state>
  <published>{published}</published>
  <start_time>{start}</start_time>
  <end_time>{end}</end_time>
  <participants>{people}</participants>
  <meeting id="{own}" externalId="{meeting}" name="Course {course}" breakout="false"/>
  <meta>
    <meetingId>{meeting}</meetingId>
    <meetingName>Course {course}</meetingName>
    <isBreakout>false</isBreakout>
    <bbb-origin>Moodle</bbb-origin>
    <bbb-origin-version>4.1.2 (Build: 20230213)</bbb-origin-version>
    <bbb-origin-server-name>moodle.example.org</bbb-origin-server-name>
    <bbb-context>Course {course}</bbb-context>
    <bbb-recording-name>Course {course}, lecture {number}</bbb-recording-name>
  </meta>
  <playback>
    <format>presentation</format>
    <link>https://bbb.example.org/playback/presentation/2.3/{own}</link>
    <processing_time>{number}</processing_time>
    <duration>{length}</duration>
    <extensions>
      <preview>
        <images>
          <image width="176" height="136" alt="{course}">{thumbs}/thumb-1.png</image>
          <image width="176" height="136" alt="What we shall need next time">{thumbs}/thumb-2.png</image>
        </images>
      </preview>
    </extensions>
    <size>{size}</size>
  </playback>
  <raw_size>{raw}</raw_size>
</recording>
"""


def meeting_of(course: int) -> str:
    """Return the external id of a course's meeting, as long as those of portals."""
    return sha1(f"meeting {course}".encode()).hexdigest() + f"-{course % 97}-{course}"


def id_of(number: int, total: int) -> str:
    """Return a recording's id: its meeting's hash and when it began."""
    meeting = meeting_of(number % max(1, total // SHARED))
    return f"{sha1(meeting.encode()).hexdigest()}-{BEGUN + number * 61_417}"


def make(directory: Path, total: int) -> None:
    """Write recordings, none of them synced."""
    for number in range(total):
        own, course = id_of(number, total), number % max(1, total // SHARED)
        place = "published" if number % UNPUBLISHED else "unpublished"
        start, length = BEGUN + number * 61_417, 600_000 + number * 7919 % 5_000_000
        thumbs = (
            f"https://bbb.example.org/presentation/{own}/presentation/"
            f"{sha1(own.encode()).hexdigest()}-{start + 9}/thumbnails"
        )
        text = XML.format(
            own=own,
            place=place,
            published=str(place == "published").lower(),
            start=start,
            end=start + length,
            people=number % 40,
            meeting=meeting_of(course),
            course=course,
            number=number,
            length=length,
            thumbs=thumbs,
            size=length * 11,
            raw=length * 37,
        )
        path = directory / place / "presentation" / own
        path.mkdir(parents=True)
        (path / "metadata.xml").write_text(text, "utf-8")


def layout_of(directory: Path) -> Layout:
    """Return where a server with this data directory looks."""
    return Layout.of(read_settings(["/dev/null"], {"bbbd.dataDir": str(directory)})[0])


def resident() -> int:
    """Return how much memory the process holds, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def start_first(directory: Path, total: int) -> dict[str, float]:
    """Read every file, fill an index and keep it."""
    layout = layout_of(directory)
    held, begun = resident(), time.perf_counter()
    loaded = load_index(layout)
    index, ready = loaded.index, time.perf_counter() - begun
    grown = resident() - held
    assert len(index) == total
    assert not loaded.is_from_snapshot
    write_snapshot(Disk(), layout.snapshot, len(index), index.parts())
    return {"start": ready, "memory": grown / total}


def start_again(directory: Path, total: int) -> dict[str, float]:
    """Fill an index from what was kept, and look for changes; then look again, as a server does every minute."""
    layout = layout_of(directory)
    held, begun = resident(), time.perf_counter()
    loaded = load_index(layout)
    index, ready = loaded.index, time.perf_counter()
    assert loaded.is_from_snapshot
    assert loaded.changes == scan(layout, index.stamps, {}) == ScanResult()
    looked = time.perf_counter()
    grown = resident() - held
    assert len(index) == total
    return {"start": ready - begun, "scan": looked - ready, "memory": grown / total}


def milliseconds(run: Callable[[], object]) -> tuple[float, float]:
    """Return the wall time and the CPU time of one run."""
    run()
    rounds, wall, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < wall + TRIED:
        run()
        rounds += 1
    return (time.perf_counter() - wall) / rounds * 1e3, (time.process_time() - used) / rounds * 1e3


def filters(directory: Path, total: int) -> dict[str, tuple[int, float, float, float]]:
    """Return how many recordings each filter gives, its wall time, its CPU time and that of its longest step."""
    index = read_snapshot(layout_of(directory).snapshot)
    middle = total // 2 + 1
    own, course = id_of(middle, total), middle % max(1, total // SHARED)
    tries = {
        "by id": RecordingQuery(record_ids=(own,)),
        "by id prefix": RecordingQuery(record_ids=(own[:40],)),
        "by meeting id": RecordingQuery(meeting_ids=(meeting_of(course),)),
        "by state": RecordingQuery(states=("unpublished",)),
        "by meta": RecordingQuery(meta=(("bbb-context", f"Course {course}"),)),
        "by meta, with %": RecordingQuery(meta=(("bbb-context", f"%{course}"),)),
        "by meta that all have, page of 100": RecordingQuery(meta=(("bbb-origin", "Moodle"),), limit=100),
        "by id, any state": RecordingQuery(record_ids=(own,), states=("any",)),
        "no filter": RecordingQuery(),
        "page of 100": RecordingQuery(limit=100),
        "page of 100, from the middle": RecordingQuery(offset=middle, limit=100),
        "page of 100, any state": RecordingQuery(states=("any",), limit=100),
    }
    return {
        told: (len(select(index, one)[0]), *milliseconds(partial(select, index, one)), longest_step(index, one))
        for told, one in tries.items()
    }


def longest_step(index: Index, query: RecordingQuery) -> float:
    """Return the CPU time of the longest step of a query, in ms: nothing else is done in that time."""
    steps, longest = selecting(index, query), 0.0
    while True:
        begun = time.thread_time()
        step = next(steps, steps)
        longest = max(longest, time.thread_time() - begun)
        if step is steps:
            return longest * 1e3


def whole(directory: Path, total: int) -> dict[str, tuple[int, float, float, float]]:
    """Return the same of whole calls, from the request's bytes to the answer's."""
    memory = Memory(directory=directory)
    raw = f"GET {signed('getRecordings', 'limit=100')} HTTP/1.1\r\nHost: bbb.example.org\r\n\r\n".encode()
    found = memory.send(raw).count(b"</recording>")
    assert found == min(100, total)
    return {"page of 100, the whole call": (found, *(times := milliseconds(partial(memory.send, raw))), times[1])}


STEPS = (start_first, start_again, filters, whole)


def measured(directory: Path, total: int) -> list[dict[str, Any]]:
    """Take every measurement of one size, each in a process of its own."""
    make(directory, total)
    return [
        json.loads(
            subprocess.check_output([sys.executable, __file__, "--step", step.__name__, str(directory), str(total)])
        )
        for step in STEPS
    ]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Measure the index of recordings.")
    parser.add_argument("--sizes", default=SIZES, help=f"how many recordings, with commas between ({SIZES})")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        name, directory, total = given.step
        step = next(step for step in STEPS if step.__name__ == name)
        print(json.dumps(step(Path(directory), int(total))))
        return
    sizes = [int(size) for size in given.sizes.split(",")]
    results = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            results.append(measured(Path(name), size))
    print(f"{'recordings':36}" + "".join(f"{size:>26,}" for size in sizes))
    for told, place, key, unit in (
        ("first start, without a snapshot", 0, "start", "s"),
        ("start with a snapshot", 1, "start", "s"),
        ("looking for changes", 1, "scan", "s"),
        ("memory after the first start", 0, "memory", "B/recording"),
        ("memory after a start with a snapshot", 1, "memory", "B/recording"),
    ):
        digits = 2 if unit == "s" else 0
        print(f"{told:36}" + "".join(f"{result[place][key]:12.{digits}f} {unit:13}" for result in results))
    print(f"\n{'filter':36}" + f"{'found':>8}{'wall ms':>9}{'CPU ms':>9}{'longest':>9}" * len(sizes))
    for place in (2, 3):
        for told in results[0][place]:
            print(
                f"{told:36}" + "".join("{:8}{:9.3f}{:9.3f}{:9.3f}".format(*result[place][told]) for result in results)
            )


if __name__ == "__main__":
    main()
