"""``bbbd clock``: prints or moves the clock of a server in developer mode."""

from __future__ import annotations

import argparse
from typing import Any

from bbbd.cli.common import GOOD, say
from bbbd.cli.developer import ask_developer_mode, namespace_parser
from bbbd.values.durations import parse_duration


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    own = namespace_parser(common)
    clock = commands.add_parser("clock", help=summary, description=summary).add_subparsers(
        dest="clock_command", required=True, metavar="COMMAND"
    )
    shown = clock.add_parser("show", parents=[own], help="prints the time of the server")
    shown.set_defaults(do=show)
    moved = clock.add_parser("advance", parents=[own], help="moves the clock, and waits until all due work is done")
    moved.add_argument("span", metavar="SPAN", type=_span, help="such as 90s, 6m, 1h30m")
    moved.set_defaults(do=advance)


def _span(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f'"{text}" {fault}') from None


def _print(options: argparse.Namespace, answer: dict[str, Any]) -> int:
    say(options, f"{answer['now']}  moved by {answer['moved']} s", **answer)
    return GOOD


def show(options: argparse.Namespace) -> int:
    """Print the time of the server."""
    return _print(options, ask_developer_mode(options, "clock"))


def advance(options: argparse.Namespace) -> int:
    """Move the clock."""
    return _print(options, ask_developer_mode(options, "clock", {"advance": options.span}))
