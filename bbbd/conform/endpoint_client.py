"""A request to an endpoint and its answer. Who carries them is given from outside; nothing here knows a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

from bbbd.api.checksum import sign

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """A request."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: Carries a request and brings the answer, redirections as they are. Raises ``NoAnswer``.
Ask = Callable[[EndpointRequest], Awaitable[Answer]]


class NoAnswer(Exception):
    """There is no answer; the text says why."""


class Endpoint(NamedTuple):
    """A server, what to sign with, and by which digest."""

    url: str
    secret: str
    algorithm: str

    def sign(self, call: str, text: str) -> str:
        """Return the checksum of a call's signed text."""
        return sign(call, text.encode(), self.secret, self.algorithm)

    def signed(self, call: str, query: str) -> str:
        """Return a raw query string with its checksum at the end."""
        return f"{query}{'&' if query else ''}checksum={self.sign(call, query)}"


def query_of(pairs: Mapping[str, str]) -> str:
    """Return parameters as a query string."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs.items())


def api_url(url: str) -> str:
    """Return the API's URL for what people write: with or without ``/bigbluebutton`` and ``/api``.

    Raises ``ValueError`` when it is no URL of a server.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f'"{url}" is not the http or https URL of a server')
    url = url.rstrip("/")
    path = parts.path.rstrip("/")
    return url + ("" if path.endswith("/api") else "/api" if path.endswith("/bigbluebutton") else "/bigbluebutton/api")
