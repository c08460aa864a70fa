"""Protected recordings: a one-time link, valid for an hour, sets a cookie that is valid for six.

The scheme is Scalelite's, which plugins know: ``/recording/<id>/<format>?token=…`` sets ``recording_<format>_<id>``
and redirects to the format's own link.
"""

from __future__ import annotations

import secrets
from threading import Lock
from typing import NamedTuple

from bbbd.clock import Clock
from bbbd.values.late_modules import jwt

#: The path of the player's page, before the recording's id.
PLAYER_PATH = "/playback/presentation/2.3/"
#: Lifetime of a link in milliseconds, and of a cookie in seconds.
LINK_LIFETIME = 3_600_000
COOKIE_LIFETIME = 6 * 3600
#: Limit of open links; beyond it the oldest are discarded.
MOST = 100_000


class _Link(NamedTuple):
    record_id: str
    format: str
    until: int


class Protection:
    """One-time links that are not used yet, and the cookies that replace them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: dict[str, _Link] = {}
        # Long lists of recordings are written, with their links, in a thread.
        self._lock = Lock()
        self._key = secrets.token_hex(32)

    def link(self, record_id: str, name: str) -> str:
        """Return path and query of a new one-time link to a format of a recording."""
        token = secrets.token_hex(32)
        with self._lock:
            self._links[token] = _Link(record_id, name, self._clock.now().steady + LINK_LIFETIME)
            while len(self._links) > MOST:
                del self._links[next(iter(self._links))]
        return f"/recording/{record_id}/{name}?token={token}"

    def redeem(self, token: str, record_id: str, name: str) -> bool:
        """Return whether a link is valid, and use it up."""
        with self._lock:
            link = self._links.get(token)
            if link is None or link[:2] != (record_id, name):
                return False
            del self._links[token]
        return self._clock.now().steady <= link.until

    def expire(self) -> None:
        """Delete expired links."""
        now = self._clock.now().steady
        with self._lock:
            self._links = {token: link for token, link in self._links.items() if now <= link.until}

    def cookies(self, record_id: str, name: str, *, secure: bool, prefix: str = "") -> list[str]:
        """Return the access cookies with their attributes: one for the player's page, and last one for the files."""
        path = f"/{name}/{record_id}"
        until = self._clock.now().wall // 1000 + COOKIE_LIFETIME
        value = jwt.encode({"sub": path, "exp": until}, self._key, algorithm="HS256")
        across = "Secure; SameSite=None" if secure else "SameSite=Lax"
        paths = [f"{PLAYER_PATH}{record_id}", path] if name == "presentation" else [path]
        return [
            f"recording_{name}_{record_id}={value}; Path={prefix}{one}; Max-Age={COOKIE_LIFETIME}; HttpOnly; {across}"
            for one in paths
        ]

    def admits(self, cookie: str, record_id: str, name: str) -> bool:
        """Return whether a cookie's value gives access to the files of a format."""
        try:
            claims = jwt.decode(cookie, self._key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidTokenError:
            return False
        return claims.get("sub") == f"/{name}/{record_id}" and claims.get("exp", 0) > self._clock.now().wall // 1000
