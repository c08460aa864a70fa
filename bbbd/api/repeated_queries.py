"""Signed queries that come again and again, as from load balancers and applications that poll: each is read once.

To verify and to read a query is pure while secrets and settings are the same. Only what a secret has signed is
remembered, so that nobody else fills the memory, and only of calls that change nothing, when it comes a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bbbd.api.call import AnyCall
from bbbd.api.query import Query
from bbbd.settings.current import CurrentSettings

#: Queries that are remembered, and the bytes of the longest one of them: a few megabytes at the very most.
MOST_REMEMBERED, LONGEST_REMEMBERED = 500, 1 << 10
#: Queries that came once of which it is known: numbers, in half a megabyte.
MOST_SEEN = 5000


@dataclass(frozen=True, slots=True)
class SignedQuery:
    """A query whose signature is right, and the parameters of its call. ``text`` is what was signed."""

    text: bytes
    query: Query
    params: Any


class RepeatedQueries:
    """The queries of one API, by the name of the call and the raw query, with its checksum."""

    def __init__(self, current: CurrentSettings) -> None:
        self._current = current
        self._settings, self._secrets = current.settings, current.secrets
        self._known: dict[tuple[str, bytes], SignedQuery] = {}
        #: Hashes of those that came once.
        self._seen: set[int] = set()

    def find(self, call: AnyCall, raw: bytes) -> SignedQuery | None:
        """Return a query that was read under the present secrets and settings, or None."""
        current = self._current
        if self._secrets is not current.secrets or self._settings is not current.settings:
            self._settings, self._secrets = current.settings, current.secrets
            self._known.clear()
        return self._known.get((call.name, raw))

    def keep(self, call: AnyCall, raw: bytes, signed: SignedQuery) -> None:
        """Remember a query, if it may be, when it comes a second time."""
        if not signed.query.secret or call.changes or call.unsafe or len(raw) > LONGEST_REMEMBERED:
            return
        number = hash(raw)
        if number not in self._seen:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen.add(number)
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[call.name, raw] = signed
