"""The readers that are fuzzed, with a few samples of what a fuzzer gives them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import TARGETS

SEEDS = Path(__file__).resolve().parent.parent.parent / "fuzz/seeds"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a seed with some bytes changed, left out, repeated or put in."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(changed) + 1)
        way = chance.randrange(4)
        if way == 0 and place < len(changed):
            changed[place] ^= 1 << chance.randrange(8)
        elif way == 1:
            del changed[place : place + chance.randrange(20)]
        elif way == 2:
            changed[place:place] = changed[place : place + chance.randrange(50)]
        else:
            changed[place:place] = chance.choice((b"\0", b"\xff", b"&", b"<", b'"', b"\n", b"-->", b"\xed\xa0\x80"))
    return bytes(changed)


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_seed_is_read_or_refused(name: str) -> None:
    seeds = sorted((SEEDS / name).iterdir())
    assert seeds
    chance = random.Random(name)
    for seed in seeds:
        TARGETS[name](seed.read_bytes())
        for _ in range(10 if name in ("settings", "cues") else 40):
            TARGETS[name](mutated(seed.read_bytes(), chance))


@settings(max_examples=120)
@given(st.sampled_from(sorted(TARGETS)), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    TARGETS[name](data)
