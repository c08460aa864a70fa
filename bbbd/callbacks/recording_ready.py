"""Notifications of recordings: one callback when a recording is ready, and hooks for each later change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from bbbd.callbacks import hook_messages
from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.hooks import Hook, Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.publisher import READY
from bbbd.clock import Clock
from bbbd.meetings.event import Created
from bbbd.meetings.journal_format import DamagedJournal, read_journal
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import RECORD_ID, Layout, Place
from bbbd.recordings.library import Library
from bbbd.recordings.status_files import JOURNAL, StatusFiles
from bbbd.storage.disk import Disk, open_regular
from bbbd.storage.group_commit import GroupCommit, Thread
from bbbd.values.value_types import HTTP_URL

#: The longest first lines of a journal that are looked at, in bytes.
_LONGEST_HEAD = 1 << 20
#: The hooks' names of a recording's moves.
_MOVED = {Place.PUBLISHED: "rap-published", Place.UNPUBLISHED: "rap-unpublished", Place.DELETED: "rap-deleted"}
_READY = "rap-publish-ended"


def _urls(recording: Recording) -> Iterator[str]:
    """Give the URLs to notify of a recording; metadata may spell their names in any case."""
    metadata = {name.lower(): value.strip() for name, value in recording.first.meta.items()}
    for url in dict.fromkeys(metadata.get(name, "") for name in READY):
        try:
            yield HTTP_URL.read(url)
        except ValueError:
            continue


def application_of(disk: Disk, layout: Layout, record_id: str) -> str:
    """Return the name of the application that created a recording's meeting, "" if none is known. Waits for the disk.

    The raw files of this server's own meetings say so.
    """
    try:
        with open_regular(StatusFiles(disk, layout).raw(record_id) / JOURNAL) as file:
            head = file.readline(_LONGEST_HEAD) + file.readline(_LONGEST_HEAD)
        lines = read_journal(head, record_id).lines
    except (OSError, DamagedJournal):
        return ""
    first = lines[0].event if lines else None
    return first.wanted.application if isinstance(first, Created) else ""


def ready(recording: Recording, now: int, application: str = "") -> list[Delivery]:
    """Return the recording ready callbacks of a recording. ``now`` is milliseconds since 1970."""
    content = json.dumps({"meeting_id": recording.first.meeting_id or "", "record_id": recording.record_id})
    return [
        Delivery(
            kind=CallbackKind.READY, url=url, receiver=url, content=content, application=application, created_at=now
        )
        for url in _urls(recording)
    ]


def _to(hooks: Iterable[Hook], name: str, recording: Recording) -> list[Hook]:
    return [hook for hook in hooks if hook.wants(recording.first.meeting_id or "", name)]


def published(recording: Recording, hooks: Iterable[Hook], now: int) -> Iterator[Delivery]:
    """Give the notifications of hooks about a new recording: one for each format."""
    for hook in _to(hooks, _READY, recording):
        for form in recording.formats:
            content = hook_messages.event_of_recording(_READY, recording, now, form)
            yield Delivery(kind=CallbackKind.HOOK, url=hook.url, receiver=hook.id, content=content, created_at=now)


def moved(recording: Recording, place: Place, hooks: Iterable[Hook], now: int) -> Iterator[Delivery]:
    """Give the notifications of hooks about a recording that a call published, unpublished or deleted."""
    for hook in _to(hooks, _MOVED[place], recording):
        content = hook_messages.event_of_recording(_MOVED[place], recording, now)
        yield Delivery(kind=CallbackKind.HOOK, url=hook.url, receiver=hook.id, content=content, created_at=now)


class NotifiedRecordings:
    """Remembers the recordings whose readiness was notified. Every method waits for the disk."""

    def __init__(self, disk: Disk, store: OutboxStore) -> None:
        self._disk = disk
        self._store = store
        self._directory = store.notified

    def not_notified(self, recordings: list[Recording]) -> list[Recording]:
        """Return the recordings that were not notified yet."""
        return [one for one in recordings if not self._path(one).exists()]

    def not_queued(self, entries: list[Delivery]) -> list[Delivery]:
        """Return the entries that are not in the outbox yet: a kill before ``note`` leaves some there."""
        due = (
            {(entry.url, entry.content) for _number, entry in self._store.look(self._store.numbers())}
            if entries
            else set()
        )
        return [entry for entry in entries if (entry.url, entry.content) not in due]

    def application(self, layout: Layout, recording: Recording) -> str:
        """Return the name of the application that created a recording's meeting, "" if none is known."""
        return application_of(self._disk, layout, recording.record_id)

    def note(self, recordings: list[Recording]) -> None:
        """Note that recordings were notified."""
        self._disk.mkdir(self._directory)
        for recording in recordings:
            self._disk.replace(self._path(recording), b"")

    def _path(self, recording: Recording) -> Path:
        assert RECORD_ID.fullmatch(recording.record_id)
        return self._directory / recording.record_id


class RecordingPublisher:
    """Publishes the changes of a library's recordings."""

    def __init__(
        self,
        *,
        library: Library,
        outbox: Outbox,
        hooks: Hooks,
        notified: NotifiedRecordings,
        clock: Clock,
        rounds: GroupCommit,
        worker: Thread,
    ) -> None:
        self._library = library
        self._outbox = outbox
        self._hooks = hooks
        self._notified = notified
        self._clock = clock
        self._rounds = rounds
        self._worker = worker

    async def made(self, record_id: str) -> None:
        """Notify that a recording of this server's own is ready, once, whether it is published or unpublished."""
        await self._notify((record_id,), (Place.PUBLISHED, Place.UNPUBLISHED))

    async def published(self, record_ids: Iterable[str]) -> None:
        """Notify that recordings are ready, once for each. The entries are on the disk when this is over."""
        await self._notify(record_ids, (Place.PUBLISHED,))

    async def _notify(self, record_ids: Iterable[str], places: Collection[Place]) -> None:
        known = [found for one in dict.fromkeys(record_ids) if (found := self._library.index.find(one))]
        there = [one for one in known if one.place in places]
        new = await self._worker(partial(self._notified.not_notified, there))
        now = self._clock.now().wall
        due = await self._worker(lambda: self._due(new, now))
        self._outbox.add([*due, *(entry for one in new for entry in published(one, self._hooks, now))])
        await self._rounds.settled()
        await self._worker(partial(self._notified.note, new))

    def _due(self, recordings: list[Recording], now: int) -> list[Delivery]:
        """Return the ready callbacks that are not in the outbox yet. Waits for the disk."""
        layout = self._library.layout
        entries = [entry for one in recordings for entry in ready(one, now, self._notified.application(layout, one))]
        return self._notified.not_queued(entries)

    def stepped(self, name: str, record_id: str, took: int | None, *, success: bool) -> None:
        """Notify hooks of a step (``process-started``, say); ``took`` in milliseconds, None at its begin."""
        recording = self._library.index.find(record_id)
        if recording is None:
            return
        name, now = f"rap-{name}", self._clock.now().wall
        content = hook_messages.event_of_step(name, recording, now, took, success=success)
        self._outbox.add(
            [
                Delivery(kind=CallbackKind.HOOK, url=hook.url, receiver=hook.id, content=content, created_at=now)
                for hook in _to(self._hooks, name, recording)
            ]
        )

    def moved(self, record_ids: Iterable[str], place: Place) -> None:
        """Notify hooks of a call's change of recordings."""
        now = self._clock.now().wall
        found = [one for record_id in record_ids if (one := self._library.index.find(record_id))]
        self._outbox.add([entry for one in found for entry in moved(one, place, self._hooks, now)])
