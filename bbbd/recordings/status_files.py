"""The status files of recordings, below ``recording/status``. Names and meaning are BigBlueButton's.

``recorded/<id>.done`` is a *ticket*: its recording waits for processing, or is in work, and there is no other list of
work. A ticket that is empty is that of a meeting's end, or of an older bbbd. The other files tell how far a recording
came; a ``.fail`` holds the reason, in one line. Every function waits for the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from bbbd.recordings.layout import RECORD_ID, Layout
from bbbd.storage.disk import Disk, read_regular
from bbbd.values.texts import without_controls

#: The names, among raw files, of bbbd's own journal and of BigBlueButton's events.
JOURNAL, EVENTS = "journal.jsonl", "events.xml"
#: The format that is made.
PRESENTATION = "presentation"
#: Characters of a reason.
_LONGEST = 500
_DONE, _FAILED, _UNMARKED = "done", "fail", "norecord"


class Ticket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recording that waits: how often its processing was begun.

    ``rebuild``: a person asked for it; then the whole meeting is recorded when nobody switched recording on, and what
    was deleted returns. ``more``: pages sent more of what they recorded when it was made already.
    """

    tries: int = 0
    rebuild: bool = False
    more: bool = False


class Step(StrEnum):
    """A step of a recording. The value is the directory of its status files."""

    RECORDED = "recorded"
    ENDED = "ended"
    ARCHIVED = "archived"
    SANITY = "sanity"
    PROCESSED = "processed"
    PUBLISHED = "published"


#: The steps whose files name the format as well.
_OF_FORMATS = (Step.PROCESSED, Step.PUBLISHED)


class StepResult(NamedTuple):
    """How a step ended: ``done``, ``fail`` or ``norecord``, and why it failed."""

    step: Step
    outcome: str
    why: str = ""


class StatusFiles:
    """The status files of one layout."""

    def __init__(self, disk: Disk, layout: Layout) -> None:
        self._disk = disk
        self._layout = layout
        self._root = layout.recording / "status"

    def raw(self, record_id: str) -> Path:
        """Return the directory of a recording's raw files."""
        assert RECORD_ID.fullmatch(record_id)
        return self._layout.recording / "raw" / record_id

    def path(self, step: Step, record_id: str, outcome: str = _DONE) -> Path:
        """Return a status file."""
        assert RECORD_ID.fullmatch(record_id)
        name = f"{record_id}-{PRESENTATION}" if step in _OF_FORMATS else record_id
        return self._root / step / f"{name}.{outcome}"

    # Tickets.

    def sweep(self) -> None:
        """Remove unfinished status files."""
        for step in Step:
            self._disk.sweep(self._root / step)

    def waiting(self) -> list[str]:
        """Return the ids of the recordings that wait for bbbd, those that wait longest first."""
        directory = self._root / Step.RECORDED
        found = []
        for path in directory.glob(f"*.{_DONE}") if directory.is_dir() else ():
            if not RECORD_ID.fullmatch(path.stem) or (ticket := self.ticket(path.stem)) is None:
                continue
            # A server that shares the directory leaves tickets too: only those with bbbd's own journal are bbbd's.
            if ticket.rebuild or ticket.more or (self.raw(path.stem) / JOURNAL).is_file():
                found.append((path.stat().st_mtime_ns, path.stem))
        return [record_id for _since, record_id in sorted(found)]

    def ticket(self, record_id: str) -> Ticket | None:
        """Return a recording's ticket, None if it has none. One that nobody can read counts as a new one."""
        try:
            return msgspec.json.decode(read_regular(self.path(Step.RECORDED, record_id), 4096) or b"{}", type=Ticket)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError):
            return Ticket()

    def write_ticket(self, record_id: str, ticket: Ticket) -> None:
        """Write a recording's ticket."""
        data = b"" if ticket == Ticket() else msgspec.json.encode(ticket) + b"\n"
        self._write(self.path(Step.RECORDED, record_id), data)

    def remove_ticket(self, record_id: str) -> None:
        """Remove a recording's ticket: nothing is left to do."""
        self._unlink(self.path(Step.RECORDED, record_id))

    # How far a recording came.

    def done(self, step: Step, record_id: str) -> None:
        """Note that a step is done."""
        self._write(self.path(step, record_id), b"")
        for other in (_FAILED, _UNMARKED):
            self._unlink(self.path(step, record_id, other))

    def failed(self, step: Step, record_id: str, why: str) -> None:
        """Note that a step failed, and why."""
        line = without_controls(why)[:_LONGEST] + "\n"
        self._write(self.path(step, record_id, _FAILED), line.encode("utf-8", "backslashreplace"))

    def unmarked(self, record_id: str) -> None:
        """Note that nobody switched recording on, so that nothing comes of the raw files by itself."""
        self._write(self.path(Step.ARCHIVED, record_id, _UNMARKED), b"")

    def is_done(self, step: Step, record_id: str) -> bool:
        """Return whether a step is done."""
        return self.path(step, record_id).exists()

    def is_unmarked(self, record_id: str) -> bool:
        """Return whether nobody switched recording on."""
        return self.path(Step.ARCHIVED, record_id, _UNMARKED).exists()

    def results(self, record_id: str) -> list[StepResult]:
        """Return how each step ended that came to an end, in their order."""
        return [
            StepResult(step, outcome, self._why(step, record_id) if outcome == _FAILED else "")
            for step in Step
            for outcome in (_DONE, _UNMARKED, _FAILED)
            if self.path(step, record_id, outcome).exists()
        ]

    def failures(self) -> Iterator[tuple[str, str]]:
        """Give each recording that failed, with the reason."""
        for step in _OF_FORMATS:
            for path in sorted((self._root / step).glob(f"*-{PRESENTATION}.{_FAILED}")):
                record_id = path.name.removesuffix(f"-{PRESENTATION}.{_FAILED}")
                if RECORD_ID.fullmatch(record_id):
                    yield record_id, self._why(step, record_id)

    def _why(self, step: Step, record_id: str) -> str:
        try:
            text = read_regular(self.path(step, record_id, _FAILED), 4096).decode("utf-8", "replace")
        except OSError as fault:
            return f"the reason cannot be read: {fault.strerror}"
        return without_controls(text.strip()) or "no reason is told"

    def forget(self, record_id: str, *steps: Step) -> None:
        """Remove the status files of some steps, of all without any."""
        for step in steps or tuple(Step):
            for outcome in (_DONE, _FAILED, _UNMARKED):
                if (path := self.path(step, record_id, outcome)).exists():
                    self._unlink(path)

    def _write(self, path: Path, data: bytes) -> None:
        self._disk.mkdir(path.parent, 0o755)
        self._disk.replace(path, data, 0o644)

    def _unlink(self, path: Path) -> None:
        if path.exists():
            self._disk.unlink(path)
            self._disk.sync_directory(path.parent)
