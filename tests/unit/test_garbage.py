"""Garbage is collected seldom, and connections leave none."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Memory, awaited
from twisted.internet.task import Clock
from websocket_clients import inside, told

from bbbd.daemon.garbage import MOST_COLLECTED, MOST_COUNTED, SeldomCollection


@pytest.fixture
def collection() -> Iterator[None]:
    """Have the collection of garbage be as before afterwards."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Knot:
    """An object in a cycle, which only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("collection")
def test_old_garbage_is_collected_when_there_is_little_or_after_an_hour() -> None:
    clock = Clock()
    knot = Knot()
    SeldomCollection(clock).begin()
    # What there was at the beginning is not looked at any more.
    frozen = weakref.ref(knot)
    del knot
    knot = Knot()
    freed = weakref.ref(knot)
    gc.collect(1)
    del knot
    clock.advance(60)
    assert freed() is None
    assert frozen() is not None
    many = [[number] for number in range(2 * MOST_COLLECTED)]
    knot = Knot()
    kept = weakref.ref(knot)
    gc.collect(1)
    del knot
    for _ in range(58):
        clock.advance(60)
    assert kept() is not None
    for _ in range(3):
        clock.advance(60)
    assert kept() is None
    assert many


@pytest.mark.usefixtures("collection")
def test_very_many_objects_are_not_even_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    count = gc.get_objects

    def noted(generation: int) -> list[Any]:
        counted.append(generation)
        return count(generation)

    monkeypatch.setattr(gc, "get_objects", noted)
    clock = Clock()
    SeldomCollection(clock).begin()
    clock.advance(60)
    assert counted == [2]
    many = [[number] for number in range(2 * MOST_COUNTED)]
    clock.advance(60)
    assert counted == [2]
    del many
    clock.advance(60)
    assert counted == [2, 2]


@awaited
async def test_a_connection_that_ended_is_no_garbage(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    websocket = ada.wire.channel.upgraded
    gone = [weakref.ref(websocket), weakref.ref(websocket.listener)]
    del websocket
    gc.disable()
    try:
        ada.hang_up()
        told(ada)
        memory.wires.clear()
        del ada
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()
