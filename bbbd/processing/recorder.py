"""The end of a meeting that may be recorded: its ticket, and its stub, before its journal is put away."""

from __future__ import annotations

from collections.abc import Callable

from bbbd.meetings.model import Meeting
from bbbd.meetings.people import ejected
from bbbd.meetings.recording import wanted_formats
from bbbd.processing.stub import facts_of, write_stub
from bbbd.recordings.kept_media import adopt_media
from bbbd.recordings.layout import Layout
from bbbd.recordings.status_files import StatusFiles, Step, Ticket
from bbbd.recordings.uploaded_media import note_end
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk


class Recorder:
    """Notes ended meetings for processing."""

    def __init__(self, disk: Disk, layout: Layout, status: StatusFiles, current: CurrentSettings) -> None:
        self._disk = disk
        self._current = current
        self._layout = layout
        self._status = status
        #: Called with the id of a recording whose raw files are complete.
        self.listeners: list[Callable[[str], None]] = []

    def keep(self, meeting: Meeting) -> None:
        """Note that a meeting is to become a recording, or that nobody switched recording on. Waits for the disk.

        A kill before the journal is put away is no harm: the next start does this again.
        """
        record_id = meeting.internal_id
        note_end(self._disk, self._status.raw(record_id), meeting.end_time, ejected(meeting))
        adopt_media(self._disk, self._current.settings.kept_media, self._status.raw(record_id), copies=False)
        if meeting.marked and wanted_formats(meeting.created):
            write_stub(self._disk, self._layout, record_id, facts_of(meeting))
            self._status.write_ticket(record_id, Ticket())
        else:
            self._status.unmarked(record_id)

    def kept(self, meeting: Meeting) -> None:
        """Pass on that a meeting's raw files are complete."""
        for listener in self.listeners:
            listener(meeting.internal_id)

    def ended(self, meeting: Meeting) -> None:
        """Note that the events of a meeting are kept. Waits for the disk."""
        self._status.done(Step.ENDED, meeting.internal_id)
