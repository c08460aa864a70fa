"""Converts the documents of meetings, one after the other, and lets the results happen as events.

It follows every event and then looks for decks that are due: there is no other list of work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from twisted.internet.defer import Deferred, DeferredLock, DeferredSemaphore
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Moment
from bbbd.limits import Limit, Refused
from bbbd.meetings.decks import is_due
from bbbd.meetings.event import Created, Ended, Event, Joined
from bbbd.meetings.model import Deck, DeckState, Meeting
from bbbd.meetings.registry import Meetings
from bbbd.meetings.slides import DeckAdded, DeckBegun, DeckConverted, DeckFailed, DeckRemoved
from bbbd.slides.conversion_process import MOST_TRIES, ConversionProcesses, DocumentInterrupted
from bbbd.slides.default_presentation import DefaultPresentation
from bbbd.slides.document_source import DocumentSource, document_is_named
from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument, fitting_name, format_of
from bbbd.slides.page_store import PageStore, StoredPages, key_of
from bbbd.slides.references import PageReferences
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import Thread

_log = Logger()

#: Documents of one meeting that are taken up at once.
OF_ONE = 2
#: Events after which a deck may be due.
_MAY_BE_DUE = (Created, DeckAdded, DeckFailed, DeckRemoved, Joined)


class Slides:
    """Converts the documents of meetings, unless the disk is nearly full.

    ``thread`` changes the page store, ``worker`` copies and clears, ``jobs`` waits for conversions.
    """

    def __init__(
        self,
        *,
        meetings: Meetings,
        store: PageStore,
        references: PageReferences,
        source: DocumentSource,
        processes: ConversionProcesses,
        default_presentation: DefaultPresentation,
        timer: IReactorTime,
        thread: Thread,
        worker: Thread,
        jobs: Thread,
        free_disk: FreeDisk,
        refused: Refused,
    ) -> None:
        self._refused = refused
        self.store = store
        self._meetings = meetings
        self._references = references
        self._source = source
        self._processes = processes
        self._default = default_presentation
        self._timer = timer
        self._thread = thread
        self._worker = worker
        self._jobs = jobs
        self._free_disk = free_disk
        self._of_meeting: dict[str, DeferredSemaphore] = {}
        #: Decks that are in hand, of each meeting; and those whose try was counted.
        self._in_hand: dict[str, set[str]] = {}
        self._begun: set[tuple[str, str]] = set()
        #: Where those are that are being made.
        self._places: dict[tuple[str, str], Path] = {}
        #: Better names of documents that are being converted.
        self._names: dict[tuple[str, str], str] = {}
        self._making: defaultdict[str, DeferredLock] = defaultdict(DeferredLock)
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether documents are being converted."""
        return bool(self._in_hand)

    @property
    def running(self) -> int:
        """The number of conversions that run."""
        return self._processes.running

    @property
    def waiting(self) -> int:
        """The number of documents that are fetched, or wait for their conversion."""
        return max(0, sum(map(len, self._in_hand.values())) - self.running)

    def start(self, meetings: Iterable[Meeting]) -> None:
        """Sweep the page store, begin waiting decks. ``meetings`` are all that may need pages. Waits for the disk."""
        self.store.start()
        there = {meeting.internal_id for meeting in self._meetings}
        for meeting in meetings:
            # One that had ended may have been put away already.
            needed = meeting.internal_id in there or self._meetings.ending
            for deck in meeting.decks.values() if needed else ():
                if deck.key:
                    self._references.use(meeting.internal_id, deck.key)
        self._references.sweep()
        self.work()

    def work(self) -> None:
        """Begin every waiting deck: those that the disk did not take, and those that were interrupted."""
        for meeting in self._meetings:
            self._look(meeting)

    def stop(self) -> None:
        """Begin no more decks and end the conversions; the next start begins them again."""
        self._stopped = True
        self._processes.stop()

    def happened(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """Follow an event of a meeting."""
        if isinstance(event, DeckConverted):
            self._references.use(meeting.internal_id, event.key)
        elif isinstance(event, Ended):
            self._begun = {one for one in self._begun if one[0] != meeting.internal_id}
            for deck in meeting.decks:
                self._give_up(meeting, deck)
        elif isinstance(event, DeckRemoved):
            self._give_up(meeting, event.deck)
        if isinstance(event, _MAY_BE_DUE):
            self._look(meeting)

    def _give_up(self, meeting: Meeting, deck: str) -> None:
        """End a conversion that no meeting waits for: others wait for its turn."""
        if (place := self._places.get((meeting.internal_id, deck))) is not None:
            self._processes.give_up(place / "source")

    def _look(self, meeting: Meeting) -> None:
        for deck in meeting.decks.values():
            in_hand = self._in_hand.get(meeting.internal_id, ())
            if self._is_due(meeting, deck) and deck.deck not in in_hand and not self._stopped:
                self._in_hand.setdefault(meeting.internal_id, set()).add(deck.deck)
                # Not now: whatever is made known is still being told to others.
                self._timer.callLater(0, self._begin, meeting, deck.deck)

    def _is_due(self, meeting: Meeting, deck: Deck) -> bool:
        if meeting.ended is not None or not is_due(meeting.decks, deck):
            return False
        # Nobody sees the default presentation of a meeting that nobody comes to.
        return meeting.has_user_joined or not deck.document.standard

    def _begin(self, meeting: Meeting, deck: str) -> None:
        def failed(failure: Failure) -> None:
            _log.failure("{id}: a document waits on", failure, event="slides_wait", id=meeting.internal_id)

        Deferred.fromCoroutine(self._in_turn(meeting, deck)).addErrback(failed)

    async def _in_turn(self, meeting: Meeting, deck: str) -> None:
        internal_id = meeting.internal_id
        turn = self._of_meeting.setdefault(internal_id, DeferredSemaphore(OF_ONE))
        await turn.acquire()
        try:
            await self._start_deck(meeting, deck)
        finally:
            turn.release()
            self._in_hand[internal_id].discard(deck)
            if not self._in_hand[internal_id]:
                del self._in_hand[internal_id]
                del self._of_meeting[internal_id]

    async def _start_deck(self, meeting: Meeting, name: str) -> None:
        deck = meeting.decks[name]
        if self._stopped or not self._is_due(meeting, deck):
            return
        if self._free_disk.is_low:
            _log.error("{id}: a document waits: the disk is nearly full", event="slides_wait", id=meeting.internal_id)
            return
        if deck.tries >= MOST_TRIES and (meeting.internal_id, name) not in self._begun:
            self._fail(meeting, name, f"could not be converted: that was cut off {MOST_TRIES} times")
            return
        if (meeting.internal_id, name) not in self._begun:
            self._begun.add((meeting.internal_id, name))
            self._meetings.happen(meeting, DeckBegun(deck=name))
        try:
            await self._convert(meeting, deck)
        except UnconvertibleDocument as fault:
            self._fail(meeting, name, str(fault))
        except DocumentInterrupted as fault:
            self._begun.discard((meeting.internal_id, name))
            if not _is_wanted(meeting, name):
                return
            _log.warn("{id}: a document waits: {why}", event="slides_cut_off", id=meeting.internal_id, why=str(fault))
            if meeting.decks[name].tries >= MOST_TRIES:
                self._fail(meeting, name, f"could not be converted: {fault}")
        except OSError as fault:
            _log.error("{id}: a document waits: {why}", event="slides_wait", id=meeting.internal_id, why=str(fault))

    def _waits(self, meeting: Meeting, name: str) -> bool:
        """Return whether a meeting still waits for a deck, and the server is not stopping."""
        return not self._stopped and _is_wanted(meeting, name)

    def _fail(self, meeting: Meeting, name: str, why: str) -> None:
        if not self._waits(meeting, name):
            return
        self._refused(None, Limit.DOCUMENT)
        _log.warn("{id}: a document {why}", event="slides_failed", id=meeting.internal_id, deck=name, why=why)
        self._meetings.happen(meeting, DeckFailed(deck=name, why=why))

    async def _convert(self, meeting: Meeting, deck: Deck) -> None:
        kept = self._default.find(self.store) if deck.document.standard else None
        held = None
        try:
            if kept is None:
                kept = held = await self._pages_of(meeting, deck)
                if deck.document.standard:
                    self._default.remember(kept)
            if self._waits(meeting, deck.deck):
                name = self._names.pop((meeting.internal_id, deck.deck), "")
                found = DeckConverted(deck=deck.deck, key=kept.key, pages=kept.pages, name=name)
                self._meetings.happen(meeting, found)
                _log.info(
                    "{id}: a document has become {pages} pages",
                    event="slides_ready",
                    id=meeting.internal_id,
                    deck=deck.deck,
                    pages=kept.pages,
                )
        finally:
            self._names.pop((meeting.internal_id, deck.deck), None)
            if held is not None:
                self._references.unpin(held.key)

    async def _pages_of(self, meeting: Meeting, deck: Deck) -> StoredPages:
        """Return a document's pages, held."""
        place = await self._worker(self.store.work_place)
        self._places[meeting.internal_id, deck.deck] = place

        def convert(kind: DocumentFormat) -> int:
            if not _is_wanted(meeting, deck.deck):
                raise DocumentInterrupted("nobody waits for it any more")
            return self._processes.convert(place / "source", place / "pages", kind)

        try:
            brought = await self._source.bring(deck.document, place)
            kind = format_of(brought.head, brought.content_type, brought.name, directory=brought.directory)
            if not document_is_named(deck.document):
                name = fitting_name(brought.name, kind)
                self._names[meeting.internal_id, deck.deck] = name if name != deck.document.name else ""
            key = key_of(brought.digest, kind, self._processes.limits.pages)
            self._references.pin(key)
            try:
                return await self._made(key, place, partial(convert, kind), kind.ending)
            except BaseException:
                self._references.unpin(key)
                raise
        finally:
            del self._places[meeting.internal_id, deck.deck]
            await self._worker(partial(self.store.clear, place))

    async def _made(self, key: str, place: Path, convert: Callable[[], int], ending: str) -> StoredPages:
        """Return the pages of a key, converted unless they exist. Two documents with one key are converted once."""
        lock = self._making[key]
        await lock.acquire()
        try:
            found = self.store.find(key)
            if found is not None:
                return found
            pages = await self._jobs(convert)
            await self._thread(partial(self.store.put, key, place, ending))
            return self.store.add(key, pages)
        finally:
            lock.release()
            if not lock.locked:
                self._making.pop(key, None)


def _is_wanted(meeting: Meeting, deck: str) -> bool:
    """Return whether a meeting waits for a deck: it may have ended, or the deck was removed."""
    return meeting.ended is None and meeting.decks[deck].state is DeckState.WAITING
