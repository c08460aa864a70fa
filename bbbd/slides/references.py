"""Reference counts of pages: pages are deleted when the last meeting that has them has ended."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.meetings.model import Meeting
from bbbd.slides.page_store import PageStore
from bbbd.storage.group_commit import Thread

_log = Logger()


class PageReferences:
    """Counts the meetings that have pages. ``thread`` is the one in which the store is changed."""

    def __init__(self, store: PageStore, thread: Thread) -> None:
        self._store = store
        self._thread = thread
        self._used: dict[str, set[str]] = {}
        self._pins: Counter[str] = Counter()

    def use(self, internal_id: str, key: str) -> None:
        """Count a meeting as one that has pages."""
        self._used.setdefault(internal_id, set()).add(key)

    def pin(self, key: str) -> None:
        """Keep pages, whether a meeting has them or not, until they were unpinned as many times."""
        self._pins[key] += 1

    def unpin(self, key: str) -> None:
        """Take back one pin; pages without a pin and a meeting are deleted."""
        self._pins[key] -= 1
        if not self._pins[key]:
            del self._pins[key]
            self.sweep()

    def keep(self, meeting: Meeting, raw: Path) -> None:
        """Have an ended meeting's pages for its recording. Waits for the disk."""
        for deck in meeting.decks.values():
            if deck.key:
                self._store.link(deck.key, raw / "presentation" / deck.deck)

    def release(self, internal_id: str) -> None:
        """Remove a meeting that is over and stored as a recording, or deleted."""
        if self._used.pop(internal_id, None):
            self.sweep()

    def sweep(self) -> None:
        """Delete the pages without a pin and a meeting."""
        used = set(self._pins).union(*self._used.values())
        for key in self._store.all_keys():
            if key not in used:
                self._store.forget(key)
                self._thread(partial(self._store.delete, key)).addErrback(_failed)


def _failed(failure: Failure) -> None:
    _log.failure("pages that no meeting has could not be deleted", failure, event="slides_stay")
