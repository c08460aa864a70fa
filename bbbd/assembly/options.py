"""The command line of ``twistd bbbd``, and with which status it ends."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from bbbd import __version__
from bbbd.settings.reference import settings_help

#: Exit statuses, as sysexits.h has them.
USAGE, TAKEN, DISK, SETTINGS = 64, 73, 74, 78


def leave(status: int, text: str) -> NoReturn:
    """End the process with a status and a word on stderr."""
    sys.stderr.write(f"{text}\n")
    raise SystemExit(status)


class Options(UsageOptions):
    """Runs a BigBlueButton API endpoint. Flags win over the settings files."""

    synopsis = "Usage: twistd -n --pidfile= bbbd [options]"

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.listen: list[str] = []
        self.overrides: dict[str, str] = {}

    def opt_settings(self, file: str) -> None:
        """A .properties file (may be repeated; later ones win)."""
        self.files.append(file)

    def opt_listen(self, endpoint: str) -> None:
        """A Twisted server endpoint, as tcp:8090:interface=127.0.0.1 (may be repeated)."""
        self.listen.append(endpoint)
        self.overrides["bbbd.listen"] = " ".join(self.listen)

    def opt_data_dir(self, directory: str) -> None:
        """Where everything is kept."""
        self.overrides["bbbd.dataDir"] = directory

    def opt_log_format(self, shape: str) -> None:
        """Lines of json, or text for a terminal."""
        self.overrides["bbbd.logFormat"] = shape

    def opt_developer(self) -> None:
        """Developer mode: a clock that moves, virtual people, faults; for tests, never for people."""
        self.overrides["bbbd.developer"] = "true"

    def opt_version(self) -> None:
        """Tell the version."""
        sys.stdout.write(f"bbbd {__version__}\n")
        raise SystemExit(0)

    def parseArgs(self, *rest: str) -> None:
        """Refuse what is no option."""
        if rest:
            raise UsageError(f"{rest[0]} is not an option")

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line; what is wrong with it ends the start with 64."""
        try:
            super().parseOptions(options)
        except UsageError as fault:
            leave(USAGE, f"bbbd: {fault}; see twistd bbbd --help")

    def getUsage(self, width: int | None = None) -> str:
        """Return the help, with every setting."""
        return f"{super().getUsage(width)}\n{settings_help()}"
