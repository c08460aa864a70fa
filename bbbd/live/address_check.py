"""The address at which people reach this server, compared with the one that its settings name.

A proxy that passes its own ``Host``, or a wrong ``bigbluebutton.web.serverURL``, keeps every WebSocket from opening. So
the log names both addresses once, and the page learns which one the server expects.
"""

from __future__ import annotations

from twisted.logger import Logger

from bbbd.http.request import Request
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.values.urls import origin_of

_log = Logger()

#: Foreign addresses that are logged; a stranger can invent more.
_MOST_LOGGED = 20


def is_own_origin(text: str, settings: Settings) -> bool:
    """Return whether an origin is this server's, or one that ``bbbd.clientOrigins`` allows."""
    try:
        return origin_of(text) in _origins(settings)
    except ValueError:
        return False


def is_own_host(text: str, settings: Settings) -> bool:
    """Return whether a ``Host`` header names this server, or one of ``bbbd.clientOrigins``."""
    try:
        _scheme, host, port = origin_of(f"{origin_of(settings.server_url)[0]}://{text}")
    except ValueError:
        return False
    return (host, port) in {(one[1], one[2]) for one in _origins(settings)}


def _origins(settings: Settings) -> set[tuple[str, str, int]]:
    return {origin_of(settings.server_url), *map(origin_of, settings.client_origins)}


class AddressCheck:
    """The checks of one server's requests."""

    def __init__(self, current: CurrentSettings) -> None:
        self._current = current
        self._logged: set[tuple[str, str]] = set()

    def may_open(self, request: Request) -> bool:
        """Return whether a WebSocket may open: from a page of this server or an allowed one, at this server's name.

        The first request from each other address is logged.
        """
        settings, host = self._current.settings, request.header(b"Host") or ""
        origins = [one.decode("latin-1") for one in request.headers.select(b"Origin")]
        if len(origins) == 1 and is_own_origin(origins[0], settings) and is_own_host(host, settings):
            return True
        self._log(host, origins[0] if origins else "")
        return False

    def expected(self, request: Request, page: str) -> str:
        """Return the address that a page should have, empty when ``page``, its origin, and the ``Host`` are right."""
        settings = self._current.settings
        right = is_own_host(request.header(b"Host") or "", settings) and (not page or is_own_origin(page, settings))
        return "" if right else settings.server_url

    def _log(self, host: str, origin: str) -> None:
        address = (host[:200], origin[:200])
        if address in self._logged or len(self._logged) == _MOST_LOGGED:
            return
        self._logged.add(address)
        _log.warn(
            "a meeting's connection was refused: the page is at {origin}, the request at the host {host}, but this"
            " server is {url} (bigbluebutton.web.serverURL); a proxy must pass on the Host of the browser",
            event="wrong_address",
            origin=address[1] or "no origin",
            host=address[0],
            url=self._current.settings.server_url,
        )
