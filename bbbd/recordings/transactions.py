"""Transactions with a write-ahead note: moves and edits of recordings, all or none, even if a kill interrupts them.

The note, below ``moves``, lists all steps before the first is done, and is deleted after the last. A start repeats
each note that it finds; a step that was done before does nothing. When a step fails, an undo note replaces the note,
and the steps are undone; what the disk refuses then is undone by ``mend``, later. All functions wait for the disk.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from twisted.logger import Logger

from bbbd.recordings.atomic_replace import finish_replacements
from bbbd.recordings.index import MetadataKey
from bbbd.recordings.layout import DELETED_NOTE, Layout, Place
from bbbd.recordings.metadata import UnreadableMetadata, read_metadata_file
from bbbd.recordings.metadata_edits import ABSENT, change_metadata, current_meta
from bbbd.storage.disk import Disk, read_regular

_log = Logger()


class TransactionStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The move of one format of a recording, and the changes of its metadata.xml.

    ``aside`` is the new name, in the same directory, of an obstacle at the target; only a purge erases it. With
    ``undo`` the step is to be undone, and ``meta`` and ``protected`` are the old values.
    """

    format: str
    record_id: str
    source: Place
    target: Place
    meta: dict[str, str] = {}
    protected: str = ""
    deleted_at: int = 0
    aside: str = ""
    undo: bool = False


