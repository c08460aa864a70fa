"""Rebuilds: a recording is made again of its raw files: somebody asks for it, or there are more of them."""

from __future__ import annotations

from bbbd.recordings.layout import RECORD_ID, Layout, Place
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


def note_more(status: StatusFiles, layout: Layout, record_id: str) -> None:
    """Have a recording made again, if it is made already: pages send more of what they recorded. Waits for the disk.

    One that waits or is in work has a ticket: when it is made, its files are compared with those it was made of. What
    was deleted stays so.
    """
    if any(layout.tree(Place.DELETED).glob(f"*/{record_id}")):
        return
    if status.ticket(record_id) is None and status.is_done(Step.ARCHIVED, record_id):
        # The ticket first: the file that comes is not answered before both are done, and so this is done again.
        status.write_ticket(record_id, Ticket(more=True))
        status.forget(record_id, Step.SANITY, Step.PROCESSED, Step.PUBLISHED)
