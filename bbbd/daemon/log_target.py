"""The place where the log goes, by twistd's own options."""

from __future__ import annotations

import sys
import syslog
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from twisted.logger import Logger

from bbbd.daemon.journal import is_journal
from bbbd.daemon.options import DISK, USAGE, Options, leave
from bbbd.log import LogFile

_log = Logger()


class LogTarget(NamedTuple):
    """The place of the log: a function that writes lines, and the file to open again after a rotation, if it is one."""

    write: Callable[[str], object]
    file: LogFile | None = None
    #: Whether each line is to begin with its priority.
    priorities: bool = False


def log_target(options: Options) -> LogTarget:
    """Return where the log goes by twistd's own options: syslog, a file, or standard error.

    As twistd documents it: without an option, a daemon in the background writes to ``twistd.log``.
    """
    twistd: Mapping[str, Any] = options.parent or {"nodaemon": True}
    in_foreground, name = twistd.get("nodaemon"), twistd.get("logfile")
    if twistd.get("syslog"):
        syslog.openlog(twistd.get("prefix") or "bbbd", syslog.LOG_PID, syslog.LOG_DAEMON)
        return LogTarget(_write_syslog, priorities=True)
    if name == "-":
        if not in_foreground:
            leave(USAGE, "bbbd: a daemon in the background cannot log to standard output")
        return LogTarget(partial(_write, "__stdout__"), priorities=is_journal(1))
    if in_foreground and not name:
        return LogTarget(partial(_write, "__stderr__"), priorities=is_journal(2))
    try:
        log_file = LogFile(Path(name or "twistd.log"))
    except OSError as fault:
        leave(DISK, f"bbbd: the log file cannot be written: {fault}")
    return LogTarget(log_file.write, log_file)


def reopen(log_file: LogFile | None) -> None:
    """Open the log file again, as after a rotation; without one there is nothing to do."""
    if log_file is None:
        return
    try:
        log_file.reopen()
    except OSError as fault:
        _log.error("the log file cannot be opened again: {why}", event="log_not_reopened", why=str(fault))
    else:
        _log.info("the log file was opened again", event="log_reopened", audit=True)


def _write_syslog(text: str) -> None:
    """Write lines that begin with their priority."""
    for line in text.removesuffix("\n").split("\n"):
        syslog.syslog(int(line[1]), line[3:])


def _write(stream: str, text: str) -> None:
    """Write to a standard stream of the process, whatever Twisted has put in its place."""
    file = getattr(sys, stream)
    file.write(text)
    file.flush()
