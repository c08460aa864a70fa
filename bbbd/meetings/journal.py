"""The journals of meetings on disk: written before an event has any effect, replayed at a start.

Each meeting has a file ``meetings/<internal id>.jsonl``, in the format of ``journal_format.py``. A torn end is cut
off and kept as ``.torn``; a damaged file is renamed to ``.damaged`` and its meeting is not restored. No file can keep
the daemon from starting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Moment
from bbbd.meetings import fold
from bbbd.meetings.documents import Documents, Pages, Recorder, documents_in
from bbbd.meetings.event import Created, Ended, Event, Restored
from bbbd.meetings.journal_format import (
    Contents,
    DamagedJournal,
    Line,
    read_journal,
    write_head,
    write_line,
)
from bbbd.meetings.model import Meeting
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import JOURNAL_FAULTS
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk, TooShort, read_regular
from bbbd.storage.group_commit import GroupCommit

_log = Logger()

#: A meeting that keeps nothing is written anew as one line when its journal is longer than this.
COMPACT_PAST = 4 << 20
#: Bytes that are given up when the end of a meeting does not fit on the disk.
RESERVE = 64 << 10


class Journals:
    """The journals of all live meetings, below the data directory."""

    def __init__(
        self,
        disk: Disk,
        rounds: GroupCommit,
        settings: Settings,
        *,
        documents: Documents,
        pages: Pages,
        metrics: Metrics,
        recorder: Recorder,
        compact_past: int = COMPACT_PAST,
    ) -> None:
        data_dir = settings.directory
        self._compact_least = compact_past
        self._disk = disk
        self._documents = documents
        self._pages = pages
        self._metrics = metrics
        self._recorder = recorder
        self._rounds = rounds
        self._data_dir = data_dir
        self._directory = data_dir / "meetings"
        self._recording = settings.recording
        self._reserve = data_dir / "reserve"
        self._newest = data_dir / "newest"
        self._lengths: dict[str, int] = {}
        #: The meetings that have a journal. A lost journal is written anew from memory.
        self._meetings: dict[str, Meeting] = {}
        self._compact_past: dict[str, int] = {}
        #: The time of the last write.
        self._now = Moment(0, 0)
        #: What was added while a journal is written anew, by internal id.
        self._added: dict[str, list[bytes]] = {}

    def path(self, internal_id: str) -> Path:
        """Return the journal of a meeting."""
        return self._directory / f"{internal_id}.jsonl"

    def length(self, internal_id: str) -> int:
        """Return a journal's length in bytes."""
        return self._lengths[internal_id]

    @property
    def size(self) -> int:
        """The bytes of all journals of live meetings."""
        return sum(self._lengths.values())

    def begin(self, meeting: Meeting, at: Moment) -> None:
        """Write a new meeting's journal. Raises ``OSError``; then there is none."""
        self._now = at
        internal_id = meeting.internal_id
        data = write_head(internal_id) + write_line(Line(1, at.wall, meeting.created))
        path = self.path(internal_id)
        try:
            self._create(path, data)
        except OSError:
            self._metrics.count(JOURNAL_FAULTS, "write")
            raise
        self._lengths[internal_id] = len(data)
        self._meetings[internal_id] = meeting
        self._rounds.touched(path, data, name_too=True)

    def _create(self, path: Path, data: bytes) -> None:
        try:
            self._disk.create(path, data)
        except FileNotFoundError:
            self._disk.make_again(self._directory)
            self._disk.create(path, data)

    def add(self, meeting: Meeting, event: Event, at: Moment) -> int:
        """Write an event's line and return the length before it. Raises ``OSError``; then nothing was written."""
        self._now = at
        data = write_line(Line(meeting.n + 1, at.wall, event))
        path = self.path(meeting.internal_id)
        try:
            length = self._append(meeting, data, at)
        except OSError:
            self._metrics.count(JOURNAL_FAULTS, "write")
            if not isinstance(event, Ended) or not self._reserve.exists():
                raise
            self._disk.unlink(self._reserve)
            length = self._append(meeting, data, at)
        self._lengths[meeting.internal_id] = length + len(data)
        if meeting.internal_id in self._added:
            self._added[meeting.internal_id].append(data)
        self._rounds.touched(path, data)
        return length

    def _append(self, meeting: Meeting, data: bytes, at: Moment) -> int:
        """Append to a journal and return its length before; a missing or too short one is written anew first."""
        path = self.path(meeting.internal_id)
        try:
            self._disk.append(path, data, self._lengths[meeting.internal_id])
        except (FileNotFoundError, TooShort):
            self._rebuild(meeting, at)
            self._disk.append(path, data, self._lengths[meeting.internal_id])
        return self._lengths[meeting.internal_id]

    def _rebuild(self, meeting: Meeting, now: Moment) -> None:
        """Write a lost journal anew: as it was, else as one line that holds the whole meeting.

        It is synced with the next round.
        """
        path, unfinished = self.path(meeting.internal_id), self._disk.unfinished(self._directory)
        data = self._as_it_was(meeting, path) or self._restored_data(meeting, now)
        self._create(unfinished, data)
        try:
            self._disk.rename(unfinished, path)
        except OSError:
            self._disk.unlink(unfinished)
            raise
        self._lengths[meeting.internal_id] = len(data)
        self._rounds.forget(path)
        self._rounds.touched(path, data, name_too=True)
        self._metrics.count(JOURNAL_FAULTS, "lost")
        _log.error("{path} was lost and is written anew from memory", event="journal_rebuilt", path=str(path))

    def _as_it_was(self, meeting: Meeting, path: Path) -> bytes:
        """Return the lines that disk and memory have together, empty when some are missing."""
        unsynced = self._rounds.unsynced(path)
        try:
            data = _first(path, self._lengths[meeting.internal_id] - len(unsynced)) + unsynced
            contents = read_journal(data, meeting.internal_id)
        except (OSError, DamagedJournal):
            return b""
        return data if not contents.torn and contents.lines and contents.lines[-1].n == meeting.n else b""

    def _restored_data(self, meeting: Meeting, now: Moment) -> bytes:
        return write_head(meeting.internal_id) + write_line(Line(meeting.n, now.wall, fold.as_restored(meeting, now)))

    def take_back(self, meeting: Meeting, length: int) -> None:
        """Cut off the last line, which turned out not to fit."""
        if self._added.get(meeting.internal_id):
            self._added[meeting.internal_id].pop()
        self._rounds.took_back(self.path(meeting.internal_id), self._lengths[meeting.internal_id] - length)
        self._disk.cut(self.path(meeting.internal_id), length)
        self._lengths[meeting.internal_id] = length

    def wants_compaction(self, meeting: Meeting) -> bool:
        """Return whether a journal should be compacted now. The sources of recordings never are."""
        wanted = meeting.created.wanted
        past = self._compact_past.get(meeting.internal_id, self._compact_least)
        if meeting.internal_id in self._added:
            return False
        return not meeting.created.record and not wanted.keep_events and self._lengths[meeting.internal_id] > past

    async def write_anew(self, meeting: Meeting, now: Moment) -> None:
        """Write a journal as one line that holds the whole meeting, in place of the old file.

        The old file stays good until the new one, with all that happened meanwhile, is on the disk.
        """
        data = self._restored_data(meeting, now)
        await self._replace(meeting.internal_id, lambda: data)
        length = self._lengths.get(meeting.internal_id, 0)
        self._compact_past[meeting.internal_id] = max(self._compact_least, 2 * length)

    def mend(self, path: Path) -> bool:
        """Write a journal anew that could not be synced. Return False when the file is no journal.

        The disk gives the bytes that are synced, memory the rest: the page cache is not trusted.
        """
        internal_id = path.stem
        if path != self.path(internal_id) or internal_id not in self._lengths:
            return False
        # A compaction under way makes the journal whole again.
        if internal_id not in self._added:
            Deferred.fromCoroutine(self._mend(internal_id, path)).addErrback(partial(self._not_mended, path))
        return True

    def _not_mended(self, path: Path, failure: Failure) -> None:
        self._metrics.count(JOURNAL_FAULTS, "broken")
        text, why = "{path} could not be written anew: {why}", failure.getErrorMessage()
        _log.critical(text, event="journal_broken", path=str(path), why=why)

    async def _mend(self, internal_id: str, path: Path) -> None:
        unsynced = self._rounds.unsynced(path)
        length = self._lengths[internal_id] - len(unsynced)
        try:
            await self._replace(internal_id, lambda: _first(path, length) + unsynced)
        except (FileNotFoundError, TooShort):
            if internal_id in self._meetings:
                self._rebuild(self._meetings[internal_id], self._now)

    async def _replace(self, internal_id: str, content: Callable[[], bytes]) -> None:
        path, unfinished = self.path(internal_id), self._disk.unfinished(self._directory)
        added = self._added[internal_id] = []
        try:
            length = await self._rounds.thread(lambda: self._write_unfinished(unfinished, content()))
            while added:
                tail = b"".join(added)
                added.clear()
                length = await self._rounds.thread(partial(self._extend, unfinished, tail, length))
            if internal_id in self._lengths:
                self._disk.rename(unfinished, path)
                self._lengths[internal_id] = length
                self._rounds.mended(path)
        finally:
            self._added.pop(internal_id, None)
            self._disk.unlink(unfinished)

    def _write_unfinished(self, unfinished: Path, data: bytes) -> int:
        self._create(unfinished, data)
        self._disk.sync_file(unfinished)
        return len(data)

    def _extend(self, unfinished: Path, data: bytes, length: int) -> int:
        self._disk.append(unfinished, data, length)
        self._disk.sync_file(unfinished)
        return length + len(data)

    def last_creation(self) -> int:
        """Return the creation time that was saved last, in milliseconds."""
        try:
            return int(read_regular(self._newest, 32))
        except (OSError, ValueError):
            return 0

    def note_creation(self, create_time: int) -> Deferred[None]:
        """Save a creation time; the clock may be set back before the next start."""
        return self._rounds.thread(lambda: self._disk.replace(self._newest, b"%d\n" % create_time))

    def keep_reserve(self) -> Deferred[None]:
        """Make the reserve: a file whose space lets a meeting end on a full disk."""
        return self._rounds.thread(self._make_reserve)

    def _make_reserve(self) -> None:
        if not self._reserve.exists():
            self._disk.replace(self._reserve, bytes(RESERVE))

    async def end(self, meeting: Meeting) -> None:
        """Put an ended meeting's journal and slides where they are needed, or remove them when nothing needs them.

        It waits until the disk has the end. A kill in between is no harm: the next start does it again.
        """
        await self._rounds.settled()
        await self._rounds.thread(lambda: self._keep(meeting))
        self.forget(meeting.internal_id)
        self._pages.release(meeting.internal_id)
        if meeting.created.record:
            self._recorder.kept(meeting)

    def _keep(self, meeting: Meeting) -> None:
        path, raw = self.path(meeting.internal_id), self._recording / "raw" / meeting.internal_id
        if meeting.created.wanted.keep_events:
            self._keep_events(path, self._data_dir / "events" / meeting.internal_id / path.with_stem("journal").name)
            self._recorder.ended(meeting)
        if meeting.created.record:
            self._documents.move(meeting.created.wanted.documents, raw / "presentations")
            self._pages.keep(meeting, raw)
            self._recorder.keep(meeting)
            self._move(path, raw / path.with_stem("journal").name)
        self._documents.discard(documents_in(meeting))

    def _keep_events(self, path: Path, target: Path) -> None:
        """Give a journal a second name, under which it is kept whatever becomes of a recording."""
        if path.exists() and not target.exists():
            self._disk.mkdir(target.parent)
            self._disk.link(path, target)
            self._disk.sync_directory(target.parent)
            self._disk.sync_directory(target.parent.parent)

    def forget(self, internal_id: str) -> None:
        """Remove what is left of a meeting's files."""
        path = self.path(internal_id)
        self._rounds.forget(path)
        self._disk.unlink(path)
        self._disk.unlink(path.with_suffix(".torn"))
        self._rounds.renamed(self._directory)
        self._lengths.pop(internal_id, None)
        self._meetings.pop(internal_id, None)
        self._compact_past.pop(internal_id, None)

    def _move(self, path: Path, target: Path) -> None:
        if not path.exists():
            return
        self._disk.mkdir(target.parent)
        self._disk.rename(path, target)
        self._disk.sync_directory(target.parent)
        self._disk.sync_directory(target.parent.parent)

    def restore(self, now: Moment) -> Iterator[Meeting]:
        """Give the meetings that were there, as their journals tell; ended ones too. Waits for the disk."""
        self._now = now
        self._disk.mkdir(self._directory)
        # A kill may have come after the data directory's own directories were made, before their sync.
        self._disk.sync_directory(self._data_dir)
        for directory in (self._data_dir, self._directory):
            self._disk.sweep(directory)
        for path in sorted(self._directory.glob("*.jsonl")):
            try:
                meeting = self._restored(path, now)
            except (DamagedJournal, OSError) as fault:
                self._metrics.count(JOURNAL_FAULTS, "damaged")
                _log.error(
                    "the journal {path} is not used: {why}", event="journal_damaged", path=str(path), why=str(fault)
                )
                # An unreadable journal may be good: it is left for the next start.
                if isinstance(fault, DamagedJournal) or not path.is_file():
                    self._set_aside(path)
                continue
            if meeting is not None:
                yield meeting

    def _set_aside(self, path: Path) -> None:
        try:
            self._disk.rename(path, path.with_suffix(".damaged"))
        except OSError as fault:
            _log.error("{path} could not be set aside: {why}", event="journal_damaged", path=str(path), why=str(fault))

    def _restored(self, path: Path, now: Moment) -> Meeting | None:
        contents = read_journal(read_regular(path), path.stem)
        meeting = replay(contents, now)
        if meeting is None and contents.torn.endswith(b"\n") and not contents.hole:
            raise DamagedJournal("its first event is damaged")
        if contents.torn:
            self._cut(path, contents)
        if meeting is None:
            # Its creation was never answered.
            self._disk.unlink(path)
            return None
        self._lengths[path.stem] = contents.length
        self._meetings[path.stem] = meeting
        self._rounds.found(path)
        return meeting

    def _cut(self, path: Path, contents: Contents) -> None:
        self._metrics.count(JOURNAL_FAULTS, "torn")
        _log.warn(
            "the last {bytes} bytes of {path} were torn; cut off and kept as .torn",
            event="journal_tail_cut",
            path=str(path),
            bytes=len(contents.torn),
        )
        with suppress(OSError):
            # A full disk takes no copy; the meeting matters more.
            self._disk.replace(path.with_suffix(".torn"), contents.torn)
        self._disk.cut(path, contents.length)


def _first(path: Path, length: int) -> bytes:
    """Return the first bytes of a file. Raises ``TooShort`` when it has fewer."""
    data = read_regular(path, length) if length else b""
    if len(data) < length:
        raise TooShort(f"{path} has only {len(data)} bytes")
    return data


def replay(contents: Contents, now: Moment) -> Meeting | None:
    """Return the meeting that a journal's lines make, None when there are none. Raises ``DamagedJournal``."""
    if not contents.lines:
        return None
    first, *rest = contents.lines
    try:
        meeting = _begun(first, now.at_wall(first.at))
        for line in rest:
            fold.apply(meeting, line.event, now.at_wall(line.at))
    except DamagedJournal:
        raise
    except Exception as fault:
        raise DamagedJournal(f"its events do not fit: {type(fault).__name__} {fault}") from fault
    return meeting


def _begun(first: Line, at: Moment) -> Meeting:
    if isinstance(first.event, Created) and first.n == 1:
        return fold.begin(first.event, at)
    if isinstance(first.event, Restored):
        return fold.restored(first.event, at)
    raise DamagedJournal("line 2 is not the beginning of a meeting")
