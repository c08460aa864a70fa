"""The log: each line is a JSON object, or text for a terminal.

A line has ``time``, ``level``, ``event`` (a fixed word), ``message``, then the fields of the event. Query strings,
passwords, tokens, checksums and names of people are never logged; other text from outside is escaped. Tracebacks
contain no values: of an exception whose text may repeat one, only the type is logged.
"""

from __future__ import annotations

import errno
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from twisted.logger import ILogObserver, LogEvent, formatEvent
from twisted.python.failure import Failure
from twisted.python.reflect import qual, safe_str
from zope.interface import implementer

from bbbd.values.enums import LogFormat, LogLevel

_ORDER = {level: place for place, level in enumerate(LogLevel)}
#: Priorities of syslog(3).
PRIORITIES = {
    LogLevel.DEBUG: 7,
    LogLevel.INFO: 6,
    LogLevel.WARN: 4,
    LogLevel.ERROR: 3,
    LogLevel.CRITICAL: 2,
}
#: Errors of a full or broken disk, and of a process that may open no more files. They are logged without a traceback,
#: which would say nothing of their cause.
_OF_THE_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE))
#: Exceptions whose texts are the words of Python, of the system, or of this code. Others (``KeyError``, ``ValueError``,
#: those of libraries) may repeat a token or a name.
_OWN_WORDS = (
    AssertionError,
    AttributeError,
    ImportError,
    IndexError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Fields of an event that Twisted sets.
_OWN = frozenset(("event", "message", "format", "time", "system", "isError", "failure", "why", "audit"))


#: The namespace of developer mode at work, empty for a server without namespaces and for the main one.
_namespace: ContextVar[str] = ContextVar("namespace", default="")


@contextmanager
def in_namespace(name: str) -> Iterator[None]:
    """Have each line name a namespace of developer mode; a coroutine that begins inside keeps the name."""
    token = _namespace.set(name)
    try:
        yield
    finally:
        _namespace.reset(token)


def escaped(text: str) -> str:
    """Return the text on one line, with control characters in hexadecimal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def with_priority(priority: int, text: str) -> str:
    """Return lines, the last with its end, that begin with a priority."""
    lines = text.removesuffix("\n").replace("\n", f"\n<{priority}>")
    return f"<{priority}>{lines}\n"


def _fields(event: LogEvent) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in event.items()
        if not name.startswith("log_") and name not in _OWN and isinstance(value, (str, int, float, bool))
    }
    return kept | ({"audit": True} if event.get("audit") else {})


def _message(event: LogEvent) -> str:
    message = formatEvent(event)
    if (failure := event.get("log_failure")) is not None:
        fault = failure.value
        if isinstance(fault, OSError) and fault.errno in _OF_THE_DISK:
            return f"{message}: {fault}" if message else str(fault)
        traceback = _traceback(failure)
        message = f"{message}\n{traceback}" if message else traceback
    return message


def _traceback(failure: Failure) -> str:
    """Return a traceback without the exception's text, unless that cannot have a value."""
    text = failure.getTraceback()
    if isinstance(failure.value, _OWN_WORDS):
        return text
    kind = qual(failure.value.__class__)
    return text.removesuffix(f"{kind}: {safe_str(failure.value)}\n") + f"{kind}\n"


@lru_cache(maxsize=10)
def _second(whole: int) -> str:
    """Return a second since 1970 as a date and time; most lines are of the same one as the line before."""
    return datetime.fromtimestamp(whole, UTC).isoformat().removesuffix("+00:00")


_as_json = json.JSONEncoder(ensure_ascii=False).encode


@implementer(ILogObserver)
class LogObserver:
    """Writes each event to ``write``. Level and format may change while it runs.

    With ``priorities`` each line begins with its priority, as ``<3>``: the journal of systemd and syslog read it.
    """

    def __init__(
        self, write: Callable[[str], object], level: LogLevel, log_format: LogFormat, *, priorities: bool = False
    ) -> None:
        self._write = write
        self._priorities = priorities
        self.level = level
        self.format = log_format
        #: What is left to do at the end of the reactor's turn; None where a turn has no end.
        self.turn_end: deque[Callable[[], bool]] | None = None
        #: Lines that may wait until then. Other threads write too, so each line is taken by itself.
        self._waiting: deque[str] = deque()

    def __call__(self, event: LogEvent) -> None:
        """Write one event, unless its level is too low. An event with ``audit`` is always written."""
        level = LogLevel(getattr(event.get("log_level"), "name", "info"))
        if self.wants(level) or event.get("audit"):
            message = _message(event)
            if message:
                self.write_line(
                    level, event.get("event", "twisted"), message, _fields(event), event.get("log_time", 0.0)
                )

    def wants(self, level: LogLevel) -> bool:
        """Return whether lines of a level are written."""
        return _ORDER[level] >= _ORDER[self.level]

    def write_line(
        self,
        level: LogLevel,
        event: str,
        message: str,
        fields: Mapping[str, Any],
        seconds: float,
        *,
        may_wait: bool = False,
    ) -> None:
        """Write one line; ``seconds`` are since 1970. One that ``may_wait`` is written with others of the turn."""
        whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
        when = f"{_second(whole)}.{micros // 1000:03}Z"
        name = _namespace.get()
        if self.format is LogFormat.JSON:
            named = {"namespace": name} if name else {}
            line = {"time": when, "level": level, "event": event, "message": message, **named, **fields}
            text = _as_json(line) + "\n"
        else:
            # A traceback keeps its lines: they come from Python and from this code.
            first, end, rest = message.partition("\n")
            prefix = f"[{name}] " if name else ""
            text = f"{when} {level:<8} {prefix}{escaped(first)}{end}{rest}\n"
        if self._priorities:
            text = with_priority(PRIORITIES[level], text)
        if may_wait and self.turn_end is not None:
            if not self._waiting:
                self.turn_end.append(self._write_waiting)
            self._waiting.append(text)
        else:
            self._write_waiting()
            self._write(text)

    def _write_waiting(self) -> bool:
        """Write the lines that wait, and return that nothing is due afterwards."""
        lines: list[str] = []
        with suppress(IndexError):
            while True:
                lines.append(self._waiting.popleft())
        if lines:
            self._write("".join(lines))
        return False


class LogFile:
    """A file of log lines. ``reopen`` follows a rotation: lines go to a new file of the same name."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._file = self._path.open("a", encoding="utf-8")

    def write(self, text: str) -> None:
        """Write lines; on a full disk they are lost, and the server continues."""
        with suppress(OSError):
            self._file.write(text)
            self._file.flush()

    def reopen(self) -> None:
        """Open the file again. Raises ``OSError``; then the old one stays open."""
        new = self._path.open("a", encoding="utf-8")
        old, self._file = self._file, new
        with suppress(OSError):
            old.close()
