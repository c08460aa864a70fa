"""Features: every event and every message has exactly one owner."""

from __future__ import annotations

import re

import pytest

from bbbd.meetings.event import Created, Event, Joined, Restored
from bbbd.meetings.features import EVENTS, FEATURES, RULES
from bbbd.meetings.rules import rule


def test_every_event_has_exactly_one_rule_and_its_feature_owns_it() -> None:
    # The first line of a journal makes a meeting; every other event changes one.
    assert len(EVENTS) == len(set(EVENTS))
    assert set(EVENTS) == set(Event.__subclasses__()) == RULES.keys() | {Created, Restored}
    assert not RULES.keys() & {Created, Restored}
    for feature in FEATURES[1:]:
        assert {RULES[kind].__module__ for kind in feature.EVENTS} == {feature.__name__}
        assert {kind.__module__ for kind in feature.EVENTS} == {feature.__name__}


def test_a_second_rule_of_an_event_is_refused() -> None:
    with pytest.raises(TypeError, match=re.escape("Joined has a rule already, in bbbd.meetings.people")):
        rule(Joined)(lambda _event, _meeting, _at: None)
