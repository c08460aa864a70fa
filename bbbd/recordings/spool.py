"""Watched directories with archives to import: Scalelite's spool, uploads, and requests of the command.

A file is imported when it has not changed between two looks, then it is removed; a refused one goes to ``failed``
with a text that says why. No archive is tried twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from twisted.logger import Logger

from bbbd.recordings.atomic_replace import Halfway
from bbbd.recordings.importer import Imported, Importer, ImportOutcome
from bbbd.storage.disk import Disk, read_regular

_log = Logger()

#: The longest name, in bytes, to which ``.txt`` can be appended.
_LONGEST = 251
#: Milliseconds until an answer is deleted whose command is gone.
_ANSWER_KEPT = 24 * 3600 * 1000
#: The directory for refused archives.
_FAILED = "failed"
_ENDINGS = (".tar", ".tar.gz", ".tgz")


class Spool:
    """One watched directory. With ``unpublished`` its recordings are imported as unpublished."""

    def __init__(self, disk: Disk, directory: Path, importer: Importer, *, unpublished: bool = False) -> None:
        self._disk = disk
        self._directory = directory
        self._importer = importer
        self._unpublished = unpublished
        #: The number of archives that were refused, until it is taken.
        self.refused = 0
        self._seen: dict[Path, tuple[int, int]] = {}
        self._failed: dict[Path, tuple[int, int]] = {}
        #: How many archives wait, as the last look found.
        self.waiting = 0

    def delete_unfinished(self) -> None:
        """Delete texts that a kill left unfinished; called at start. Waits for the disk.

        The spool itself may belong to others, who may be writing to it.
        """
        self._disk.sweep(self._directory / _FAILED)

    def _archives(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in sorted(self._directory.glob("*")) if self._directory.is_dir() else ():
            if path.name.startswith(".") or not path.name.endswith(_ENDINGS) or not path.is_file():
                continue
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if self._failed.get(path) != stamp:
                yield path, stamp

    def import_new(self, *, protect: bool) -> int:
        """Import the complete new archives; return their number. Waits for the disk."""
        seen, imported = {}, 0
        found = list(self._archives())
        self.waiting = len(found)
        for path, stamp in found:
            if self._seen.get(path) != stamp:
                seen[path] = stamp
                continue
            self.waiting -= 1
            try:
                imported += self._import(path, protect=protect)
            except OSError as fault:
                self._failed[path] = stamp
                _log.error("{path} cannot be set aside: {why}", event="spool_stuck", path=str(path), why=str(fault))
        self._seen = seen
        return imported

    def _import(self, path: Path, *, protect: bool) -> bool:
        try:
            outcomes = self._importer.import_from(path, unpublished=self._unpublished, protect=protect)
        except Halfway:
            raise
        except Exception as fault:  # one stranger's archive must not stop the next
            if not isinstance(fault, OSError):
                _log.failure("{file} cannot be imported", event="import_failed", file=path.name)
            outcomes = [Imported(path.name, ImportOutcome.REFUSED, str(fault) or type(fault).__name__)]
        for one in outcomes:
            _log.info("import of {file}: {told}", event="import", file=path.name, told=str(one), audit=True)
        refused = [one for one in outcomes if one.outcome is ImportOutcome.REFUSED]
        if refused:
            self.refused += 1
            failed = self._directory / _FAILED
            self._disk.mkdir(failed, 0o755)
            why = "".join(f"{one}\n" for one in refused)
            reason = os.fsdecode(os.fsencode(path.name)[:_LONGEST]) + ".txt"
            self._disk.replace(failed / reason, why.encode("utf-8", "backslashreplace"), 0o644)
            self._disk.rename(path, failed / path.name)
            self._disk.sync_directory(failed)
        else:
            self._disk.unlink(path)
        self._disk.sync_directory(self._directory)
        return not refused


class RequestResult(NamedTuple):
    """The results of a request, and whether to notify applications of its recordings."""

    outcomes: list[Imported]
    notify: bool


class Requests:
    """Import requests of the ``bbbd`` command to a running daemon: a file each, and an answer beside it.

    ``<name>.ask`` is ``{"path": …, "unpublished": …, "notify": …}``; ``<name>.doing`` the percentage that is unpacked;
    ``<name>.answer`` the list of results, ``[[what, outcome, why], …]``.
    """

    def __init__(self, disk: Disk, directory: Path, importer: Importer) -> None:
        self._disk = disk
        self._directory = directory
        self._importer = importer
        #: How many requests wait, as the last look found.
        self.waiting = 0

    def delete_unfinished(self, now: int) -> None:
        """Delete what a kill left unfinished, and old answers that no command takes; called at start, at ``now`` (ms).

        Requests stay: they are carried out. Waits for the disk.
        """
        self._disk.sweep(self._directory)
        for path in self._directory.glob("*.answer"):
            if path.is_file() and now - path.stat().st_mtime * 1000 > _ANSWER_KEPT:
                self._disk.unlink(path)

    def carry_out(self, *, protect: bool) -> dict[Path, RequestResult]:
        """Carry out the waiting requests and return their results. Waits for the disk."""
        found = sorted(self._directory.glob("*.ask")) if self._directory.is_dir() else []
        requests = [path for path in found if not path.is_dir()]
        self.waiting = len(requests)
        return {path: self._carry_out(path, protect=protect) for path in requests}

    def _carry_out(self, path: Path, *, protect: bool) -> RequestResult:
        self.waiting -= 1
        percent = -1
        notify = False

        def progress(done: int, total: int) -> None:
            nonlocal percent
            if total and done * 100 // total != percent:
                percent = done * 100 // total
                self._disk.replace(path.with_suffix(".doing"), b"%d" % percent)

        try:
            request = json.loads(read_regular(path))
            source, unpublished = Path(request["path"]), request["unpublished"] is True
            notify = request.get("notify") is True
            outcomes = self._importer.import_from(source, unpublished=unpublished, protect=protect, progress=progress)
        except Exception as fault:
            outcomes = [Imported(path.stem, ImportOutcome.REFUSED, str(fault) or type(fault).__name__)]
        for one in outcomes:
            _log.info("import: {told}", event="import", file=path.name, told=str(one), audit=True)
        return RequestResult(outcomes, notify=notify)

    def answer(self, answers: dict[Path, RequestResult]) -> None:
        """Write the answers. Waits for the disk."""
        for path, done in answers.items():
            self._disk.replace(path.with_suffix(".answer"), json.dumps([list(one) for one in done.outcomes]).encode())
            # The request last: after a kill before this the request is carried out again, and no file is left over.
            self._disk.unlink(path.with_suffix(".doing"))
            self._disk.unlink(path)


def request_import(
    disk: Disk, directory: Path, name: str, path: Path, *, unpublished: bool, notify: bool = False
) -> Path:
    """Write the request to a running daemon to import an archive; return the path of the answer."""
    disk.mkdir(directory)
    request = {"path": str(path.absolute()), "unpublished": unpublished, "notify": notify}
    try:
        disk.replace(directory / f"{name}.ask", json.dumps(request).encode())
    except FileNotFoundError:
        # A daemon that started just now deleted the unfinished file; it does so once.
        disk.replace(directory / f"{name}.ask", json.dumps(request).encode())
    return directory / f"{name}.answer"


def take_answer(disk: Disk, answer: Path) -> list[Imported] | None:
    """Read and delete an answer; None if it does not exist yet."""
    try:
        outcomes = json.loads(read_regular(answer))
    except FileNotFoundError:
        return None
    disk.unlink(answer)
    return [Imported(what, ImportOutcome(outcome), why) for what, outcome, why in outcomes]
