"""The endpoints that a daemon listens on, from the settings."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.logger import Logger

from bbbd.daemon.activation import PREFIX, activated, warn_of_unused
from bbbd.daemon.options import SETTINGS, leave
from bbbd.settings.settings import Settings

_log = Logger()


def server_endpoints(settings: Settings, reactor: Any) -> list[IStreamServerEndpoint]:
    """Return the endpoints of ``bbbd.listen``; exit when one is none."""
    endpoints: list[IStreamServerEndpoint] = []
    for text in settings.listen:
        if text.startswith(PREFIX):
            try:
                endpoints += activated(reactor, text)
            except ValueError as fault:
                leave(SETTINGS, f"bbbd.listen: {text}: {fault}")
            continue
        try:
            endpoints.append(serverFromString(reactor, text))
        except (ValueError, TypeError, LookupError) as fault:
            leave(SETTINGS, f'bbbd.listen: "{text}" is not a Twisted server endpoint ({fault})')
    warn_of_unused(settings.listen)
    if PREFIX in settings.listen[0] and not settings.named_url:
        _log.warn(
            "the port of a socket from systemd is not known to bbbd, so links lead to {url}: set {setting}",
            event="server_url_unknown",
            url=settings.server_url,
            setting="bigbluebutton.web.serverURL",
        )
    return endpoints


def open_to_others(settings: Settings) -> str:
    """Return an endpoint that other machines can reach, empty when there is none."""
    for endpoint in settings.listen:
        interface = re.search(r"interface=((?:[^:\\]|\\.)*)", endpoint)
        host = interface[1].replace("\\", "") if interface else ""
        if host not in ("localhost", "::1") and not host.startswith("127.") and not endpoint.startswith("unix:"):
            return endpoint
    return ""