class Transaction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps that are done together."""

    steps: tuple[TransactionStep, ...]


class TransactionRunner:
    """Runs the transactions of one layout."""

    def __init__(self, disk: Disk, layout: Layout) -> None:
        self._disk = disk
        self._layout = layout
        #: Steps that are still to be undone, none for what is done, by the notes that are to go.
        self._undone: dict[Path, tuple[TransactionStep, ...]] = {}

    def do(self, steps: tuple[TransactionStep, ...]) -> None:
        """Do all steps. Raises ``UnreadableMetadata`` and ``OSError``; then nothing has changed."""
        self._disk.mkdir(self._layout.moves)
        with self._layout.lock:
            self._mend()
            self._do(steps)

    def mend(self) -> None:
        """Undo what the disk refused to undo, and finish replacements that stopped halfway. Raises ``OSError``."""
        with self._layout.lock:
            self._mend()

    def _mend(self) -> None:
        for path, steps in list(self._undone.items()):
            with suppress(OSError):
                # If the undo note cannot be written, a kill now completes the change instead, which is consistent too.
                if steps:
                    self._note(path, steps)
            for step in steps:
                self._undo_step(step)
            self._delete_note(path)
            del self._undone[path]
        finish_replacements(self._disk, self._layout)

    def _do(self, steps: tuple[TransactionStep, ...]) -> None:
        steps = self._with_obstacles_named(steps)
        back = [self._undo_step_of(step) for step in steps]
        path = self._layout.moves / f"{secrets.token_hex(8)}.json"
        begun = 0
        try:
            self._note(path, steps)
            for step in steps:
                begun += 1
                self._do_step(step)
        except (UnreadableMetadata, OSError):
            self._undone[path] = tuple(reversed(back[:begun]))
            with suppress(OSError):
                self._mend()
            raise
        # All is done. A note that stays is removed before anything else changes: a start would do it again.
        self._undone[path] = ()
        with suppress(OSError):
            self._mend()

    def _with_obstacles_named(self, steps: tuple[TransactionStep, ...]) -> tuple[TransactionStep, ...]:
        """Return the steps, each with a new name for an obstacle at its target."""
        targets: set[Path] = set()
        planned = []
        for step in steps:
            target = self._layout.directory(step.target, step.format, step.record_id)
            in_the_way = step.source is not step.target and (target in targets or target.exists())
            aside = f".old-{step.record_id}-{secrets.token_hex(4)}" if in_the_way else ""
            planned.append(msgspec.structs.replace(step, aside=aside))
            targets.add(target)
        return tuple(planned)

    def finish(self) -> None:
        """Finish all notes; a note that cannot be finished stays, and is logged."""
        self._disk.mkdir(self._layout.moves)
        self._disk.sweep(self._layout.moves)
        if finish_replacements(self._disk, self._layout):
            for place in (Place.PUBLISHED, Place.UNPUBLISHED, Place.DELETED):
                self._sweep(self._layout.tree(place))
        for path in sorted(self._layout.moves.glob("*.json")):
            try:
                for step in msgspec.json.decode(read_regular(path), type=Transaction).steps:
                    (self._undo_step if step.undo else self._do_step)(step)
                self._delete_note(path)
            except (OSError, ValueError) as fault:
                _log.error("{path} cannot be finished: {why}", event="move_unfinished", path=str(path), why=str(fault))

    def _sweep(self, tree: Path) -> None:
        self._disk.sweep(tree)
        for named in tree.glob("*"):
            if named.is_dir():
                self._disk.sweep(named)

    def _note(self, path: Path, steps: tuple[TransactionStep, ...]) -> None:
        self._disk.replace(path, msgspec.json.encode(Transaction(steps=steps)))

    def _delete_note(self, path: Path) -> None:
        self._disk.unlink(path)
        self._disk.sync_directory(path.parent)

    def _undo_step_of(self, step: TransactionStep) -> TransactionStep:
        """Return the step that undoes one. Reads the metadata, so it fails if the step would."""
        data = read_metadata_file(self._layout.metadata(step.source, step.format, step.record_id))
        change_metadata(data, state=step.target.value, meta=step.meta, protected=step.protected)
        old, protected = current_meta(data, step.meta)
        kept = (protected or ABSENT) if step.protected else ""
        return msgspec.structs.replace(step, meta=old, protected=kept, undo=True)

    def _do_step(self, step: TransactionStep) -> None:
        """Do a step, or the rest of it."""
        source = self._layout.directory(step.source, step.format, step.record_id)
        target = self._layout.directory(step.target, step.format, step.record_id)
        here = source if source.is_dir() else target
        if not self._edit(here, step, step.target):
            return
        if here is source and source != target:
            if step.aside and target.exists():
                self._rename(target, target.parent / step.aside)
            self._rename(source, target)
        if step.deleted_at:
            self._disk.replace(target / DELETED_NOTE, b"%d\n" % step.deleted_at, 0o644)
        else:
            self._disk.unlink(target / DELETED_NOTE)

    def _undo_step(self, step: TransactionStep) -> None:
        """Undo a step as far as it was done; if the source exists, it was not moved, or is back."""
        source = self._layout.directory(step.source, step.format, step.record_id)
        target = self._layout.directory(step.target, step.format, step.record_id)
        here = source if source.is_dir() else target
        if not self._edit(here, step, step.source):
            return
        self._disk.unlink(here / DELETED_NOTE)
        if here is target and source != target:
            self._rename(target, source)
        aside = target.parent / step.aside
        if step.aside and aside.is_dir() and not target.exists():
            self._rename(aside, target)

    def _edit(self, here: Path, step: TransactionStep, state: Place) -> bool:
        """Edit the metadata.xml in a directory; return False if there is none."""
        path = here / "metadata.xml"
        if not path.exists():
            return False
        self._disk.sweep(here)
        changed = change_metadata(read_metadata_file(path), state=state.value, meta=step.meta, protected=step.protected)
        self._disk.replace(path, changed, path.stat().st_mode & 0o777)
        return True

    def _rename(self, source: Path, target: Path) -> None:
        self._disk.mkdir(target.parent, 0o755)
        self._disk.rename(source, target)
        self._disk.sync_directory(target.parent)
        if source.parent != target.parent:
            self._disk.sync_directory(source.parent)


def move_steps(keys: list[MetadataKey], target: Place, deleted_at: int = 0) -> tuple[TransactionStep, ...]:
    """Return the steps that move formats to a place."""
    return tuple(
        TransactionStep(
            format=key.format, record_id=key.record_id, source=key.place, target=target, deleted_at=deleted_at
        )
        for key in keys
        if key.place is not target
    )


def edit_steps(keys: list[MetadataKey], meta: Mapping[str, str], protected: str = "") -> tuple[TransactionStep, ...]:
    """Return the steps that edit the metadata of formats in their places."""
    return tuple(
        TransactionStep(
            format=key.format,
            record_id=key.record_id,
            source=key.place,
            target=key.place,
            meta=dict(meta),
            protected=protected,
        )
        for key in keys
    )
