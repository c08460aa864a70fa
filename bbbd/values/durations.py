"""Durations as people write them: ``90``, ``90s``, ``6m``, ``1h30m``, ``2d``."""

from __future__ import annotations

import re

_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1, "": 1}
_PARTS = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,3})?[dhms])+|[0-9]{1,9}(?:\.[0-9]{1,3})?")
_PART = re.compile(r"([0-9.]+)([dhms]?)")


def parse_duration(text: str) -> float:
    """Return a duration in seconds. Raises ``ValueError``."""
    if not _PARTS.fullmatch(text.strip()):
        raise ValueError("is not a span of time like 90s, 6m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
