"""Counts tokens that nobody has: whoever guesses is told to wait.

Who holds a good one of a session is let through all the same: many people share an address, and one of them must not
be able to shut out the others. A token of 128 bits is not found by guessing anyway.
"""

from __future__ import annotations

from collections import Counter

#: Unknown tokens from one address in a minute; past it the others are not looked at.
MOST = 30
#: The status of what is refused then, and its words, which Twisted does not know.
TOO_MANY = (429, b"Too Many Requests")
#: What is said to people then.
TOO_MANY_TEXT = "Too many attempts. Wait a minute."


class TokenRateLimit:
    """Unknown tokens by address. ``reset`` is called once a minute."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Count an unknown token."""
        self._by_address[address] += 1

    def too_many(self, address: str) -> bool:
        """Tell whether an address has guessed too often."""
        return self._by_address[address] >= MOST

    def reset(self) -> None:
        """Begin a new minute."""
        self._by_address.clear()
