"""Runs each conversion in a process of its own, so that no document takes this one's memory or time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from bbbd.child_limits import BROKEN
from bbbd.child_programs import environment
from bbbd.settings.current import CurrentSettings
from bbbd.slides.formats import OFFICE, DocumentFormat, UnconvertibleDocument
from bbbd.slides.office_check import program_of
from bbbd.slides.page_names import page_file
from bbbd.slides.process_limits import ProcessLimits
from bbbd.storage.disk import Disk

#: How many pages were made.
_COUNT = re.compile(rb"[1-9][0-9]{0,5}\n?")
#: The program that converts a document.
PROGRAM = (sys.executable, "-P", "-m", "bbbd.slides")
#: How often a document is tried whose conversion is cut off by something else than itself.
MOST_TRIES = 3
#: Of real time a conversion has this many times its computing time: the processor may have others to do.
PATIENCE = 10


class DocumentInterrupted(Exception):
    """The conversion was interrupted; another try may succeed. The text says why."""


class ConversionProcesses:
    """Starts the processes of conversions and ends them."""

    def __init__(self, current: CurrentSettings, *, patience: int = PATIENCE, program: Sequence[str] = PROGRAM) -> None:
        self._patience = patience
        self._program = program
        self._current = current
        #: By the document that they look at.
        self._running: dict[Path, subprocess.Popen[bytes]] = {}
        self._stopped = False
        #: The directory with LibreOffice's profile; empty until the first office document.
        self._templates = ""
        self._making_template = Lock()

    @property
    def running(self) -> int:
        """The number of conversions that run."""
        return len(self._running)

    @property
    def limits(self) -> ProcessLimits:
        """The limits of a conversion that begins now."""
        now = self._current.settings
        return ProcessLimits(now.worker_memory, now.worker_seconds, now.max_pages, now.office_memory)

    def convert(self, source: Path, directory: Path, kind: DocumentFormat) -> int:
        """Write a document's pages into a directory and return how many there are. Waits long.

        Raises ``UnconvertibleDocument`` if the document is at fault, ``DocumentInterrupted`` if the conversion was
        cut off, and ``OSError`` if the disk fails.
        """
        if self._stopped:
            raise DocumentInterrupted("the server stops")
        limits = self.limits
        command = [
            *self._program,
            f"--format={kind.ending}",
            f"--memory={limits.memory}",
            f"--seconds={limits.seconds}",
            f"--pages={limits.pages}",
            f"--office-memory={limits.office_memory}",
            f"--parent={os.getpid()}",
        ]
        if kind in OFFICE:
            command += [f"--office={self._office()}", f"--office-profile={self._template()}"]
        with subprocess.Popen(  # noqa: S603 - the words are ours
            [*command, str(source), str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
        ) as process:
            count = self._ended(process, limits, source)
        if not (directory / page_file(count)).is_file():
            raise DocumentInterrupted("the conversion says that it made pages that are not there")
        return count

    def _template(self) -> Path:
        """Return where the profile is that conversions copy, for as long as this server runs."""
        with self._making_template:
            if not self._templates:
                self._templates = tempfile.mkdtemp(prefix="bbbd-office-")
        return Path(self._templates) / "profile"

    def _office(self) -> str:
        program = program_of(self._current.settings.office)
        if not program:
            raise UnconvertibleDocument(
                "is an office document, which needs LibreOffice, and this server has none: send a PDF"
            )
        return program

    def _ended(self, process: subprocess.Popen[bytes], limits: ProcessLimits, source: Path) -> int:
        self._running[source] = process
        try:
            if self._stopped:
                _kill(process)
            out, err = process.communicate(timeout=limits.seconds * self._patience)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.communicate()
            raise UnconvertibleDocument(f"was not converted within {limits.seconds * self._patience} s") from None
        finally:
            del self._running[source]
            # What it started, LibreOffice's own processes, goes with it.
            _kill(process)
        return _pages(process.returncode, out, err.decode("utf-8", "replace").strip()[-500:], limits)

    def give_up(self, source: Path) -> None:
        """End the conversion of a document, if it is under way."""
        if (process := self._running.get(source)) is not None:
            _kill(process)

    def stop(self) -> None:
        """End all conversions; they are done at the next start."""
        self._stopped = True
        for process in list(self._running.values()):
            _kill(process)
        if self._templates:
            Disk().remove_tree(Path(self._templates))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _pages(status: int, out: bytes, told: str, limits: ProcessLimits) -> int:
    if status == os.EX_OK:
        if not _COUNT.fullmatch(out):
            raise DocumentInterrupted("the conversion does not say how many pages it made")
        return int(out)
    if status == os.EX_DATAERR:
        raise UnconvertibleDocument(told)
    if status == os.EX_IOERR:
        raise OSError(told)
    if -status == signal.SIGXCPU:
        raise UnconvertibleDocument(f"takes more than {limits.seconds} s to convert")
    if -status in BROKEN:
        raise UnconvertibleDocument(f"breaks its converter, or needs more than {limits.memory >> 20} MiB of memory")
    raise DocumentInterrupted(f"the conversion ended with status {status}: {told.rpartition(chr(10))[2][:200]}")
