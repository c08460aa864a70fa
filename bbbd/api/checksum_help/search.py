"""Search for signing mistakes: tries one wrong choice, then two, until the digest matches.

Limits on digests and bytes bound its run time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, permutations, product
from typing import NamedTuple

from bbbd.api.checksum_help.mistakes import ENCODINGS, SHAPES, Choice, Labels, T, Writing

#: Limits of one search: digests, digests for one pair of mistakes, and digested bytes.
MOST_DIGESTS = 20_000
MOST_OF_A_PAIR = 2_000
MOST_BYTES = 16 << 20
#: Number of parameters up to which all orders are tried.
MOST_PERMUTED = 6
#: Cost of encoding a text, relative to its digest.
_WRITING = 4


class _Guess(NamedTuple):
    """One guess: the number of mistakes, their descriptions, and the message to digest."""

    stage: int
    clauses: tuple[str, ...]
    message: bytes
    key: bytes


def _pick(choices: Sequence[Choice[T]], *, right: bool) -> list[Choice[T]]:
    return [choice for choice in choices if right is not bool(choice[0])]


def distinct(choices: Iterable[Choice[bytes]], most: int = MOST_BYTES // 4) -> list[Choice[bytes]]:
    """Return choices without duplicates of earlier ones, up to ``most`` bytes in total."""
    found: dict[bytes, str] = {}
    for clause, choice in choices:
        most -= len(choice)
        if most < 0:
            break
        found.setdefault(choice, clause)
    return [(clause, choice) for choice, clause in found.items()]


@dataclass(slots=True)
class SearchSpace:
    """The candidates. A correct candidate has an empty description. ``bytes_left`` is the remaining budget."""

    names: Sequence[Choice[bytes]]
    texts: Sequence[Choice[bytes]]
    secrets: Sequence[Choice[bytes]]
    labels: Labels
    bytes_left: int = MOST_BYTES

    def search(self, algorithm: str, digest: bytes) -> list[tuple[str, ...]]:
        """Return the matches with the fewest mistakes, each as clauses of a sentence."""
        found: list[_Guess] = []
        for one in islice(self._guesses(), MOST_DIGESTS):
            self.bytes_left -= len(one.message)
            if self.bytes_left < 0 or (found and one.stage > found[0].stage):
                break
            if hmac.compare_digest(_digest(algorithm, one), digest):
                found.append(one)
        return list(dict.fromkeys(one.clauses for one in found))

    def _guesses(self) -> Iterator[_Guess]:
        written = cache(self._written)
        writings = list(self._writings())
        for stage in range(3):
            for wrong in combinations(range(5), stage):
                of_these = product(
                    _pick(self.names, right=0 not in wrong),
                    _pick(self.texts, right=1 not in wrong),
                    _pick(writings, right=2 not in wrong),
                    _pick(self.secrets, right=3 not in wrong),
                    _pick(SHAPES, right=4 not in wrong),
                )
                for (a, name), (b, text), (c, write), (d, secret), (e, (order, keyed)) in islice(
                    of_these, MOST_OF_A_PAIR
                ):
                    clauses = tuple(filter(None, (a, b, c, d, e)))
                    pieces = {ord("n"): name, ord("t"): written(write, text), ord("s"): secret}
                    message = b"".join(pieces[sign] if sign in pieces else bytes((sign,)) for sign in order)
                    yield _Guess(stage, clauses, message, secret if keyed else b"")
        yield from self._permuted(3, writings)

    def _written(self, write: Writing, text: bytes) -> bytes:
        self.bytes_left -= _WRITING * len(text)
        return write(text) if self.bytes_left > 0 else text

    def _writings(self) -> Iterator[Choice[Writing]]:
        """Yield the encodings that change the texts of this request."""
        right = [text for _clause, text in _pick(self.texts, right=True)]
        seen: set[tuple[bytes, ...]] = set()
        for clause, write in ENCODINGS:
            if self.bytes_left < MOST_BYTES // 2:
                break
            texts = tuple(self._written(write, text) for text in right)
            if texts not in seen:
                seen.add(texts)
                yield clause, write

    def _permuted(self, stage: int, writings: Sequence[Choice[Writing]]) -> Iterator[_Guess]:
        (_name, own), *_names = self.names
        for (_clause, text), (c, write) in product(_pick(self.texts, right=True), writings):
            written = self._written(write, text)
            parts = list(zip(self.labels(written), written.split(b"&"), strict=True))
            if not 1 < len(parts) <= MOST_PERMUTED:
                continue
            for order, (_none, secret) in product(permutations(parts), _pick(self.secrets, right=True)):
                names = ", ".join(label for label, _part in order)
                clause = f"the parameters were signed in another order than they are sent: {names}"
                yield _Guess(
                    stage, (clause, c) if c else (clause,), own + b"&".join(part for _l, part in order) + secret, b""
                )


def _digest(algorithm: str, one: _Guess) -> bytes:
    if one.key:
        return hmac.digest(one.key, one.message, algorithm)
    return hashlib.new(algorithm, one.message, usedforsecurity=False).digest()
