"""What every command of ``bbbd`` shares: its settings, its output, a reactor for what calls out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from bbbd.calling import Target, target_of
from bbbd.disk import Disk
from bbbd.secret import load_secrets
from bbbd.settings import Settings
from bbbd.settings_files import Fault, read_settings

T = TypeVar("T")

GOOD, BAD = 0, 1


class Stopped(Exception):
    """The command cannot go on; the text says why."""


def settings_of(options: argparse.Namespace) -> tuple[Settings, tuple[Fault, ...]]:
    """Return the settings that a command line names, and what to warn of."""
    overrides = {"bbbd.dataDir": options.data_dir} if options.data_dir else {}
    return read_settings(options.settings, overrides)


def own_target(options: argparse.Namespace) -> Target:
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
        raise Stopped(f"no answer: {faults[0]}") from faults[0]
    return results[0]
