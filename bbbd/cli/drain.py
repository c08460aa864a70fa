"""``bbbd drain``: has a server take no new meetings, before an upgrade or its end, and says what is left.

The state is a file in the data directory, which a running daemon sees within a second and the next one at its start.
What is left is counted in the files of the data directory too: with or without a running daemon, and without asking it.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.cli.common import BAD, GOOD, say, settings_of
from bbbd.clock import Moment
from bbbd.meetings.draining import FILE, draining_since
from bbbd.meetings.journal import replay
from bbbd.meetings.journal_format import DamagedJournal, read_journal
from bbbd.meetings.model import DeckState, Meeting
from bbbd.recordings.layout import Layout
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk, read_regular

_EPILOG = """\
Without on or off it prints what is left; its exit status is 0 when the server
is draining and nothing is left, else 1:
  until bbbd drain status; do sleep 60; done && systemctl stop bbbd
"""


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        "drain",
        parents=[common],
        help=summary,
        description=summary,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(do=drain)
    parser.add_argument(
        "action", nargs="?", choices=("on", "off", "status"), default="status", help="status is the default"
    )


def drain(options: argparse.Namespace) -> int:
    """Begin or end draining, and print the state and what is left."""
    settings, _faults = settings_of(options)
    if options.action != "status":
        _switch(settings.directory, is_on=options.action == "on")
    since, left = draining_since(settings.directory), _left(settings)
    say(
        options,
        f"{_state(since, left)}: {left}{_since(since)}",
        draining=since is not None,
        since=since,
        **left._asdict(),
    )
    if options.action != "status":
        return GOOD
    return GOOD if since is not None and not any(left) else BAD


def _switch(directory: Path, *, is_on: bool) -> None:
    disk, file = Disk(), directory / FILE
    disk.mkdir(directory)
    if is_on:
        with suppress(FileExistsError):
            disk.create(file, b"")
    else:
        disk.unlink(file)
    disk.sync_directory(directory)


class _Left(NamedTuple):
    """The numbers of what a drained server no longer has."""

    meetings: int
    people: int
    callbacks: int
    jobs: int

    def __str__(self) -> str:
        """Return them as a text."""
        names = (("meeting", "meetings"), ("person", "people"), ("callback", "callbacks"), ("job", "jobs"))
        return ", ".join(
            f"{number} {one if number == 1 else many}" for number, (one, many) in zip(self, names, strict=True)
        )


def _state(since: int | None, left: _Left) -> str:
    if since is None:
        return "not draining"
    return "draining" if any(left) else "drained"


def _since(since: int | None) -> str:
    if since is None:
        return ""
    began = datetime.fromtimestamp(since / 1000, UTC).astimezone()
    is_today = began.date() == datetime.now(UTC).astimezone().date()
    return f"; new meetings refused since {began:{'%H:%M' if is_today else '%Y-%m-%d %H:%M'}}"


def _left(settings: Settings) -> _Left:
    directory = settings.directory
    meetings = list(filter(None, map(_meeting, sorted((directory / "meetings").glob("*.jsonl")))))
    live = [meeting for meeting in meetings if meeting.ended is None]
    decks = [deck for meeting in live for deck in meeting.decks.values() if deck.state is DeckState.WAITING]
    files = (
        *(directory / "import").glob("*.ask"),
        *(path for path in (directory / "import/uploads").glob("*") if path.is_file()),
        *(directory / "moves").glob("*.json"),
        *(Layout.of(settings).captions / "inbox").glob("*-track.json"),
    )
    box = OutboxStore(Disk(), directory / "outbox")
    return _Left(
        meetings=len(live),
        people=sum(len(meeting.people) for meeting in live),
        callbacks=_due(box) + len(list(box.again.glob("*.json"))),
        # Of an ended meeting the journal is still to be put away.
        jobs=len(meetings) - len(live) + len(decks) + len(files),
    )


def _due(box: OutboxStore) -> int:
    """Return how many callbacks are due, damaged ones among them."""
    numbers = box.find()
    in_batches = [number for number in numbers if box.batches.find(number)]
    return len(numbers) - len(in_batches) + len(list(box.look(in_batches)))


def _meeting(path: Path) -> Meeting | None:
    """Return the meeting of a journal; None when it ended just now, or will not be restored."""
    try:
        return replay(read_journal(read_regular(path), path.stem), Moment(0, 0))
    except (DamagedJournal, OSError):
        return None
