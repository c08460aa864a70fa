"""The programs that read and write media: ffmpeg, and janus-pp-rec for the files of Janus. Each runs within limits."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from shutil import which

from bbbd import child_limits

#: The programs that must be there, and the Debian packages that have them.
PROGRAMS = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg", "janus-pp-rec": "janus-tools"}
_OF_JANUS = "janus-pp-rec"
#: Bytes of memory and of a file, and open files, of one program.
_MEMORY, _LARGEST_FILE, _OPEN_FILES = 4 << 30, 64 << 30, 1024
#: Of a stranger's file only what holds sound and pictures itself is read: DASH, HLS and others name further files.
MEDIA_ALONE = (
    "-format_whitelist", "matroska,webm,mov,mp4,m4a,ogg,wav,flac,mp3,aac,avi,flv", "-protocol_whitelist", "file",
)  # fmt: skip
#: Seconds that a program has whatever it does.
_LEAST_TIME = 120
#: Characters of what a program says.
_LONGEST = 300


class ToolFailed(Exception):
    """A program failed; the text is what it said last."""


def missing_programs(*, of_janus: bool = True) -> list[str]:
    """Return the programs that are not installed; without ``of_janus`` but those that its files need."""
    return [name for name in PROGRAMS if (of_janus or name != _OF_JANUS) and which(name) is None]


def run_tool(words: Sequence[str], seconds: float = 0) -> bytes:
    """Run a program to its end and return its output. Raises ``ToolFailed``.

    ``seconds`` are those of the media that it reads: a multiple of them is its time.
    """
    within = int(_LEAST_TIME + 30 * seconds)
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            list(words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within * 4,
            check=False,
            cwd="/",
            preexec_fn=partial(_limit, os.getpid(), within),
        )
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{words[0]} took more than {within * 4} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][-_LONGEST:]
        raise ToolFailed(f"{words[0]} ended with {done.returncode}: {said}")
    return done.stdout


def tool_lines(words: Sequence[str]) -> Iterator[bytes]:
    """Run a program that reads a file, and give the lines of its output as they come. Raises ``ToolFailed``.

    Its time is that of the processor: a file of the disk keeps it waiting for nothing else.
    """
    with subprocess.Popen(  # noqa: S603 - the words are ours
        list(words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        preexec_fn=partial(_limit, os.getpid(), _LEAST_TIME),  # noqa: PLW1509 - this process has no threads
    ) as process:
        assert process.stdout is not None
        try:
            yield from process.stdout
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise ToolFailed(f"{words[0]} ended with {process.returncode}")


def _limit(parent: int, seconds: int) -> None:
    child_limits.die_with(parent)
    child_limits.limit(memory=_MEMORY, seconds=seconds, largest_file=_LARGEST_FILE, open_files=_OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def ffmpeg(*words: str, seconds: float = 0) -> None:
    """Run ffmpeg. Raises ``ToolFailed``."""
    run_tool(["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *words], seconds)


def encoder_names() -> set[str]:
    """Return the encoders of ffmpeg. Raises ``ToolFailed``."""
    listed = run_tool(["ffmpeg", "-hide_banner", "-encoders"]).decode("utf-8", "replace")
    return {words[1] for line in listed.splitlines() if len(words := line.split()) > 1}


def probe(path: Path) -> tuple[float, int, int]:
    """Return the length of a file in milliseconds, and its picture's width and height (0). Raises ``ToolFailed``."""
    entries = "format=duration:stream=width,height"
    said = run_tool(["ffprobe", "-v", "error", *MEDIA_ALONE, "-show_entries", entries, "-of", "json", str(path)])
    try:
        found = json.loads(said)
        width, height = (max(int(one.get(side, 0)) for one in found["streams"]) for side in ("width", "height"))
        return float(found["format"]["duration"]) * 1000, width, height
    except (ValueError, KeyError, TypeError):
        raise ToolFailed("it has no length") from None
