"""The steps of a recording with sound, cameras and screens: films, what is said in them, and formats made of them.

They work in ``recording/composing/<record id>``. What a run that was cut off has made stays there.
"""

from __future__ import annotations

from pathlib import Path

from bbbd.meetings.recording import DISABLED_FORMATS, without_disabled
from bbbd.processing.child_process import ProcessingInterrupted, ProcessingProcesses, ProcessingRefused
from bbbd.recordings.kept_media import FACTS, FORMATS, TRANSCRIPT, has_media
from bbbd.recordings.layout import RECORD_ID, Layout
from bbbd.recordings.metadata import read_metadata_file
from bbbd.recordings.metadata_edits import current_meta
from bbbd.recordings.status_files import Ticket
from bbbd.settings.current import CurrentSettings
from bbbd.texttracks.automatic import automatic_track
from bbbd.texttracks.indexes import is_inside, tracks_of
from bbbd.texttracks.track_changes import may_replace
from bbbd.values.enums import RecordingFormat

#: How often the processing of a recording is begun when it is cut off by something else than the recording itself.
MOST_TRIES = 3
#: Below ``recording``: where films are composed.
_DIRECTORY = "composing"


class MediaSteps:
    """The steps of recordings in one layout that concern sound and pictures."""

    def __init__(self, layout: Layout, processes: ProcessingProcesses, current: CurrentSettings) -> None:
        self._layout = layout
        self._processes = processes
        self._current = current

    def films(self, record_id: str) -> Path:
        """Return where the films of a recording are composed."""
        return self._layout.recording / _DIRECTORY / record_id

    def all_films(self) -> list[Path]:
        """Return where the films of all recordings are composed."""
        root = self._layout.recording / _DIRECTORY
        return [path for path in sorted(root.glob("*")) if RECORD_ID.fullmatch(path.name)]

    def compose(self, record_id: str, raw: Path, ticket: Ticket) -> tuple[Path | None, list[str]]:
        """Compose the films, and return their directory, None without any, and what the recording then lacks.

        Raises ``ProcessingInterrupted`` and ``OSError``. Without films the recording is made all the same.
        """
        directory = self.films(record_id)
        if not (directory / FACTS).exists() and not has_media(raw):
            return None, []
        try:
            self._processes.compose(raw, directory, self._current.settings, whole=ticket.rebuild)
        except ProcessingRefused as fault:
            return None, [f"sound, cameras and screens are left out: {fault}"]
        except ProcessingInterrupted as fault:
            if self._processes.stopped or ticket.tries + 1 < MOST_TRIES:
                raise
            return None, [f"sound, cameras and screens are left out: {fault}"]
        return directory, []

    def transcribe(self, record_id: str, ticket: Ticket, films: Path | None) -> list[str]:
        """Write what is said in the films, if that is wanted, and return what the recording then lacks.

        Raises ``ProcessingInterrupted`` and ``OSError``.
        """
        settings = self._current.settings
        if films is None or not settings.automatic_captions:
            return []
        try:
            self._processes.transcribe(films, self.transcripts(record_id), settings)
        except (ProcessingRefused, ProcessingInterrupted) as fault:
            is_last = isinstance(fault, ProcessingRefused) or ticket.tries + 1 >= MOST_TRIES
            if self._processes.stopped or not is_last:
                raise
            return [f"automatic captions are left out: {fault}"]
        return []

    def transcripts(self, record_id: str) -> Path:
        """Return where what is said in a recording is written."""
        return self.films(record_id) / TRANSCRIPT

    def derive(self, record_id: str, presentation: Path, ticket: Ticket, films: Path | None) -> list[str]:
        """Make the other formats that are wanted of a presentation, and return what they lack.

        Raises ``ProcessingInterrupted``, ``OSError``, and ``ProcessingRefused`` if nothing comes of the recording.
        """
        wanted = self.wanted(presentation)
        others = [name for name in wanted if name is not RecordingFormat.PRESENTATION]
        lacks: list[str] = []
        if others:
            directory = self.films(record_id)
            tracks = {track.key: track for track in tracks_of(self._layout, record_id) if is_inside(track.path)}
            new = automatic_track(self.transcripts(record_id))
            if new is not None and may_replace(new, tracks):
                tracks[new.key] = new
            captions = [(str(track.path), track.lang, track.label) for track in tracks.values()]
            try:
                lacks = self._processes.derive(
                    presentation, directory, record_id, self._current.settings, others, films, captions
                )
            except (ProcessingRefused, ProcessingInterrupted) as fault:
                is_last = isinstance(fault, ProcessingRefused) or ticket.tries + 1 >= MOST_TRIES
                if self._processes.stopped or not is_last:
                    raise
                lacks = [f"{', '.join(others)}: not made: {fault}"]
        if RecordingFormat.PRESENTATION not in wanted and not self.derived(record_id):
            raise ProcessingRefused("; ".join(lacks) or "all of its formats are disabled")
        return lacks

    def wanted(self, presentation: Path) -> tuple[RecordingFormat, ...]:
        """Return the formats that a recording is to have. Raises ``UnreadableMetadata`` and ``OSError``."""
        meta, _protected = current_meta(read_metadata_file(presentation / "metadata.xml"), (DISABLED_FORMATS,))
        return without_disabled(self._current.settings.recording_formats, meta)

    def derived(self, record_id: str) -> list[Path]:
        """Return the directories of the formats that were made of a presentation."""
        return [path.parent for path in sorted(self.films(record_id).glob(f"{FORMATS}/*/{record_id}/metadata.xml"))]
