"""Which meetings have which pages, and what becomes of pages when the last one has ended."""

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
    """Keeps pages for as long as somebody has them. ``thread`` is the one in which the store is changed."""

    def __init__(self, store: PageStore, thread: Thread) -> None:
        self._store = store
        self._thread = thread
        self._used: dict[str, set[str]] = {}
        self._held: Counter[str] = Counter()

    def use(self, internal_id: str, key: str) -> None:
        """Know that a meeting has pages."""
        self._used.setdefault(internal_id, set()).add(key)

    def hold(self, key: str) -> None:
        """Keep pages, whether a meeting has them or not, until as many times they were let go."""
        self._held[key] += 1

    def let_go(self, key: str) -> None:
        """Keep them no longer for that."""
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
            self.sweep()

    def keep(self, meeting: Meeting, raw: Path) -> None:
        """Have an ended meeting's pages for its recording. Waits for the disk."""
        for deck in meeting.decks.values():
            if deck.key:
                self._store.link(deck.key, raw / "presentation" / deck.deck)

    def release(self, internal_id: str) -> None:
        """Know that a meeting is over and put away."""
        if self._used.pop(internal_id, None):
            self.sweep()

    def sweep(self) -> None:
        """Remove the pages that nobody has."""
        used = set(self._held).union(*self._used.values())
        for key in self._store.all_keys():
            if key not in used:
                self._store.gone(key)
                self._thread(partial(self._store.remove, key)).addErrback(_failed)


def _failed(failure: Failure) -> None:
    _log.failure("pages that nobody needs are still there", failure, event="slides_stay")
