"""Faults: which call gets one, and what an answer becomes without an element."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bbbd.api.response_tree import Rows, write_json, write_xml
from bbbd.developer.faults import BadRule, Fault, Faults
from bbbd.developer.request_log import RequestLog, without_element


def hits(faults: Faults, calls: list[str]) -> list[str]:
    return [rule.fault.value if (rule := faults.next(call)) else "" for call in calls]


def test_without_rules_nothing_goes_wrong() -> None:
    assert hits(Faults(), ["create", ""]) == ["", ""]


def test_a_rule_is_for_its_call_as_often_as_it_says() -> None:
    faults = Faults()
    rule = faults.add({"fault": "html", "call": "create", "times": 2})
    assert hits(faults, ["create", "join", "create", "create"]) == ["html", "", "html", ""]
    assert (rule.hit, rule.describe()["hit"]) == (2, 2)


def test_the_first_rule_that_has_not_run_out_counts() -> None:
    faults = Faults()
    faults.add({"fault": "cut", "times": 1})
    faults.add({"fault": "slow", "call": "join", "times": 1})
    faults.add({"fault": "html"})
    assert hits(faults, ["join", "create", "join", "join"]) == ["cut", "html", "slow", "html"]


@given(st.integers(0, 2**40), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_share_is_the_same_for_a_seed_and_about_as_large(seed: int, share: float) -> None:
    told = []
    for _ in range(2):
        faults = Faults()
        faults.add({"fault": "html", "share": share, "seed": seed})
        told.append(hits(faults, ["create"] * 300))
    assert told[0] == told[1]
    assert abs(told[0].count("html") / 300 - share) < 0.2


@pytest.mark.parametrize(("share", "expected"), [(0, ""), (0.0, ""), (1, "html"), (1.0, "html")])
def test_none_and_all_are_shares_too(share: float, expected: str) -> None:
    faults = Faults()
    faults.add({"fault": "html", "share": share})
    assert set(hits(faults, ["create"] * 100)) == {expected}


def test_a_rule_that_has_a_seed_leaves_the_others_alone() -> None:
    """The same calls go wrong for a seed, whatever is added beside it."""
    alone, beside = Faults(), Faults()
    for faults in (alone, beside):
        faults.add({"fault": "html", "call": "create", "share": 0.5, "seed": 1})
    first = [hits(faults, ["create"] * 20) for faults in (alone, beside)]
    beside.add({"fault": "cut", "call": "join", "share": 0.5, "seed": 1})
    second = [hits(faults, ["create"] * 20) for faults in (alone, beside)]
    assert first[0] == first[1]
    assert second[0] == second[1]


@pytest.mark.parametrize("name", list(Fault))
def test_every_fault_can_be_wanted_and_is_told_as_it_was(name: Fault) -> None:
    wanted = {"fault": name.value, "call": "create", "share": 0.25, "times": 3, "seconds": 2.5, "element": "meeting"}
    rule = Faults().add(wanted)
    assert rule.describe() == {"id": 1, "hit": 0, **wanted}


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(st.sampled_from(["fault", "call", "share", "times", "seconds", "element", "seed"]), JUNK))
def test_whatever_is_wanted_is_a_rule_or_refused_by_name(wanted: dict[str, Any]) -> None:
    faults = Faults()
    try:
        rule = faults.add(wanted)
    except BadRule:
        assert not faults.rules
    else:
        assert json.loads(json.dumps(rule.describe(), allow_nan=False))["id"] in faults.rules


TREES = st.recursive(
    st.one_of(st.text(max_size=12), st.integers(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(st.tuples(st.sampled_from("abcd"), inner), max_size=4, unique_by=lambda pair: pair[0]).map(tuple),
        st.lists(inner, max_size=3).map(lambda values: Rows("e", values)),
    ),
    max_leaves=12,
)


def pruned(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: pruned(one, name) for key, one in value.items() if key != name}
    return [pruned(one, name) for one in value] if isinstance(value, list) else value


@given(st.lists(st.tuples(st.sampled_from("abcd"), TREES), min_size=1, unique_by=lambda pair: pair[0]))
def test_an_answer_in_json_is_all_there_but_for_one_member(tree: list[tuple[str, Any]]) -> None:
    body = write_json(tree)
    for name in "abcde":
        assert json.loads(without_element(body, name)) == pruned(json.loads(body), name)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.text(max_size=12)), unique_by=lambda pair: pair[0]))
def test_an_answer_in_xml_is_all_there_but_for_one_element(tree: list[tuple[str, str]]) -> None:
    body = write_xml(tree)
    for name in "abcd":
        names = [child.tag for child in etree.fromstring(without_element(body, name))]
        assert names == [key for key, _text in tree if key != name]


@pytest.mark.parametrize(
    ("body", "element", "left"),
    [
        (b"<r><a>1</a><ab>2</ab><a/></r>", "a", b"<r><ab>2</ab></r>"),
        (b'<r><image width="1">x</image><images/></r>', "image", b"<r><images/></r>"),
        (b"<r><a>\n<b>1</b>\n</a></r>", "a", b"<r></r>"),
        (b"<r><a>1</a></r>", "c", b"<r><a>1</a></r>"),
        (b"", "a", b""),
        (b'<r><a k=">">1</a><b/></r>', "b", b'<r><a k=">">1</a></r>'),
    ],
)
def test_only_what_has_the_name_is_taken_out(body: bytes, element: str, left: bytes) -> None:
    assert without_element(body, element) == left


def test_calls_are_numbered_and_the_last_are_kept() -> None:
    log = RequestLog()
    for number in range(10_050):
        log.add("create" if number % 2 else "join", "GET", {}, number)
    assert (len(log.calls), log.calls[0].number, log.calls[-1].number) == (10_000, 51, 10_050)
    assert [one.number for one in log.select("create", 10_046)] == [10_048, 10_050]
    assert len(log.select()) == 10_000
