"""Conversion of an upload in a process of its own, which isolates the server from hostile files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bbbd.child_programs import environment
from bbbd.storage.disk import Disk, open_regular, read_regular
from bbbd.values.texts import without_controls

#: Seconds; far more than the largest upload needs on a slow machine.
TIMEOUT = 300
#: The program that converts an upload.
PROGRAM = (sys.executable, "-P", "-m", "bbbd.subtitles")
#: The first bytes of a file of WebVTT, behind an optional byte order mark.
_MAGIC = (b"WEBVTT", b"\xef\xbb\xbfWEBVTT")
#: ``EX_DATAERR``: the exit status of ``bbbd.subtitles`` for a refused file.
_REFUSED = 65
#: How many cues were left out, if any.
_COUNT = re.compile(rb"(?:[0-9]{1,9}\n?)?")


class UnconvertibleUpload(ValueError):
    """The upload cannot become a text track; the text says why."""


class UploadInterrupted(OSError):
    """The conversion was interrupted and may be retried; the text says why."""


class ConvertedUpload(NamedTuple):
    """A file of WebVTT, and how many cues of the upload were left out, as they cannot be timed."""

    path: Path
    left_out: int


def convert(
    disk: Disk, source: Path, directory: Path, content_type: str, name: str, program: Sequence[str] = PROGRAM
) -> ConvertedUpload:
    """Convert an upload to WebVTT, in an unfinished file of a directory. Blocks for long.

    Raises ``UnconvertibleUpload`` if the upload is at fault, ``UploadInterrupted`` if the conversion was cut off,
    by a signal or a limit, and ``OSError`` if the disk fails.
    """
    command = (*program, f"--type={_plain(content_type)}", f"--name={_plain(name)}")
    with open_regular(source) as upload, disk.preparing(directory, 0o644) as (unfinished, descriptor):
        try:
            done = subprocess.run(  # noqa: S603 - only two option values come from outside
                command,
                stdin=upload,
                stdout=descriptor,
                stderr=subprocess.PIPE,
                timeout=TIMEOUT,
                check=False,
                cwd="/",
                env=environment(),
            )
        except subprocess.TimeoutExpired:
            raise UploadInterrupted(f"was not converted within {TIMEOUT} s") from None
        if done.returncode == _REFUSED:
            raise UnconvertibleUpload(done.stderr.decode("utf-8", "replace").strip()[:500])
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
            raise UploadInterrupted(f"the conversion ended with status {done.returncode}: {last}")
        if not (read_regular(unfinished, len(_MAGIC[1])).startswith(_MAGIC) and _COUNT.fullmatch(done.stderr)):
            raise UploadInterrupted("the conversion wrote something else than WebVTT and a count")
    return ConvertedUpload(unfinished, int(done.stderr or b"0"))


def _plain(text: str) -> str:
    return without_controls(text)[:200]
