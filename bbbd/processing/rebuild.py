"""Rebuilds: a recording is made again of its raw files, in place of what there is, because somebody asks for it."""

from __future__ import annotations

from bbbd.recordings.layout import RECORD_ID
from bbbd.recordings.status_files import EVENTS, JOURNAL, StatusFiles, Step, Ticket


class NotRebuildable(LookupError):
    """A recording cannot be made again; the text says why."""


def request_rebuild(status: StatusFiles, record_id: str) -> None:
    """Have a recording made again: a running daemon takes it up. Waits for the disk. Raises ``NotRebuildable``."""
    if not RECORD_ID.fullmatch(record_id):
        raise NotRebuildable(f"{record_id[:200]!r} is not the id of a recording")
    raw = status.raw(record_id)
    if not any((raw / name).is_file() for name in (JOURNAL, EVENTS)):
        raise NotRebuildable(f"there are no raw files of {record_id}: neither {JOURNAL} nor {EVENTS} in {raw}")
    ticket = status.ticket(record_id)
    if ticket is not None and ((raw / JOURNAL).is_file() or ticket.rebuild):
        raise NotRebuildable(f"{record_id} waits already, or is in work")
    # The ticket last: with it the work begins.
    status.forget(record_id, Step.SANITY, Step.PROCESSED, Step.PUBLISHED)
    status.write_ticket(record_id, Ticket(rebuild=True))
