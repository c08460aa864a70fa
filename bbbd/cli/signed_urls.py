"""Signed URLs of a server's API, and the arguments that name a call on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote_plus

from bbbd.api.checksum import preferred_algorithm, sign
from bbbd.cli.common import settings_of
from bbbd.settings.secret import load_secrets
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk


class ApiTarget(NamedTuple):
    """The URL of an API, and the secret and digest that sign its calls."""

    url: str
    secret: str
    algorithm: str

    def signed(self, call: str, pairs: Iterable[tuple[str, str]]) -> str:
        """Return a call's URL with its checksum."""
        query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
        checksum = sign(call, query.encode(), self.secret, self.algorithm)
        return f"{self.url}/{call}?{query}{'&' if query else ''}checksum={checksum}"


def target_of(settings: Settings, secrets: tuple[str, ...]) -> ApiTarget:
    """Return the API of this server."""
    return ApiTarget(settings.url("/bigbluebutton/api"), secrets[0], preferred_algorithm(settings.algorithms))


def own_target(options: argparse.Namespace) -> ApiTarget:
    """Return the API of the server that a command line names."""
    settings, _faults = settings_of(options)
    return target_of(settings, load_secrets(settings, Disk()))


def add_call_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name of a call and its parameters to a subcommand."""
    parser.add_argument(
        "call", metavar="CALL", help="such as create, join, isMeetingRunning, getMeetingInfo, getMeetings"
    )
    parser.add_argument("pairs", metavar="name=value", nargs="*", type=_pair, help="parameters")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not name=value')
    return name, value
