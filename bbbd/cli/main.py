"""The ``bbbd`` command: one module for each subcommand, imported only when the subcommand is called.

Exit status: 0 success, 1 failure, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import Any, NamedTuple

from bbbd import __version__


class Subcommand(NamedTuple):
    """A subcommand: its module's name in this package, and its help in one line."""

    module: str
    summary: str


SUBCOMMANDS = {
    "run": Subcommand("run", "Runs the server in the foreground, as twistd bbbd does."),
    "secret": Subcommand("secret", "Prints or sets the shared secret; gives applications secrets of their own."),
    "url": Subcommand("url", "Prints a signed URL and calls nothing."),
    "call": Subcommand("call", "Calls the server and prints its answer; exit status 1 when the answer is FAILED."),
    "check": Subcommand("check", "Checks settings, files and the machine; exit status 1 when it finds a fault."),
    "meetings": Subcommand("meetings", "Lists and ends the meetings of the running server."),
    "drain": Subcommand("drain", "Takes no new meetings, before an upgrade, and says what is left."),
    "recordings": Subcommand("recordings", "Lists, shows, imports, exports, verifies and changes recordings."),
    "tracks": Subcommand("tracks", "Lists, stores, deletes and converts captions and subtitles."),
    "callbacks": Subcommand("callbacks", "Lists callbacks that are due or were given up, and retries the latter."),
    "janus-config": Subcommand("janus_config", "Writes a configuration of Janus, which forwards sound and pictures."),
    "conform": Subcommand("conform", "Tests whether any BigBlueButton endpoint conforms to the contract."),
    "clock": Subcommand("clock", "Prints or moves the clock of a server in developer mode."),
    "people": Subcommand("people", "Adds virtual people to a meeting of a server in developer mode."),
}

_EXAMPLES = """\
examples:
  bbbd run
  bbbd secret --show
  bbbd call create meetingID=demo name=Demo
  bbbd url join meetingID=demo fullName=Ada role=MODERATOR
  bbbd call getMeetingInfo meetingID=demo
  bbbd meetings list
  bbbd recordings list
  bbbd tracks put c25a79c5…-1531240585189 captions en lecture.srt
  bbbd callbacks list --given-up
  bbbd check
  bbbd drain on
"""


class _Assign(argparse.Action):
    """Collects ``--set name=value``; a later value wins."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _option: str | None = None
    ) -> None:
        """Add one. Its text is not repeated in a message: it may hold a secret."""
        from bbbd.settings.overrides import assignment  # noqa: PLC0415 - help needs no settings

        try:
            name, value = assignment(values)
        except ValueError as fault:
            parser.error(str(fault))
        namespace.assigned = {**namespace.assigned, name: value}


def parser(*chosen: str) -> argparse.ArgumentParser:
    """Return the parser of the command line, with the options of the chosen subcommands only."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--settings", action="append", default=[], metavar="FILE", help="as for bbbd run")
    common.add_argument(
        "--set", action=_Assign, dest="assigned", default={}, metavar="NAME=VALUE", help="as for bbbd run"
    )
    common.add_argument("--data-dir", metavar="DIR", help="as for bbbd run")
    common.add_argument("--json", action="store_true", help="print JSON")
    whole = argparse.ArgumentParser(
        prog="bbbd",
        description="Runs and administers a bbbd server.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"bbbd {__version__}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, subcommand in SUBCOMMANDS.items():
        if name in chosen:
            import_module(f"bbbd.cli.{subcommand.module}").add(commands, common, subcommand.summary)
        else:
            commands.add_parser(name, help=subcommand.summary)
    return whole


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    # No option before the subcommand has a value, so the first other word is the subcommand.
    options = parser(next((word for word in given if not word.startswith("-")), "")).parse_args(given)
    from bbbd.cli.common import execute  # noqa: PLC0415 - it reads settings, which help does not need

    return execute(options)


if __name__ == "__main__":
    sys.exit(main())
