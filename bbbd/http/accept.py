"""Accept headers: the names that a client lists, each with its quality (RFC 9110, 12.4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WEIGHT = re.compile(r"[0-9]{0,3}(?:\.[0-9]{0,9})?")
#: The names that are read; clients send a handful.
_MOST = 50


def qualities(header: str) -> dict[str, float]:
    """Return the names of a header in their order, in lower case, with their qualities from 0 to 1.

    0 refuses a name, and so does a quality that is no number. Of a name that is listed twice the higher counts.
    """
    found: dict[str, float] = {}
    for part in header.lower().split(",")[:_MOST]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = (piece.strip() for piece in parameter.partition("="))
            if key == "q":
                quality = _quality(value)
        if name:
            found[name] = max(quality, found.get(name, 0.0))
    return found


def _quality(text: str) -> float:
    if not any(character.isdigit() for character in text) or not _WEIGHT.fullmatch(text):
        return 0.0
    return min(float(text), 1.0)


def takes_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip."""
    named = qualities(header)
    own = [named[name] for name in ("gzip", "x-gzip") if name in named]
    return max(own, default=named.get("*", 0.0)) > 0


def choose_coding(header: str, known: Sequence[str]) -> str:
    """Return the content coding that an Accept-Encoding header likes best, the first of equal ones; "" for none.

    ``*`` is gzip alone: who does not name the others may not know them.
    """
    named = qualities(header)
    weights = {coding: named.get(coding, 0.0) for coding in known}
    if "gzip" in weights and takes_gzip(header):
        weights["gzip"] = max(named.get(name, 0.0) for name in ("gzip", "x-gzip", "*"))
    best = max(weights, key=lambda coding: weights[coding], default="")
    return best if best and weights[best] > 0 else ""
