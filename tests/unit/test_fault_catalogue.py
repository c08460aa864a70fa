"""The catalogue of faults is true: every fault has tests that exist, and each defence was seen to matter."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from catalogue import FAULTS
from defences import DEFENCES, PAGE, ROOT, find, page, read_seen

TESTS = Path(__file__).resolve().parent.parent


@cache
def names_in(file: str) -> set[str]:
    """Return the names of a file's tests."""
    tree = ast.parse((TESTS / file).read_text())
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_fault_has_its_row() -> None:
    numbers = [number for number in range(1, 39) if number not in (7, 18, 19)]
    assert list(FAULTS) == [f"F{number}" for number in numbers]


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_has_tests_that_exist_or_a_reason(number: str) -> None:
    fault = FAULTS[number]
    assert fault.tests or fault.apart
    for test in fault.tests:
        file, _, name = test.partition("::")
        assert name in names_in(file), test


def test_a_fault_with_tests_has_a_defence_whose_test_is_among_them_or_beside() -> None:
    without = {number for number, fault in FAULTS.items() if fault.tests} - {one.fault for one in DEFENCES}
    # Of signals, restarts and secrets, whose defences are many small things.
    assert without <= {"F14", "F15", "F32"}
    for defence in DEFENCES:
        file, _, name = defence.test.partition("::")
        assert name in names_in(file), defence.name


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda one: one.name)
def test_the_code_of_a_defence_is_there_once_and_can_be_switched_off(defence: object) -> None:
    assert defence in DEFENCES
    [own] = [one for one in DEFENCES if one == defence]
    text = find(own, ROOT)
    ast.parse(text.replace(own.old, own.new))


def test_every_defence_was_seen_to_matter_and_the_page_says_so() -> None:
    assert read_seen().keys() == {one.name for one in DEFENCES}, "make defences"
    assert PAGE.read_text() == page(), "make defences"
