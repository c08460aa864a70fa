"""Creation times of meetings, which never repeat and never go back, however the wall clock is set."""

from __future__ import annotations

#: External ids whose last creation time is remembered.
MOST_KEPT = 10_000


class CreationTimes:
    """Gives creation times, in milliseconds since 1970."""

    def __init__(self) -> None:
        self._of_id: dict[str, int] = {}
        #: The last time that was saved: no later meeting has an earlier one, not even after a restart.
        self._saved = 0
        self._unsaved = 0

    def start(self, saved: int) -> None:
        """Begin after the time that an earlier run saved."""
        self._saved = saved

    def next(self, external_id: str, now: int) -> int:
        """Return a time for a new meeting: after those of earlier ones with its external id."""
        return max(now, self._of_id.get(external_id, 0) + 1, self._saved + 1)

    def restore(self, external_id: str, create_time: int) -> None:
        """Remember the time of a meeting that exists."""
        self._of_id.pop(external_id, None)
        self._of_id[external_id] = create_time
        if len(self._of_id) > MOST_KEPT:
            del self._of_id[next(iter(self._of_id))]

    def add(self, external_id: str, create_time: int) -> None:
        """Remember the time of a new meeting, and that it is to be saved."""
        self.restore(external_id, create_time)
        self._unsaved = max(self._unsaved, create_time)

    def take_unsaved(self) -> int | None:
        """Return the latest time when it is to be saved, once; None when there is nothing to save."""
        if self._unsaved <= self._saved:
            return None
        self._saved, self._unsaved = self._unsaved, 0
        return self._saved
