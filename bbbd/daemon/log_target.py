"""The place where the log goes, by twistd's own options."""

from __future__ import annotations

import sys
import syslog
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bbbd.daemon.options import DISK, USAGE, Options, leave
from bbbd.log import LogFile


def log_target(options: Options) -> tuple[Callable[[str], object], LogFile | None]:
    """Return where the log goes by twistd's own options: syslog, a file, or standard error.

    As twistd documents it: without an option, a daemon in the background writes to ``twistd.log``.
    """
    twistd: Mapping[str, Any] = options.parent or {"nodaemon": True}
    in_foreground, name = twistd.get("nodaemon"), twistd.get("logfile")
    if twistd.get("syslog"):
        syslog.openlog(twistd.get("prefix") or "bbbd", syslog.LOG_PID, syslog.LOG_DAEMON)
        return lambda text: syslog.syslog(text.rstrip("\n")), None
    if name == "-":
        if not in_foreground:
            leave(USAGE, "bbbd: a daemon in the background cannot log to standard output")
        return partial(_write, "__stdout__"), None
    if in_foreground and not name:
        return partial(_write, "__stderr__"), None
    try:
        log_file = LogFile(Path(name or "twistd.log"))
    except OSError as fault:
        leave(DISK, f"bbbd: the log file cannot be written: {fault}")
    return log_file.write, log_file


def _write(stream: str, text: str) -> None:
    """Write to a standard stream of the process, whatever Twisted has put in its place."""
    file = getattr(sys, stream)
    file.write(text)
    file.flush()
