"""The findings of ``bbbd check``: one line each."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Finding(NamedTuple):
    """One line of the report: the severity, the fact, and the remedy."""

    level: Severity
    what: str
    todo: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.level:<4}  {self.what}" + (f"  -> {self.todo}" if self.todo else "")
