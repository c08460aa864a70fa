"""The free space on the data directory's disk, measured now and then, so that no call waits for the disk.

Bodies that are still arriving reserve their space, so that several together cannot fill the disk.
"""

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
        #: Bytes promised to bodies that are not on the disk yet.
        self.reserved = 0
        #: All bytes that were ever filled.
        self._filled = 0

    @property
    def spare(self) -> int:
        """The bytes above ``bbbd.minFreeDisk`` and all reservations, which can be reserved."""
        return self.bytes - self.reserved - self._current.settings.min_free_disk

    @property
    def is_low(self) -> bool:
        """Whether the disk is nearly full: then nothing large is stored any more.

        Reservations do not make it full: what is reserved stays above ``bbbd.minFreeDisk``.
        """
        return self.bytes < self._current.settings.min_free_disk

    def reserve(self, length: int) -> bool:
        """Reserve space for so many bytes; return whether there is enough."""
        if length > self.spare:
            return False
        self.reserved += length
        return True

    def fill(self, length: int) -> None:
        """Turn reserved space into used space: the bytes are on the disk. The next measurement includes them."""
        self.reserved -= length
        self.bytes -= length
        self._filled += length

    def release(self, length: int) -> None:
        """Give reserved space back: the bytes will not arrive."""
        self.reserved -= length

    async def measure(self) -> None:
        """Measure again, in a thread. Raises ``OSError``."""
        before = self._filled
        found = await self._thread(partial(self._disk.free, self._current.settings.directory))
        # It may have missed what was filled meanwhile.
        self.bytes = found - (self._filled - before)
