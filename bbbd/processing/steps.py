"""The steps of one recording, from raw files to its place among the published ones. Each waits, some for long.

Whatever a kill interrupts is done again by the next ``process`` or ``publish``: a ticket stays until the last step is
done, and files appear by renames only.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from msgspec import structs
from twisted.logger import Logger

from bbbd.processing.child_process import (
    NoMarks,
    Processed,
    ProcessingInterrupted,
    ProcessingProcesses,
    ProcessingRefused,
)
from bbbd.processing.film_sources import begin_films, have_grown
from bbbd.processing.media_steps import MOST_TRIES, MediaSteps
from bbbd.processing.stub import facts_of_raw, write_stub
from bbbd.recordings.archive import ArchiveRefused
from bbbd.recordings.atomic_replace import Replacement, replace_all
from bbbd.recordings.export import NothingToExport, export
from bbbd.recordings.importer import Importer
from bbbd.recordings.kept_media import adopt_media
from bbbd.recordings.layout import Layout, Place
from bbbd.recordings.metadata import UnreadableMetadata, read_metadata_file
from bbbd.recordings.metadata_edits import change_metadata
from bbbd.recordings.retention import erase
from bbbd.recordings.status_files import PRESENTATION, StatusFiles, Step, Ticket
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.texttracks.automatic import put_automatic_track
from bbbd.texttracks.track_changes import RecordingGone
from bbbd.values.enums import RecordingFormat

_log = Logger()

#: Characters of what a recording lacks.
_LONGEST_LACK = 300


class Outcome(StrEnum):
    """How a step ended. After ``WAITS`` it is done again later."""

    DONE = "done"
    UNMARKED = "unmarked"
    FAILED = "failed"
    WAITS = "waits"


class StepEnd(NamedTuple):
    """How a step ended, how many milliseconds it took, and what the recording lacks."""

    outcome: Outcome
    took: int = 0
    lacks: tuple[str, ...] = ()


class Steps:
    """The steps of recordings in one layout."""

    def __init__(
        self, disk: Disk, layout: Layout, status: StatusFiles, processes: ProcessingProcesses, current: CurrentSettings
    ) -> None:
        self.status = status
        self._disk = disk
        self._layout = layout
        self._processes = processes
        self._current = current
        self._importer = Importer(disk, layout)
        self._media = MediaSteps(layout, processes, current)

    def sweep(self) -> None:
        """Remove what a kill left unfinished."""
        self.status.sweep()
        tree = self._layout.tree(Place.PROCESS)
        self._disk.sweep(tree)
        for form in tree.glob("*"):
            if form.is_dir():
                self._disk.sweep(form)
        for films in self._media.all_films():
            if self.status.ticket(films.name) is None:
                self._disk.remove_tree(films)

    def prepare(self, record_id: str) -> None:
        """Give a recording that waits its stub, if it has none: that of an older bbbd, or one to be rebuilt."""
        is_there = self._layout.metadata(Place.PROCESS, PRESENTATION, record_id).exists()
        if not is_there and not self.status.is_done(Step.PROCESSED, record_id):
            write_stub(self._disk, self._layout, record_id, facts_of_raw(self.status.raw(record_id)))

    def _place(self, record_id: str) -> Path:
        return self._layout.directory(Place.PROCESS, PRESENTATION, record_id)

    # Processing.

    def process(self, record_id: str) -> StepEnd:
        """Make the files of a recording."""
        ticket = self.status.ticket(record_id) or Ticket()
        try:
            made = self._process(record_id, ticket)
            return StepEnd(Outcome.DONE, made.took, tuple(made.lacks))
        except NoMarks:
            self.status.unmarked(record_id)
            self._give_up(record_id)
            outcome = Outcome.UNMARKED
        except ProcessingRefused as fault:
            outcome = self._fail(Step.PROCESSED, record_id, str(fault))
        except ProcessingInterrupted as fault:
            outcome = self._interrupted(record_id, ticket, str(fault))
        except OSError as fault:
            self.status.write_ticket(record_id, ticket)
            outcome = self._wait(record_id, str(fault))
        return StepEnd(outcome)

    def _interrupted(self, record_id: str, ticket: Ticket, why: str) -> Outcome:
        if self._processes.stopped:
            # A stop is not the recording's fault.
            self.status.write_ticket(record_id, ticket)
            return Outcome.WAITS
        if ticket.tries + 1 >= MOST_TRIES:
            return self._fail(Step.PROCESSED, record_id, f"was cut off {MOST_TRIES} times: {why}")
        return self._wait(record_id, why)

    def _process(self, record_id: str, ticket: Ticket) -> Processed:
        if ticket.tries >= MOST_TRIES:
            raise ProcessingRefused(f"was cut off {MOST_TRIES} times")
        raw, target = self.status.raw(record_id), self._place(record_id)
        if not raw.is_dir():
            raise ProcessingRefused("its raw files are gone")
        self._disk.sweep(raw)
        adopt_media(self._disk, self._current.settings.kept_media, raw)
        self.status.write_ticket(record_id, structs.replace(ticket, tries=ticket.tries + 1))
        self._disk.mkdir(target.parent, 0o755)
        work = self._disk.unfinished(target.parent)
        try:
            self._disk.mkdir(work, 0o755)
            begin_films(self._disk, self._media.films(record_id), raw)
            films, lacks = self._media.compose(record_id, raw, ticket)
            made = self._processes.run(raw, work, self._current.settings, whole=ticket.rebuild, films=films)
            lacks += self._media.transcribe(record_id, ticket, films)
            derived = self._media.derive(record_id, work, ticket, films)
            made = made._replace(lacks=(*lacks, *made.lacks, *derived))
            for lack in made.lacks:
                _log.warn("{id}: {lack}", event="recording_lacks", id=record_id, lack=str(lack)[:_LONGEST_LACK])
            changed = change_metadata(read_metadata_file(work / "metadata.xml"), state="processed")
            self._disk.replace(work / "metadata.xml", changed, 0o644)
            with self._layout.lock:
                new = Replacement(source=str(work), target=str(target), replaced=(str(target),))
                replace_all(self._disk, self._layout, (new,))
        finally:
            if work.exists():
                self._disk.remove_tree(work)
        for step in (Step.ARCHIVED, Step.SANITY, Step.PROCESSED):
            self.status.done(step, record_id)
        return made

    def is_processed(self, record_id: str) -> bool:
        """Return whether the files of a recording are made, or have their place already."""
        if self.status.is_done(Step.PUBLISHED, record_id):
            return True
        if not self.status.is_done(Step.PROCESSED, record_id):
            return False
        try:
            return b"<state>processed</state>" in read_metadata_file(self._place(record_id) / "metadata.xml")
        except (OSError, UnreadableMetadata):
            return False

    def _wait(self, record_id: str, why: str) -> Outcome:
        _log.warn("{id}: the recording waits: {why}", event="recording_waits", id=record_id, why=why)
        return Outcome.WAITS

    def _fail(self, step: Step, record_id: str, why: str) -> Outcome:
        _log.error("{id}: no recording: {why}", event="recording_failed", id=record_id, why=why)
        self.status.failed(step, record_id, why)
        self._give_up(record_id)
        return Outcome.FAILED

    def _give_up(self, record_id: str) -> None:
        if self._place(record_id).exists():
            erase(self._disk, self._place(record_id))
        self._disk.remove_tree(self._media.films(record_id))
        self.status.remove_ticket(record_id)

    # Publishing.

    def publish(self, record_id: str) -> Outcome:
        """Put the files of a recording into their place, unless they are there."""
        settings, place = self._current.settings, self._place(record_id)
        if self.status.is_done(Step.PUBLISHED, record_id):
            # Whatever became of it since: it may have been unpublished or deleted while its archive waits for the disk.
            return Outcome.DONE
        target = Place.PUBLISHED if settings.publish_recordings else Place.UNPUBLISHED
        ticket = self.status.ticket(record_id)
        try:
            is_wanted = RecordingFormat.PRESENTATION in self._media.wanted(place)
            self._importer.put(
                [*([place] if is_wanted else ()), *self._media.derived(record_id)] or [place],
                target,
                protect=settings.protect_recordings,
                revive=ticket is not None and ticket.rebuild,
            )
            put_automatic_track(self._disk, self._layout, record_id, self._media.transcripts(record_id))
            self.status.done(Step.PUBLISHED, record_id)
        except (ArchiveRefused, UnreadableMetadata, RecordingGone) as fault:
            return self._fail(Step.PUBLISHED, record_id, str(fault))
        except OSError as fault:
            return self._wait(record_id, str(fault))
        return Outcome.DONE

    def export(self, record_id: str) -> Outcome:
        """Write a recording into the spool directory, if there is one."""
        if not self._current.settings.export_spool:
            return Outcome.DONE
        try:
            export(self._disk, self._layout, record_id, Path(self._current.settings.export_spool))
        except NothingToExport:
            # It was deleted meanwhile.
            return Outcome.DONE
        except (UnreadableMetadata, OSError) as fault:
            _log.error("{id} is not exported yet: {why}", event="recording_waits", id=record_id, why=str(fault))
            return Outcome.WAITS
        return Outcome.DONE

    def finish(self, record_id: str) -> None:
        """Remove what the processing of a complete recording left, and its ticket. Raises ``OSError``.

        Where pages sent more meanwhile, the recording waits to be made again. The films tell that, so they go last.
        """
        if self._place(record_id).exists():
            erase(self._disk, self._place(record_id))
        if have_grown(self._media.films(record_id), self.status.raw(record_id)):
            self.status.write_ticket(record_id, Ticket(more=True))
            self.status.forget(record_id, Step.SANITY, Step.PROCESSED, Step.PUBLISHED)
        else:
            self.status.remove_ticket(record_id)
        # Without a ticket the next start does this.
        self._disk.remove_tree(self._media.films(record_id))
