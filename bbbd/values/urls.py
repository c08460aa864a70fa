"""URLs that somebody gave, with parameters of our own added."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, quote_plus, urlencode, urlsplit

_PORTS = {"http": 80, "https": 443}


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with more parameters in its query; its fragment stays behind them."""
    parts = urlsplit(with_path(url))
    query = "&".join(part for part in (parts.query, urlencode(parameters, quote_via=quote)) if part)
    return parts._replace(query=query).geturl()


def with_path(url: str) -> str:
    """Return a URL that has a path: ``http://host?a=b`` becomes ``http://host/?a=b``, as a request line needs it."""
    parts = urlsplit(url)
    return parts._replace(path="/").geturl() if parts.netloc and not parts.path else url


def form_body(fields: Mapping[str, str]) -> str:
    """Return a form as browsers encode it (``URLSearchParams``): a space is ``+``, and ``* - . _`` stay."""
    return "&".join(f"{_form_text(name)}={_form_text(value)}" for name, value in fields.items())


def _form_text(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


def as_header(url: str) -> bytes:
    """Return a URL for a Location header: with a path, and other characters escaped."""
    return quote(with_path(url), safe="%/:=&?~#+!$,;'@()*[]").encode()


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL, the port also where it is the scheme's own. Raises ``ValueError``."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
