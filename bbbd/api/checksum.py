"""Checksums: signed texts and their verification. Pure, without imports of other bbbd packages.

``digest(call name + text + shared secret)`` in hexadecimal. The text is the raw query string as received
without its ``checksum``; a POST without query string signs its form (in two accepted encodings).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from operator import itemgetter
from urllib.parse import quote_plus

#: Digest algorithms by the length of the checksum in hexadecimal.
ALGORITHM_OF_LENGTH = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}


def sign(call: str, text: bytes, secret: str, algorithm: str = "sha256") -> str:
    """Return the checksum of a call and its signed text. ``algorithm``: the name of a function of ``hashlib``."""
    digest: str = getattr(hashlib, algorithm)(call.encode() + text + secret.encode(), usedforsecurity=False).hexdigest()
    return digest


def preferred_algorithm(allowed: Iterable[str]) -> str:
    """Return the algorithm to sign with: SHA-256 if allowed, else the strongest allowed one."""
    return "sha256" if "sha256" in allowed else max(allowed)


def split_checksum(query: bytes) -> tuple[bytes, bytes]:
    """Return a raw query string without its checksum, and the checksum, empty if missing.

    Only one separator next to the checksum is removed; all others are signed. Of two checksums the first
    counts, and only copies of it are removed.
    """
    text, mark, last = query.rpartition(b"&checksum=")
    if mark and b"&" not in last and b"checksum=" not in text:
        # As nearly all have it: one, at the end.
        return text, last
    parts = query.split(b"&")
    value = next((part[9:] for part in parts if part.startswith(b"checksum=")), None)
    if value is None:
        return query, b""
    own = b"checksum=" + value
    return b"&".join(part for part in parts if part != own), value


def java_encode(value: str) -> str:
    """Encode like ``java.net.URLEncoder``: ``A-Z a-z 0-9 . - * _`` are kept, a space becomes ``+``."""
    return quote_plus(value, safe="*").replace("~", "%7E")


def form_text(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return the signed text of a form: all parameters but the checksum, sorted by name, values encoded again.

    Repeated names keep the order of their values.
    """
    signed = sorted((pair for pair in pairs if pair[0] != "checksum"), key=itemgetter(0))
    return "&".join(f"{name}={java_encode(value)}" for name, value in signed).encode()


def matching_secret(
    call: str, texts: Sequence[bytes], checksum: bytes, secrets: Sequence[str], algorithms: Iterable[str]
) -> int:
    """Return the number (from 1) of the secret by which a checksum is valid for one of the texts, 0 for none.

    All are always tried, so the time does not depend on which it is.
    """
    algorithm = ALGORITHM_OF_LENGTH.get(len(checksum))
    if algorithm is None or algorithm not in algorithms:
        return 0
    given = checksum.lower()
    found = 0
    for text in texts:
        for number, secret in enumerate(secrets, 1):
            if secret:
                fits = hmac.compare_digest(sign(call, text, secret, algorithm).encode(), given)
                found = found or number * fits
    return found


def is_valid(
    call: str, texts: Sequence[bytes], checksum: bytes, secrets: Sequence[str], algorithms: Iterable[str]
) -> bool:
    """Return whether a checksum is valid for one of the texts with one of the secrets."""
    return matching_secret(call, texts, checksum, secrets, algorithms) > 0
