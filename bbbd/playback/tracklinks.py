"""Signed links to text tracks: each opens one file for an hour, those of protected recordings once.

A token contains its expiry and is signed with the shared secret, so it survives a restart and needs no memory.
Tokens of protected recordings are random and stored in memory until they are used.
"""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple

from bbbd.clock import Clock
from bbbd.settings.current import CurrentSettings

#: Lifetime of a link in seconds.
LIFETIME = 3600
#: Limit of stored one-time tokens; beyond it the oldest are discarded.
MOST = 100_000


class _OneTimeToken(NamedTuple):
    target: str
    until: int


class TrackLinks:
    """Creates and checks tokens of 40 hexadecimal digits. ``secrets_of`` returns the shared secrets."""

    def __init__(self, clock: Clock, current: CurrentSettings) -> None:
        self._clock = clock
        self._current = current
        self._one_time_tokens: dict[str, _OneTimeToken] = {}

    def link(self, record_id: str, name: str, *, once: bool) -> str:
        """Return the path of a new link to a file of a recording."""
        target, until = f"{record_id}/{name}", self._now() + LIFETIME
        if once:
            token = secrets.token_hex(20)
            self._one_time_tokens[token] = _OneTimeToken(target, until)
            while len(self._one_time_tokens) > MOST:
                del self._one_time_tokens[next(iter(self._one_time_tokens))]
        else:
            token = f"{until:08x}{_signature(self._current.secrets[0], target, until)}"
        return f"/textTrack/{token}/{target}"

    def admits(self, token: str, record_id: str, name: str, *, once: bool, spend: bool) -> bool:
        """Return whether a token gives access to a file. ``once`` requires a one-time token; ``spend`` uses it up."""
        target = f"{record_id}/{name}"
        # Always checked, so that the time of an answer does not show which recordings are protected.
        is_signed = self._signed(token, target)
        known = self._one_time_tokens.get(token)
        if known is not None:
            if known.target != target or known.until < self._now():
                return False
            if spend:
                del self._one_time_tokens[token]
            return True
        return is_signed and not once

    def _signed(self, token: str, target: str) -> bool:
        try:
            until = int(token[:8], 16)
        except ValueError:
            return False
        signature = token[8:].encode("utf-8", "surrogateescape")
        good = any(
            hmac.compare_digest(_signature(one, target, until).encode(), signature) for one in self._current.secrets
        )
        return good and self._now() <= until

    def expire(self) -> None:
        """Delete expired tokens."""
        now = self._now()
        self._one_time_tokens = {token: one for token, one in self._one_time_tokens.items() if one.until >= now}

    def _now(self) -> int:
        return self._clock.now().wall // 1000


def _signature(secret: str, target: str, until: int) -> str:
    return hmac.digest(secret.encode(), f"textTrack {target} {until}".encode(), "sha256").hex()[:32]
