"""``bbbd url``: prints a signed URL."""

from __future__ import annotations

import argparse
from typing import Any

from bbbd.cli.common import GOOD, say
from bbbd.cli.signed_urls import add_call_arguments, own_target


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser("url", parents=[common], help=summary, description=summary)
    parser.set_defaults(do=print_url)
    add_call_arguments(parser)


def print_url(options: argparse.Namespace) -> int:
    """Print a signed URL."""
    url = own_target(options).signed(options.call, options.pairs)
    say(options, url, url=url)
    return GOOD
