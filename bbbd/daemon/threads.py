"""The threads of the process: pools for what waits for disks, names and long work."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from bbbd.daemon.stopping import Waits

_log = Logger()


class ThreadPools:
    """All pools of one process. They run from ``start`` to ``end``."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pools: list[ThreadPool] = []
        #: Functions that run, or wait for a thread.
        self.at_work = 0

    def make(self, name: str, most: int) -> Callable[[Any], Deferred[Any]]:
        """Return a function that runs other functions in a pool of threads of their own."""
        pool = ThreadPool(1, most, name=name)
        self._pools.append(pool)
        return partial(self._run, pool)

    def _run(self, pool: ThreadPool, function: Callable[[], Any]) -> Deferred[Any]:
        self.at_work += 1
        done: Deferred[Any] = deferToThreadPool(self._reactor, pool, function)
        return done.addBoth(self._done)

    def _done(self, result: Any) -> Any:
        self.at_work -= 1
        return result

    def start(self) -> None:
        """Start all threads."""
        for pool in self._pools:
            pool.start()

    async def end(self, waits: Waits, until: float) -> None:
        """End all threads, once their work is done. What has no time left is cut off: the next start does it again."""
        await waits.until(lambda: not self.at_work, until)
        if not self.at_work:
            for pool in self._pools:
                pool.stop()
            return
        _log.warn(
            "work in {count} threads is cut off; the next start does it again", event="work_cut_off", count=self.at_work
        )
        # Python would wait for these threads.
        self._reactor.addSystemEventTrigger("after", "shutdown", os._exit, 0)
