"""Counts tokens that nobody has, so that guessing one gets nowhere."""

from __future__ import annotations

from collections import Counter

#: Unknown tokens from one address in a minute; past it all its requests of this kind are refused.
MOST = 30
#: The status of what is refused then, and its words, which Twisted does not know.
TOO_MANY = (429, b"Too Many Requests")


class Guesses:
    """Unknown tokens by address. ``forget`` is called once a minute."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()

    def wrong(self, address: str) -> None:
        """Count an unknown token."""
        self._by_address[address] += 1

    def too_many(self, address: str) -> bool:
        """Tell whether an address has guessed too often."""
        return self._by_address[address] >= MOST

    def forget(self) -> None:
        """Begin a new minute."""
        self._by_address.clear()
