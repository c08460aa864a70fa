"""The command line of ``twistd bbbd``, and its exit statuses."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from bbbd import __version__
from bbbd.daemon.journal import is_journal
from bbbd.log import PRIORITIES, with_priority
from bbbd.settings.overrides import assignment
from bbbd.settings.properties import BadSettings, check_assignments
from bbbd.settings.reference import settings_help
from bbbd.values.enums import LogLevel

#: Exit statuses from sysexits.h.
USAGE, TAKEN, DISK, SETTINGS = 64, 73, 74, 78


def complain(text: str, level: LogLevel = LogLevel.ERROR) -> None:
    """Write a message to standard error before there is a log."""
    lines = f"{text}\n"
    sys.stderr.write(with_priority(PRIORITIES[level], lines) if is_journal() else lines)


def leave(status: int, text: str) -> NoReturn:
    """Exit with a status and a message on standard error."""
    complain(text)
    raise SystemExit(status)


class Options(UsageOptions):
    """Runs a BigBlueButton API endpoint. Options win over the environment, and the environment over files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.listen: list[str] = []
        self.assigned: dict[str, str] = {}
        self.overrides: dict[str, str] = {}

    def opt_settings(self, file: str) -> None:
        """A .properties file. May be repeated; a later file wins."""
        self.files.append(file)

    def opt_listen(self, endpoint: str) -> None:
        """A Twisted server endpoint, such as tcp:8090:interface=127.0.0.1. May be repeated."""
        self.listen.append(endpoint)
        self.overrides["bbbd.listen"] = " ".join(self.listen)

    def opt_set(self, text: str) -> None:
        """A setting as name=value. May be repeated; other options and --set win over variables and files."""
        try:
            name, value = assignment(text)
        except ValueError as fault:
            raise UsageError(str(fault)) from None
        self.assigned[name] = value

    def opt_data_dir(self, directory: str) -> None:
        """The directory of everything that bbbd stores."""
        self.overrides["bbbd.dataDir"] = directory

    def opt_log_format(self, shape: str) -> None:
        """The format of the log: json, or text for a terminal."""
        self.overrides["bbbd.logFormat"] = shape

    def opt_developer(self) -> None:
        """Developer mode: a clock that can be moved, virtual people, faults. For tests only."""
        self.overrides["bbbd.developer"] = "true"

    def opt_version(self) -> None:
        """Print the version."""
        sys.stdout.write(f"bbbd {__version__}\n")
        raise SystemExit(0)

    def postOptions(self) -> None:
        """Join what ``--set`` says with the other options, which win."""
        try:
            check_assignments(self.assigned)
        except BadSettings as fault:
            leave(SETTINGS, str(fault))
        self.overrides = self.assigned | self.overrides

    def parseArgs(self, *rest: str) -> None:
        """Refuse arguments that are not options."""
        if rest:
            raise UsageError(f"{rest[0]} is not an option")

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line; wrong usage exits with status 64."""
        try:
            super().parseOptions(options)
        except UsageError as fault:
            leave(USAGE, f"bbbd: {fault}; see twistd bbbd --help")

    def getSynopsis(self) -> str:
        """Return the first line of the help, in place of twistd's own and this one."""
        return "Usage: twistd -n --pidfile= bbbd [options]"

    def getUsage(self, width: int | None = None) -> str:
        """Return the help, with every setting."""
        return f"{super().getUsage(width)}\n{settings_help()}"
