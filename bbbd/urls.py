"""URLs that somebody gave, with parameters of our own added."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with more parameters in its query; its fragment stays behind them."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(parameters, quote_via=quote)) if part)
    return parts._replace(query=query).geturl()


def as_header(url: str) -> bytes:
    """Return a URL as a Location header has it: what it may not have is escaped."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]").encode()
