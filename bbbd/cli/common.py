"""What every command of ``bbbd`` shares: settings, output, progress, the data directory, a reactor to call out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from bbbd.cli.api_client import ApiTarget, target_of
from bbbd.settings.properties import SettingsFault, read_settings
from bbbd.settings.secret import load_secrets
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

T = TypeVar("T")

GOOD, BAD = 0, 1


class CommandFailed(Exception):
    """The command cannot go on; the text says why."""


def settings_of(options: argparse.Namespace) -> tuple[Settings, tuple[SettingsFault, ...]]:
    """Return the settings that a command line names, and what to warn of."""
    overrides = {"bbbd.dataDir": options.data_dir} if options.data_dir else {}
    return read_settings(options.settings, overrides)


def own_target(options: argparse.Namespace) -> ApiTarget:
    """Return this server as one to call."""
    settings, _faults = settings_of(options)
    return target_of(settings, load_secrets(settings, Disk()))


def say(options: argparse.Namespace, text: str, **facts: object) -> None:
    """Tell one line, or one JSON object."""
    sys.stdout.write((json.dumps(facts) if options.json else text) + "\n")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine under a reactor and return its result."""
    results: list[T] = []
    faults: list[BaseException] = []

    async def main() -> None:
        try:
            results.append(await work())
        except Exception as fault:
            faults.append(fault)

    with suppress(SystemExit):
        react(lambda _reactor: Deferred.fromCoroutine(main()))
    if faults:
        raise CommandFailed(f"no answer: {faults[0]}") from faults[0]
    return results[0]


@contextmanager
def alone(settings: Settings, disk: Disk) -> Iterator[bool]:
    """Take the data directory, and tell whether it could be: it cannot while a daemon runs."""
    disk.mkdir(settings.directory)
    lock = disk.lock(settings.directory / "lock")
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def progress_of(what: str) -> Callable[[int, int], None]:
    """Return what shows progress to a terminal, and nothing elsewhere."""
    last = -1

    def progress(done: int, total: int) -> None:
        nonlocal last
        percent = done * 100 // total if total else 100
        if percent != last and sys.stderr.isatty():
            last = percent
            sys.stderr.write(f"\r{what}: {percent} %" + ("\n" if percent == 100 else ""))
            sys.stderr.flush()

    return progress
