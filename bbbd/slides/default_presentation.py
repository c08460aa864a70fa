"""The pages of the default presentation, kept until the presentation may have changed."""

from __future__ import annotations

from bbbd.clock import Clock
from bbbd.settings.current import CurrentSettings
from bbbd.slides.page_store import PageStore, StoredPages
from bbbd.slides.references import PageReferences

#: Milliseconds after which a presentation that has a URL is downloaded again.
FRESH = 3_600_000


class DefaultPresentation:
    """Remembers the pages of the default presentation, and where its document was."""

    def __init__(self, references: PageReferences, clock: Clock, current: CurrentSettings) -> None:
        self._references = references
        self._clock = clock
        self._current = current
        self._known: tuple[str, StoredPages, int] | None = None

    def find(self, store: PageStore) -> StoredPages | None:
        """Return its pages, None when they must be converted."""
        if self._known is None:
            return None
        place, kept, until = self._known
        fresh = not place or self._clock.now().steady < until
        return store.find(kept.key) if fresh and place == self._current.settings.default_slides else None

    def remember(self, kept: StoredPages) -> None:
        """Remember its pages and pin them until others take their place."""
        before = self._known
        self._known = (self._current.settings.default_slides, kept, self._clock.now().steady + FRESH)
        self._references.pin(kept.key)
        if before is not None:
            self._references.unpin(before[1].key)
