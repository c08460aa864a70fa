"""Cues of what was heard, and where sound is cut."""

from __future__ import annotations

from array import array

import pytest

from bbbd.transcription.pieces import RATE, quietest
from bbbd.transcription.transcript import Heard, cues_of

SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody knows why it does so every morning at eight."


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], []),
        ([(0, 900, "Yes.")], [(0, 900, "Yes.")]),
        ([(0, 900, "  ")], []),
        ([(900, 900, "Never seen.")], []),
        (
            [(0, 10_000, SENTENCE)],
            [
                (0, 8265, "The quick brown fox jumps over the lazy\ndog, and nobody knows why it does so every"),
                (8265, 10_000, "morning at eight."),
            ],
        ),
        # A model that hears noise says the same on and on.
        ([(at, at + 1, "Bye.") for at in range(5)], [(0, 1, "Bye."), (1, 2, "Bye.")]),
        ([(0, 1, "a"), (1, 2, "b"), (2, 3, "a"), (3, 4, "a")], [(0, 1, "a"), (1, 2, "b"), (2, 3, "a"), (3, 4, "a")]),
        ([(0, 1000, "w" * 50)], [(0, 1000, f"{'w' * 42}\n{'w' * 8}")]),
    ],
)
def test_what_was_heard_becomes_cues(heard: list[tuple[int, int, str]], expected: list[tuple[int, int, str]]) -> None:
    found = [
        (one.start, one.end, "".join(run.text for run in one.runs)) for one in cues_of(Heard(*one) for one in heard)
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("loudness", "expected"),
    [
        # Each number is the loudness of 200 ms.
        ([9, 1, 9, 9], 300),
        ([1, 9, 9, 1, 9], 700),
        ([5, 5, 5], 500),
        ([3], 100),
        ([], 100),
    ],
)
def test_sound_is_cut_where_it_is_quiet(loudness: list[int], expected: int) -> None:
    samples = array("h", (sign * one for one in loudness for _ in range(RATE // 10) for sign in (1, -1)))
    assert quietest(samples) == expected
