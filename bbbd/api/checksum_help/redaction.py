"""Redaction of secrets in texts from outside, in any letter case or percent-encoding."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bbbd.api.checksum_help.mistakes import split_parameters
from bbbd.log import escaped

#: Length limit of a shown name.
MOST_NAMED = 60
_HIDDEN = b"<secret>"


class Redactor:
    """Replaces secrets in texts."""

    def __init__(self, secrets: Sequence[str]) -> None:
        each = [b"".join(map(self._spellings, secret.encode())) for secret in sorted(secrets, key=len, reverse=True)]
        self._secret = re.compile(b"|".join(each) or b"(?!)", re.IGNORECASE)

    @staticmethod
    def _spellings(byte: int) -> bytes:
        plain = re.escape(bytes((byte,))) + rb"|\+" * (byte == ord(" "))
        return rb"(?:%s|%%(?:25)*%02x)" % (plain, byte)

    def contains_secret(self, raw: bytes) -> bool:
        """Return whether a text contains a secret."""
        return self._secret.search(raw) is not None

    def redacted(self, raw: bytes) -> bytes:
        """Return a text without secrets."""
        return self._secret.sub(_HIDDEN, raw)

    def __call__(self, raw: bytes) -> str:
        """Return a text without secrets, escaped, on one line."""
        return escaped(self.redacted(raw).decode("utf-8", "backslashreplace"))

    def labels(self, text: bytes) -> list[str]:
        """Return the names of a text's parameters; names that overlap a secret are redacted."""
        blanked, place, found = self._secret.sub(lambda secret: b"\0" * len(secret[0]), text), 0, []
        for name, part in split_parameters(text):
            hidden = b"\0" in blanked[place : place + len(name)]
            found.append(_HIDDEN.decode() if hidden else self(name)[:MOST_NAMED])
            place += len(part) + 1
        return found
