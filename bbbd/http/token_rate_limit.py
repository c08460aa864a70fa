"""Rate limit of unknown tokens for each address: above it, further unknown tokens get 429 unchecked.

Valid session tokens still work: many people share an address, and one of them must not be able to shut out the others.
A token of 128 bits cannot be guessed anyway.
"""

from __future__ import annotations

from collections import Counter

from bbbd.limits import Limit, Refused

#: Unknown tokens from one address in a minute; further ones are not looked at.
MOST = 30
#: The status of a refusal, and its reason phrase, which Twisted lacks.
TOO_MANY = (429, b"Too Many Requests")
#: The text of a refusal.
TOO_MANY_TEXT = "Too many attempts. Wait a minute."


class TokenRateLimit:
    """Unknown tokens by address. ``reset`` is called once a minute; ``refused`` counts refusals."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self._by_address: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Count an unknown token."""
        self._by_address[address] += 1

    def too_many(self, address: str) -> bool:
        """Return whether an address has guessed too often, and count the refusal of a further token if so."""
        if self._by_address.get(address, 0) < MOST:
            return False
        self._refused(address, Limit.TOKENS)
        return True

    def reset(self) -> None:
        """Begin a new minute."""
        self._by_address.clear()
