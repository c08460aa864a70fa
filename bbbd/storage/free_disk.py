"""The free space on the data directory's disk, measured now and then, so that no call waits for the disk."""

from __future__ import annotations

from functools import partial

from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread


class FreeDisk:
    """Holds the free bytes of the last measurement. The constructor makes the first one, and waits for the disk."""

    def __init__(self, disk: Disk, thread: Thread, current: CurrentSettings) -> None:
        self._disk = disk
        self._thread = thread
        self._current = current
        self.bytes = disk.free(current.settings.directory)

    @property
    def spare(self) -> int:
        """The bytes above ``bbbd.minFreeDisk``; negative when the disk is nearly full."""
        return self.bytes - self._current.settings.min_free_disk

    @property
    def is_low(self) -> bool:
        """Whether the disk is nearly full: then nothing large is stored any more."""
        return self.spare < 0

    async def measure(self) -> None:
        """Measure again, in a thread. Raises ``OSError``."""
        self.bytes = await self._thread(partial(self._disk.free, self._current.settings.directory))
