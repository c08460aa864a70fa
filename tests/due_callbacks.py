"""The callbacks that are due in a data directory, wherever the outbox has them."""

from __future__ import annotations

from pathlib import Path

from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.storage.disk import Disk


def due_callbacks(directory: Path) -> list[Delivery]:
    """Return what is due, in order."""
    box = OutboxStore(Disk(), directory / "outbox")
    return [entry for _number, entry in box.look(box.find())]
