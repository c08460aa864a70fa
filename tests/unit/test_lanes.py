"""Whose turn it is among receivers."""

from __future__ import annotations

from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.receiver_queues import MOST_TO_ONE_HOST, ReceiverQueue, ReceiverQueues


def entry(receiver: str) -> Delivery:
    return Delivery(kind=CallbackKind.HOOK, url="http://host/", receiver=receiver, created_at=0)


def begun(lanes: ReceiverQueues, now: int = 0) -> list[tuple[ReceiverQueue, int]]:
    found = []
    while one := lanes.next(now):
        found.append(one)
    return found


def test_a_receiver_with_much_to_hear_keeps_nobody_of_its_host_waiting() -> None:
    lanes = ReceiverQueues()
    numbers = iter(range(1, 100_000))
    for _ in range(50):
        for receiver in range(MOST_TO_ONE_HOST):
            lanes.put(next(numbers), entry(f"busy {receiver}"))
    lanes.put(next(numbers), entry("late"))
    on_their_way = begun(lanes)
    served = 0
    while not any(lane.key.endswith("late") for lane, _number in on_their_way):
        lanes.release(on_their_way.pop(0)[0])
        served += 1
        on_their_way += begun(lanes)
    assert served == 1


def test_one_that_failed_is_not_overtaken_for_ever_by_those_that_have_always_more() -> None:
    lanes = ReceiverQueues()
    numbers = iter(range(1, 100_000))
    failing = next(numbers)
    lanes.put(failing, entry("failing"))
    [(lane, number)] = begun(lanes)
    lanes.put_back(lane, number, 5000)
    lanes.release(lane)
    for _ in range(50):
        for receiver in range(MOST_TO_ONE_HOST):
            lanes.put(next(numbers), entry(f"busy {receiver}"))
    on_their_way = begun(lanes, 4999)
    assert failing not in [number for _lane, number in on_their_way]
    served = 0
    while failing not in [number for _lane, number in on_their_way]:
        lanes.release(on_their_way.pop(0)[0])
        served += 1
        on_their_way += begun(lanes, 5000)
    assert served <= 2 * MOST_TO_ONE_HOST


def test_all_of_a_receiver_come_in_order_one_at_a_time() -> None:
    lanes = ReceiverQueues()
    for number in range(1, 6):
        lanes.put(number, entry("one"))
    came = []
    while found := begun(lanes):
        [(lane, number)] = found
        came.append(number)
        lanes.release(lane)
    assert came == [1, 2, 3, 4, 5]
    assert len(lanes) == 0
