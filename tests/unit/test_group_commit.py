"""Group commit when the settings change while answers wait."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred

from bbbd.metrics.counting import Metrics
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import GroupCommit
from bbbd.values.enums import Sync

T = TypeVar("T")


class SlowThread:
    """Runs functions when a test says."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, function: Callable[[], T], /) -> Deferred[T]:
        result: Deferred[T] = Deferred()
        self.waiting.append(lambda: result.callback(function()))
        return result

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def test_answers_that_wait_when_syncing_is_switched_off_are_given(tmp_path: Path) -> None:
    thread, current = SlowThread(), CurrentSettings(Settings())
    rounds = GroupCommit(Disk(), thread, current, Metrics())
    path = tmp_path / "file"
    path.write_bytes(b"data")
    rounds.touched(path, b"data", name_too=True)
    given: list[str] = []
    rounds.settled().addCallback(lambda _none: given.append("first"))
    # It waits for the next round, since the running one may have passed its file.
    rounds.settled().addCallback(lambda _none: given.append("second"))
    current.settings = dataclasses.replace(current.settings, sync=Sync.NEVER)
    thread.run()
    assert given == ["first", "second"]
    assert not rounds.busy
