"""Files that every site is asked for by a fixed name: favicon.ico, robots.txt, security.txt (RFC 9116)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.packed_file import PackedFile
from bbbd.http.request import Request
from bbbd.page.plain_pages import NotFound, PathPrefix, ReadOnlyResource
from bbbd.settings.current import CurrentSettings

#: Links of joins are keys, and a crawler that follows one takes part: nothing here is to be found by searching.
_ROBOTS = b"User-agent: *\nDisallow: /\n"
#: Days for which security.txt is valid; RFC 9116 recommends less than a year.
_VALID = 180
_ICONS = {
    b"favicon.ico": "icons/favicon.ico",
    b"apple-touch-icon.png": "icons/apple-touch-icon.png",
    b"apple-touch-icon-precomposed.png": "icons/apple-touch-icon.png",
}


def fixed_names(
    files: Mapping[str, PackedFile], current: CurrentSettings, now: Callable[[], int]
) -> dict[bytes, Resource]:
    """Return the resources by name. ``now`` returns milliseconds of the wall clock."""
    robots = PackedFile(b"text/plain;charset=utf-8", _ROBOTS)
    well_known = PathPrefix()
    well_known.putChild(b"security.txt", _SecurityText(current, now))
    icons = {name: _FixedFile(files[path]) for name, path in _ICONS.items()}
    return {**icons, b"robots.txt": _FixedFile(robots), b".well-known": well_known}


class _Leaf(ReadOnlyResource):
    """A file below which is nothing."""

    isLeaf = False

    def getChild(self, path: bytes, request: Any) -> Resource:  # noqa: ARG002 - Twisted's
        """Return a 404."""
        return NotFound()


class _FixedFile(_Leaf):
    def __init__(self, file: PackedFile) -> None:
        super().__init__()
        self._file = file

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        request.setHeader(b"Cache-Control", b"public, max-age=86400")
        request.answer(self._file.plain, self._file.content_type)
        return NOT_DONE_YET


class _SecurityText(_Leaf):
    """Whom to tell of a vulnerability of this server; 404 without ``bbbd.securityContact``."""

    def __init__(self, current: CurrentSettings, now: Callable[[], int]) -> None:
        super().__init__()
        self._current = current
        self._now = now

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        settings = self._current.settings
        if not settings.security_contact:
            return NotFound().render(request)
        today = datetime.fromtimestamp(self._now() / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        lines = [f"Contact: {one}" for one in settings.security_contact]
        lines.append(f"Expires: {today + timedelta(days=_VALID):%Y-%m-%dT%H:%M:%SZ}")
        if settings.server_url.startswith("https:"):
            lines.append(f"Canonical: {settings.url('/.well-known/security.txt')}")
        request.setHeader(b"Cache-Control", b"public, max-age=3600")
        request.answer("".join(f"{line}\n" for line in lines).encode(), b"text/plain;charset=utf-8")
        return NOT_DONE_YET
