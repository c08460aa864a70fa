"""Dates as Java's ``Date.toString`` writes them, in English whatever the locale: ``Mon Jul 09 17:03:29 UTC 2018``."""

from __future__ import annotations

from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def java_date(milliseconds: int) -> str:
    """Return the date of a time in milliseconds since 1970, in UTC."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when:%d %H:%M:%S} UTC {when.year}"
