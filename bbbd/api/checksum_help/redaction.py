"""Showing what came from outside without the secrets in it: on one line, in whatever case or encoding they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bbbd.api.checksum_help.mistakes import split_parameters
from bbbd.log import escaped

#: So much of a name is shown.
MOST_NAMED = 60
_HIDDEN = b"<secret>"


class Redactor:
    """Shows texts without these secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        each = [b"".join(map(self._spellings, secret.encode())) for secret in sorted(secrets, key=len, reverse=True)]
        self._secret = re.compile(b"|".join(each) or b"(?!)", re.IGNORECASE)

    @staticmethod
    def _spellings(byte: int) -> bytes:
        plain = re.escape(bytes((byte,))) + rb"|\+" * (byte == ord(" "))
        return rb"(?:%s|%%(?:25)*%02x)" % (plain, byte)

    def contains_secret(self, raw: bytes) -> bool:
        """Tell whether a secret is in what came."""
        return self._secret.search(raw) is not None

    def redacted(self, raw: bytes) -> bytes:
        """Return what came without secrets."""
        return self._secret.sub(_HIDDEN, raw)

    def __call__(self, raw: bytes) -> str:
        """Return what came as text on one line."""
        return escaped(self.redacted(raw).decode("utf-8", "backslashreplace"))

    def labels(self, text: bytes) -> list[str]:
        """Return the names of a text's parameters, hidden where a secret goes across one, also in part."""
        blanked, place, found = self._secret.sub(lambda secret: b"\0" * len(secret[0]), text), 0, []
        for name, part in split_parameters(text):
            hidden = b"\0" in blanked[place : place + len(name)]
            found.append(_HIDDEN.decode() if hidden else self(name)[:MOST_NAMED])
            place += len(part) + 1
        return found
