"""Storage: the data directory, its safety after a crash, and its limits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bbbd.values.enums import Sync
from bbbd.values.fields import given
from bbbd.values.value_types import DIRECTORY, enum, size


def default_data_dir() -> str:
    """Return the data directory for a machine whose settings name none."""
    if state := os.environ.get("STATE_DIRECTORY"):
        return state.split(":")[0]
    return "/var/lib/bbbd" if os.geteuid() == 0 else str(Path.home() / ".local/state/bbbd")


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class StorageSettings:
    """Settings of storage."""

    data_dir: str = given(
        "bbbd.dataDir",
        DIRECTORY,
        "The directory of everything that bbbd stores. Empty: `$STATE_DIRECTORY`, else `/var/lib/bbbd`"
        " for root, else `~/.local/state/bbbd`.",
        default="",
        restart=True,
    )
    sync: Sync = given(
        "bbbd.sync",
        enum(Sync),
        "When bbbd syncs to the disk: `answers` before each answer that promises stored data, `never` to"
        " leave it to the system.",
        default=Sync.ANSWERS,
    )
    max_journal: int = given(
        "bbbd.maxJournal",
        size(least=1 << 20),
        "The size at which the journal of a meeting refuses chat, reactions and raised hands; people can still join"
        " and leave, and the meeting can end.",
        default=64 << 20,
    )
    min_free_disk: int = given(
        "bbbd.minFreeDisk",
        size(),
        "The free disk space below which meetings that record are refused.",
        default=200 << 20,
    )

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data_dir or default_data_dir())
