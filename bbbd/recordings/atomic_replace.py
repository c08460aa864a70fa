"""Replaces directories atomically: all of them or none, even if a kill interrupts it.

A write-ahead note lists the replacements before the first rename. A start finishes each note that it finds. All
functions wait for the disk.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

import msgspec
from twisted.logger import Logger

from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk, read_regular

_log = Logger()

_ENDING = ".arrival"


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complete directory, its target, and the directories that it replaces."""

    source: str
    target: str
    replaced: tuple[str, ...] = ()


class _Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    replacements: tuple[Replacement, ...] = msgspec.field(name="arrivals")


class Halfway(OSError):
    """Neither done nor undone: the next start finishes the note, and nothing may be removed until then."""


def replace_all(disk: Disk, layout: Layout, replacements: tuple[Replacement, ...]) -> None:
    """Do all replacements. Raises ``OSError``; then nothing has changed, unless it is ``Halfway``."""
    note = layout.moves / f"{secrets.token_hex(8)}{_ENDING}"
    disk.mkdir(layout.moves)
    disk.replace(note, msgspec.json.encode(_Note(replacements=replacements)))
    moved: list[tuple[Path, Path]] = []
    try:
        set_aside = [away for one in replacements for away in _replace(disk, one, moved)]
    except OSError:
        try:
            for now, before in reversed(moved):
                disk.rename(now, before)
                disk.sync_directory(before.parent)
        except OSError as fault:
            raise Halfway(*fault.args) from fault
        _delete_note(disk, note)
        raise
    with suppress(OSError):
        # All is in its place; doing it again does nothing.
        _delete_note(disk, note)
    for away in set_aside:
        disk.remove_tree(away)


def finish_replacements(disk: Disk, layout: Layout) -> bool:
    """Finish all notes; a note that cannot be finished stays, and is logged. Return whether none stays."""
    done = True
    for note in sorted(layout.moves.glob(f"*{_ENDING}")):
        try:
            for one in msgspec.json.decode(read_regular(note), type=_Note).replacements:
                for away in _replace(disk, one, []):
                    disk.remove_tree(away)
            _delete_note(disk, note)
        except (OSError, ValueError) as fault:
            done = False
            _log.error("{path} cannot be finished: {why}", event="move_unfinished", path=str(note), why=str(fault))
    return done


def _delete_note(disk: Disk, note: Path) -> None:
    disk.unlink(note)
    disk.sync_directory(note.parent)


def _replace(disk: Disk, one: Replacement, moved: list[tuple[Path, Path]]) -> list[Path]:
    """Do one replacement, unless it is done; append each rename to ``moved``; return the directories set aside."""
    source, target = Path(one.source), Path(one.target)
    if not source.exists():
        return []
    aside = []
    disk.mkdir(target.parent, 0o755)
    for old in map(Path, one.replaced):
        if old.exists():
            away = disk.unfinished(old.parent)
            disk.rename(old, away)
            moved.append((away, old))
            aside.append(away)
            disk.sync_directory(old.parent)
    disk.rename(source, target)
    moved.append((target, source))
    disk.sync_directory(target.parent)
    return aside
