"""What the two ends of a link say to each other, checked before it is passed on.

The server reads as little as it can: a browser reads descriptions and candidates of strangers with care. It is bounded
and without control characters, and where only relays are allowed, it has no other address in it.
"""

from __future__ import annotations

import re

from bbbd.live.protocol import CommandRefused, RefusalKey

_UNSAID = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
_CANDIDATE = re.compile(r"(?:a=)?candidate:")
_RELAYED = re.compile(r" typ relay(?: |$)")
#: The address that such a candidate was made from, which others need not know.
_ORIGIN = re.compile(r" raddr \S{1,100} rport [0-9]{1,5}")
_ADDRESS = re.compile(r"c=IN IP[46] \S{1,100}")
_RTCP = re.compile(r"a=rtcp:\S{1,100} IN IP[46] \S{1,100}")


def description(text: str, *, relay_only: bool) -> str:
    """Return a description as it is passed on. Raises ``CommandRefused``."""
    if not text.startswith("v=0") or _UNSAID.search(text):
        raise CommandRefused(RefusalKey.MALFORMED, "the description is none of SDP")
    if not relay_only:
        return text
    lines = [_without_address(line) for line in text.replace("\r\n", "\n").split("\n")]
    return "\r\n".join(line for line in lines if line is not None)


def _without_address(line: str) -> str | None:
    if _CANDIDATE.match(line):
        return _ORIGIN.sub(" raddr 0.0.0.0 rport 0", line) if _RELAYED.search(line) else None
    if _ADDRESS.fullmatch(line):
        return "c=IN IP4 0.0.0.0"
    return "a=rtcp:9 IN IP4 0.0.0.0" if _RTCP.fullmatch(line) else line


def candidate(text: str, *, relay_only: bool) -> str | None:
    """Return a candidate as it is passed on, None for one that is not. Raises ``CommandRefused``."""
    if not text:
        return ""  # the end of all
    if _UNSAID.search(text) or "\n" in text or "\r" in text or not _CANDIDATE.match(text):
        raise CommandRefused(RefusalKey.MALFORMED, "a candidate is none of SDP")
    return _without_address(text) if relay_only else text
