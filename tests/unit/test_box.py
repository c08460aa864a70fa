"""The files of the outbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.storage.disk import Disk


def entry(meeting: str, n: int) -> Delivery:
    return Delivery(
        kind=CallbackKind.END,
        url="http://host/",
        receiver="http://host/",
        meeting=meeting,
        event_number=n,
        created_at=0,
    )


@pytest.fixture
def box(tmp_path: Path) -> OutboxStore:
    made = OutboxStore(Disk(), tmp_path / "outbox")
    made.prepare()
    return made


def test_a_number_is_never_used_twice_while_something_has_it(box: OutboxStore) -> None:
    first, second = box.next_number(), box.next_number()
    box.write(first, entry("a", 1))
    box.write(second, entry("a", 2))
    box.delete([first])
    box.give_up(second, entry("a", 2))
    again = OutboxStore(Disk(), box.directory)
    again.prepare()
    third = again.next_number()
    again.write(third, entry("b", 1))
    again.give_up(third, entry("b", 1))
    assert len(list(box.given_up.iterdir())) == 2


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        # A kill between making a file and writing it: its event never happened.
        (lambda _whole: b"", []),
        # Damage is kept, since its event may have happened.
        (lambda whole: whole[:-5], ["000000000000003.damaged"]),
    ],
)
def test_an_entry_that_cannot_be_read_goes_only_when_it_is_empty(
    box: OutboxStore, spoil: Callable[[bytes], bytes], left: list[str], asked_for: set[str]
) -> None:
    asked_for.add("callback_damaged")
    box.write(1, entry("A", 6))
    box.write(2, entry("A", 7))
    box.write(3, entry("B", 4))
    box.path(3).write_bytes(spoil(box.path(3).read_bytes()))
    box.delete_unhappened({"A": 6, "B": 4})
    files = sorted(path.name for path in box.directory.iterdir() if path.is_file())
    assert files == ["000000000000001.json", *left]
