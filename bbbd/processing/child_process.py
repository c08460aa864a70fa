"""Runs each processing in a process of its own, so that no meeting's files take this one's memory or time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bbbd.child_limits import BROKEN
from bbbd.child_programs import environment
from bbbd.settings.settings import Settings

#: Of real time a processing has this many times its computing time: the processor may have others to do.
PATIENCE = 10
#: Seconds of real time in which the films of one recording must be composed; each program has its own limit.
COMPOSED_WITHIN = 7 * 86_400


class ProcessingRefused(Exception):
    """No recording can be made of raw files; the text says why. Another try would end the same."""


class ProcessingInterrupted(Exception):
    """The processing was cut off; another try may succeed. The text says why."""


class NoMarks(Exception):
    """Nobody switched recording on."""


class Processed(NamedTuple):
    """The result of a processing: milliseconds of the recording, milliseconds of work, what the recording lacks."""

    duration: int = 0
    took: int = 0
    lacks: Sequence[str] = ()


class ProcessingProcesses:
    """Starts the processes, and ends them."""

    def __init__(self, *, patience: int = PATIENCE) -> None:
        self._patience = patience
        #: The interpreter that runs them.
        self.python = sys.executable
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def compose(self, raw: Path, directory: Path, settings: Settings, *, whole: bool) -> list[str]:
        """Compose the films of a recording in a directory, and return what is left out. Waits for hours.

        What a run that was cut off has made stays in the directory. Raises as ``run`` does.
        """
        words = [f"--parent={os.getpid()}", *(["--whole"] if whole else []), str(raw), str(directory)]
        return list(self._run("bbbd.composing", words, settings, COMPOSED_WITHIN).lacks)

    def derive(
        self,
        presentation: Path,
        directory: Path,
        record_id: str,
        settings: Settings,
        formats: Sequence[str],
        films: Path | None,
        captions: Sequence[tuple[str, str, str]],
    ) -> list[str]:
        """Make other formats of a presentation below a directory, and return what they lack. Waits for hours.

        ``captions`` are text tracks: path, language and label of each.
        What a run that was cut off has made stays in the directory. Raises as ``run`` does.
        """
        words = [
            f"--parent={os.getpid()}",
            f"--url={settings.server_url}",
            f"--formats={','.join(formats)}",
            f"--id={record_id}",
            f"--captions={json.dumps(captions)}",
            *([f"--films={films}"] if films is not None else []),
            str(presentation),
            str(directory),
        ]
        return list(self._run("bbbd.composing.deriving", words, settings, COMPOSED_WITHIN).lacks)

    def transcribe(self, films: Path, directory: Path, settings: Settings) -> None:
        """Write what is said in films into a directory. Waits for about a third of its length. Raises as ``run``."""
        words = [f"--model={settings.captions_model}", f"--parent={os.getpid()}", str(films), str(directory)]
        self._run("bbbd.transcription", words, settings, COMPOSED_WITHIN)

    def run(self, raw: Path, target: Path, settings: Settings, *, whole: bool, films: Path | None = None) -> Processed:
        """Make the files of a recording in a new directory. ``whole``: without marks all of the meeting. Waits long.

        Raises ``NoMarks``, ``ProcessingRefused``, ``ProcessingInterrupted``, and ``OSError`` if the disk fails.
        """
        words = [
            f"--memory={settings.worker_memory}",
            f"--seconds={settings.worker_seconds}",
            f"--pages={settings.max_pages}",
            f"--parent={os.getpid()}",
            f"--url={settings.server_url}",
            *(["--whole"] if whole else []),
            *([] if settings.record_names else ["--anonymous"]),
            *([f"--films={films}"] if films is not None else []),
            str(raw),
            str(target),
        ]
        return self._run("bbbd.processing", words, settings, settings.worker_seconds * self._patience)

    def _run(self, module: str, words: Sequence[str], settings: Settings, within: int) -> Processed:
        if self._stopped:
            raise ProcessingInterrupted("the server stops")
        with subprocess.Popen(  # noqa: S603 - the words are ours
            [self.python, "-P", "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
        ) as process:
            return self._ended(process, settings, within)

    def _ended(self, process: subprocess.Popen[bytes], settings: Settings, within: int) -> Processed:
        self._running.add(process)
        try:
            if self._stopped:
                _kill(process)
            out, err = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.communicate()
            raise ProcessingRefused(f"was not processed within {within} s") from None
        finally:
            self._running.discard(process)
            _kill(process)
        return _result(process.returncode, out, err.decode("utf-8", "replace").strip()[-500:], settings)

    @property
    def stopped(self) -> bool:
        """Whether no more are started."""
        return self._stopped

    def stop(self) -> None:
        """End all; the recordings are processed after the next start."""
        self._stopped = True
        for process in list(self._running):
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _result(status: int, out: bytes, told: str, settings: Settings) -> Processed:
    if status == os.EX_OK:
        return Processed(**json.loads(out))
    if status == os.EX_NOINPUT:
        raise NoMarks
    if status in (os.EX_DATAERR, os.EX_UNAVAILABLE):
        raise ProcessingRefused(told)
    if status == os.EX_IOERR:
        raise OSError(told)
    if -status == signal.SIGXCPU:
        raise ProcessingRefused(f"takes more than {settings.worker_seconds} s of computing")
    if -status in BROKEN:
        raise ProcessingRefused(f"breaks its processing, or needs more than {settings.worker_memory >> 20} MiB")
    raise ProcessingInterrupted(f"the process ended with status {status}: {told.rpartition(chr(10))[2][:200]}")
