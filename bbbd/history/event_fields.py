"""The children of one event of an ``events.xml``, read as what they should be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


class Senseless(ValueError):
    """An event lacks something that it needs."""


class Fields:
    """The children of one event."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def text(self, name: str) -> str:
        """Return a child's text, empty if there is none. Old servers wrote CDATA with spaces around it."""
        return self._texts.get(name, "").strip()

    def needed(self, name: str) -> str:
        """Return a child's text. Raises ``Senseless`` for an empty one."""
        if not (found := self.text(name)):
            raise Senseless(name)
        return found

    def number(self, name: str) -> int:
        """Return a child as a number of digits. Raises ``Senseless``."""
        found = self.needed(name)
        if not NUMBER.fullmatch(found):
            raise Senseless(name)
        return int(found)

    def decimal(self, name: str) -> float:
        """Return a child as a number, NaN for one that is none."""
        try:
            return float(self.text(name))
        except ValueError:
            return math.nan

    def flag(self, name: str) -> bool:
        """Return whether a child says ``true``."""
        return self.text(name).lower() == "true"
