"""Batches of the outbox: one file for what an event makes due to several, whatever a kill or a damage leaves of it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from harness import FaultyDisk, no_descriptors

from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.outbox_batches import Batch
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.recent_deliveries import MOST_KEPT, RecentDeliveries
from bbbd.storage.disk import Disk


def entry(receiver: str, content: str = "[]", n: int = 7) -> Delivery:
    return Delivery(
        kind=CallbackKind.HOOK,
        url=f"http://host/{receiver}",
        receiver=receiver,
        content=content,
        meeting="A",
        event_number=n,
        created_at=5,
    )


THREE = [entry("1"), entry("2"), entry("3", "other")]


@pytest.fixture
def disk() -> FaultyDisk:
    return FaultyDisk()


@pytest.fixture
def box(tmp_path: Path, disk: FaultyDisk) -> OutboxStore:
    """An outbox with a batch of the numbers 1 to 3."""
    made = OutboxStore(disk, tmp_path / "outbox")
    made.prepare()
    made.write_batch(made.next_number(), THREE)
    made.next_number()
    made.next_number()
    return made


def settle(box: OutboxStore, numbers: list[int]) -> list[Path]:
    """Settle entries, and delete what is over; return the files that are."""
    over = box.batches.leave(numbers)
    box.batches.delete(box.batches.to_delete())
    return over


def files(box: OutboxStore) -> list[str]:
    return sorted(path.name for path in box.directory.iterdir() if path.is_file())


def after_a_kill(box: OutboxStore) -> dict[int, Delivery]:
    """Return what the next start finds due."""
    again = OutboxStore(FaultyDisk(), box.directory)
    again.prepare()
    due = dict(again.load(again.find()))
    again.batches.delete(again.batches.to_delete())
    assert due == dict(again.look(again.numbers()))
    return due


BATCH = "000000000000001-000000000000003.jsonl"


def test_all_that_is_due_is_in_one_file_and_is_read_from_it(box: OutboxStore) -> None:
    assert files(box) == [BATCH]
    assert [box.read(number) for number in (1, 2, 3, 4)] == [*THREE, None]
    assert after_a_kill(box) == dict(enumerate(THREE, 1))


def test_the_same_message_is_written_once(box: OutboxStore) -> None:
    _path, data = box.write_batch(4, [entry(str(number), "x" * 1000) for number in range(100)])
    assert len(data) < 6000


def test_what_is_settled_is_not_repeated_and_the_last_deletes_the_file(box: OutboxStore) -> None:
    assert settle(box, [2]) == []
    assert after_a_kill(box) == {1: THREE[0], 3: THREE[2]}
    assert settle(box, [1]) == []
    assert after_a_kill(box) == {3: THREE[2]}
    assert settle(box, [3]) == [box.directory / BATCH]
    assert files(box) == []


def test_a_kill_before_a_batch_is_deleted_repeats_nothing(box: OutboxStore) -> None:
    box.batches.leave([1, 2])
    box.batches.leave([3])
    assert files(box) == [BATCH]
    assert after_a_kill(box) == {}
    assert files(box) == []


def test_many_that_are_settled_at_once_are_one_write(box: OutboxStore) -> None:
    before = (box.directory / BATCH).read_bytes()
    settle(box, [1, 3])
    assert (box.directory / BATCH).read_bytes() == before + b'{"line":"left","numbers":[1,3]}\n'


def test_an_entry_that_failed_counts_in_its_own_file(box: OutboxStore) -> None:
    failed = msgspec.structs.replace(THREE[1], tries=1, last_result="status 500")
    box.change(2, failed)
    # A kill before it left the batch.
    assert after_a_kill(box) == {1: THREE[0], 2: failed, 3: THREE[2]}
    # That start has noted it: once the own file is gone, it is not sent again.
    box.path(2).unlink()
    assert after_a_kill(box) == {1: THREE[0], 3: THREE[2]}


def test_a_given_up_entry_is_not_due(box: OutboxStore) -> None:
    box.change(2, THREE[1])
    box.batches.leave([2])
    box.give_up(2, THREE[1])
    assert after_a_kill(box).keys() == {1, 3}
    assert [path.name for path in box.given_up.iterdir()] == ["000000000000002.json"]


def test_a_batch_whose_entries_all_went_before_a_kill_is_deleted(box: OutboxStore) -> None:
    for number, one in enumerate(THREE, 1):
        box.change(number, one)
    assert after_a_kill(box) == dict(enumerate(THREE, 1))
    assert BATCH not in files(box)


def test_a_number_in_a_batch_is_never_used_again(box: OutboxStore) -> None:
    again = OutboxStore(FaultyDisk(), box.directory)
    again.prepare()
    assert again.next_number() == 4


def test_a_batch_that_is_made_while_those_before_are_found_is_not_found_twice(box: OutboxStore) -> None:
    again = OutboxStore(FaultyDisk(), box.directory)
    again.prepare()
    again.write_batch(again.next_number(), THREE)
    settle(again, [4])
    assert [number for number, _entry in again.load(again.find())] == [1, 2, 3, 5, 6]


@pytest.mark.parametrize("torn", [b'{"line":"left","num', b"\0" * 40])
def test_a_torn_end_repeats_what_it_was_about_and_is_written_over(box: OutboxStore, torn: bytes) -> None:
    settle(box, [1])
    whole = (box.directory / BATCH).read_bytes()
    (box.directory / BATCH).write_bytes(whole + torn)
    again = OutboxStore(FaultyDisk(), box.directory)
    again.prepare()
    assert [number for number, _entry in again.load(again.find())] == [2, 3]
    settle(again, [3])
    assert (box.directory / BATCH).read_bytes() == whole + b'{"line":"left","numbers":[3]}\n'


def test_what_a_full_disk_does_not_note_is_noted_later(box: OutboxStore, disk: FaultyDisk) -> None:
    disk.faults["write"] = OSError(errno.ENOSPC, "full")
    assert settle(box, [1]) == []
    assert after_a_kill(box).keys() == {1, 2, 3}
    assert box.batches.note_again() == []
    disk.faults.clear()
    assert box.batches.note_again() == [box.directory / BATCH]
    assert after_a_kill(box).keys() == {2, 3}
    assert box.batches.note_again() == []


def test_a_full_disk_still_deletes_the_batch_whose_last_is_settled(box: OutboxStore, disk: FaultyDisk) -> None:
    disk.faults["write"] = OSError(errno.ENOSPC, "full")
    settle(box, [1])
    assert settle(box, [2, 3]) == [box.directory / BATCH]
    assert files(box) == []
    assert box.batches.note_again() == []


def test_a_batch_that_vanished_or_was_put_back_stops_nothing(box: OutboxStore) -> None:
    path = box.directory / BATCH
    first = path.read_bytes()
    settle(box, [1])
    # A file whose sync failed is written anew as it was at first.
    path.write_bytes(first)
    settle(box, [2])
    assert path.read_bytes() == first
    path.unlink()
    assert settle(box, [3]) == [path]


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        # A kill between making a file and writing it: its event never happened.
        (lambda _whole: b"", []),
        # A kill in the middle of the write: so does what can be read of it say.
        (lambda whole: whole[:-5], []),
        (lambda whole: whole, []),
    ],
)
def test_a_batch_of_what_never_happened_is_deleted_at_once(
    box: OutboxStore, spoil: Callable[[bytes], bytes], left: list[str]
) -> None:
    path = box.directory / BATCH
    path.write_bytes(spoil(path.read_bytes()))
    box.delete_unhappened({"A": 6})
    assert files(box) == left


def test_a_batch_of_what_happened_stays(box: OutboxStore) -> None:
    box.write(4, entry("1", n=8))
    box.delete_unhappened({"A": 7})
    assert files(box) == [BATCH]


def test_of_a_damaged_batch_all_is_sent_that_can_be_read(box: OutboxStore, asked_for: set[str]) -> None:
    asked_for.add("callback_damaged")
    path = box.directory / BATCH
    path.write_bytes(path.read_bytes()[:-5])
    assert after_a_kill(box) == {1: THREE[0], 2: THREE[1]}
    assert files(box) == ["000000000000001-000000000000003.damaged", "000000000000001.json", "000000000000002.json"]
    assert after_a_kill(box) == {1: THREE[0], 2: THREE[1]}


def test_a_damaged_file_that_cannot_be_set_aside_holds_up_no_other(
    box: OutboxStore, disk: FaultyDisk, asked_for: set[str]
) -> None:
    asked_for.add("callback_damaged")
    box.write(4, entry("4"))
    box.write(5, entry("5"))
    box.path(4).write_text("nonsense")
    disk.refuse_rename = str(box.path(4).with_suffix(".damaged"))
    again = OutboxStore(disk, box.directory)
    again.prepare()
    again.delete_unhappened({})
    assert dict(again.load(again.find())).keys() == {1, 2, 3, 5}


def test_numbers_that_are_not_in_a_damaged_batch_are_left_alone(box: OutboxStore, asked_for: set[str]) -> None:
    asked_for.add("callback_damaged")
    path = box.directory / BATCH
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"line":"left","numbers":[-5,0,2,4,9000000]}\n')
    assert after_a_kill(box) == {1: THREE[0], 3: THREE[2]}
    path.write_bytes(whole + whole)
    assert after_a_kill(box) == dict(enumerate(THREE, 1))
    assert files(box)[:1] == ["000000000000001-000000000000003.damaged"]


def test_what_cannot_be_read_for_a_while_is_not_taken_for_damaged(box: OutboxStore) -> None:
    box.write(4, entry("4"))
    again = OutboxStore(Disk(), box.directory)
    again.prepare()
    numbers = again.find()
    for some in ([1], [4]):
        with no_descriptors(), pytest.raises(OSError, match="Too many open files"):
            list(again.load(some))
        with no_descriptors(), pytest.raises(OSError, match="Too many open files"):
            again.read(*some)
    assert dict(again.load(numbers)).keys() == {1, 2, 3, 4}
    assert files(box) == [BATCH, box.path(4).name]


def test_the_entries_of_a_batch_are_read_together(box: OutboxStore) -> None:
    first = box.read(1)
    with no_descriptors():
        assert [first, box.read(2), box.read(3)] == THREE


def test_memory_keeps_the_latest_entries() -> None:
    recent = RecentDeliveries()
    large = entry("1", "x" * (MOST_KEPT // 4))
    for number in range(1, 7):
        recent.keep(number, large)
    assert [number for number in range(1, 7) if recent.take(number)] == [4, 5, 6]
    recent.keep(7, large)
    assert recent.take(7) == large


def test_sets_of_numbers() -> None:
    batch = Batch(first=7, last=1006, due=0)
    for numbers in ([], [7], [1006], [8, 500, 1000]):
        assert batch.numbers(batch.bits(numbers)) == numbers
