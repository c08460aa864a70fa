"""Requests to an endpoint and their answers. The transport is passed in as a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

from bbbd.api.checksum import sign

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """A request to an endpoint."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: Sends a request and returns the answer without following redirections. Raises ``NoAnswer``.
Ask = Callable[[EndpointRequest], Awaitable[Answer]]


class NoAnswer(Exception):
    """The endpoint did not answer; the text says why."""


class Endpoint(NamedTuple):
    """An API's URL, its shared secret and the digest algorithm."""

    url: str
    secret: str
    algorithm: str

    def sign(self, call: str, text: str) -> str:
        """Return the checksum of a call and its signed text."""
        return sign(call, text.encode(), self.secret, self.algorithm)

    def signed(self, call: str, query: str) -> str:
        """Return a raw query string with the checksum appended."""
        return f"{query}{'&' if query else ''}checksum={self.sign(call, query)}"


def query_of(pairs: Mapping[str, str]) -> str:
    """Return parameters as a query string."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs.items())


def api_url(url: str) -> str:
    """Return the API's URL from user input, with or without ``/bigbluebutton`` and ``/api``.

    Raises ``ValueError`` if it is not a server's URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f'"{url}" is not the http or https URL of a server')
    url = url.rstrip("/")
    path = parts.path.rstrip("/")
    return url + ("" if path.endswith("/api") else "/api" if path.endswith("/bigbluebutton") else "/bigbluebutton/api")
