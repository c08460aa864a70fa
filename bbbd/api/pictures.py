"""Pictures by plain http: a page over https cannot show them, so they are logged."""

from __future__ import annotations

from urllib.parse import urlsplit

from twisted.logger import Logger

from bbbd.settings.settings import Settings

_log = Logger()


def log_blocked(settings: Settings, meeting: str, **pictures: str) -> None:
    """Log the pictures, by the names of their parameters, that the page of this server will not show."""
    if urlsplit(settings.server_url).scheme != "https":
        return
    for name, url in pictures.items():
        if url.lower().startswith("http:"):
            _log.warn(
                "{name} of meeting {meeting} is not shown: its URL is http, this server's is https",
                event="picture_blocked",
                name=name,
                meeting=meeting,
            )
