"""Dates in the format of Java's ``Date.toString``, always in English: ``Mon Jul 09 17:03:29 UTC 2018``."""

from __future__ import annotations

from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def java_date(milliseconds: int) -> str:
    """Return the date in UTC of a time in milliseconds since 1970."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when:%d %H:%M:%S} UTC {when.year}"
