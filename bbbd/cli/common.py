"""Parts that all subcommands share: exit statuses, settings, output, progress, and the lock of the data directory."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bbbd.settings.properties import BadSettings, SettingsFault, check_assignments, read_settings
from bbbd.settings.secret import NoSecret
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

GOOD, BAD = 0, 1


class CommandFailed(Exception):
    """The command cannot continue; the text is the reason."""


def execute(options: argparse.Namespace) -> int:
    """Run the chosen subcommand and return its exit status; a failure is printed to standard error."""
    try:
        status: int = options.do(options)
    except BadSettings as fault:
        sys.stderr.write(f"{fault}\n")
        return BAD
    except (CommandFailed, NoSecret, OSError) as fault:
        sys.stderr.write(f"bbbd: {fault}\n")
        return BAD
    return status


def settings_of(options: argparse.Namespace) -> tuple[Settings, tuple[SettingsFault, ...]]:
    """Return the settings that a command line names, and the warnings about them."""
    overrides = dict(options.assigned)
    check_assignments(overrides)
    if options.data_dir:
        overrides["bbbd.dataDir"] = options.data_dir
    return read_settings(options.settings, overrides)


def say(options: argparse.Namespace, text: str, **facts: object) -> None:
    """Print one line of text, or one JSON object."""
    sys.stdout.write((json.dumps(facts) if options.json else text) + "\n")


def piped_line() -> str:
    """Return the first line of standard input, which may begin with a byte order mark."""
    try:
        return sys.stdin.buffer.readline().decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise CommandFailed("standard input is not UTF-8") from None


@contextmanager
def alone(settings: Settings, disk: Disk) -> Iterator[bool]:
    """Lock the data directory and yield True, or yield False while a running daemon holds the lock."""
    disk.mkdir(settings.directory)
    lock = disk.lock(settings.directory / "lock")
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def progress_of(what: str) -> Callable[[int, int], None]:
    """Return a function that shows progress on a terminal, and does nothing elsewhere."""
    last = -1

    def progress(done: int, total: int) -> None:
        nonlocal last
        percent = done * 100 // total if total else 100
        if percent != last and sys.stderr.isatty():
            last = percent
            sys.stderr.write(f"\r{what}: {percent} %" + ("\n" if percent == 100 else ""))
            sys.stderr.flush()

    return progress
