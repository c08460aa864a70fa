"""Requests to developer mode of a running server, for ``bbbd clock`` and ``bbbd people``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bbbd.cli.api_client import ask
from bbbd.cli.common import CommandFailed, settings_of


def namespace_parser(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the options of both subcommands."""
    own = argparse.ArgumentParser(add_help=False, parents=[common])
    own.add_argument("--namespace", default="", metavar="NAME", help="the server at /NAME/bigbluebutton")
    return own


def ask_developer_mode(options: argparse.Namespace, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Send a request to developer mode and return the answer. Raises ``CommandFailed``."""
    settings, _faults = settings_of(options)
    space = f"/{options.namespace}" if options.namespace else ""
    status, text = ask(settings.url(f"{space}/developer/{path}"), body)
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        raise CommandFailed(f"there is no developer mode at {settings.url('/')} (HTTP status {status})") from None
    if status != 200:
        raise CommandFailed(answer.get("error", f"HTTP status {status}"))
    return answer
