"""Features: every event and every message has exactly one owner."""

from __future__ import annotations

import re

import pytest

from bbbd.clock import Moment
from bbbd.live import features as live
from bbbd.live.chat import Say
from bbbd.live.commands import COMMANDS, command
from bbbd.live.protocol import ClientMessage, Hello, Ping
from bbbd.live.reference import protocol_page
from bbbd.live.visibility import VIEWS, view
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.event import (
    Created,
    Event,
    GuestAnswered,
    Joined,
    Registered,
    Restored,
    SessionEnded,
    Waited,
)
from bbbd.meetings.features import EVENTS, FEATURES, RULES
from bbbd.meetings.fold import begin
from bbbd.meetings.rules import rule

CREATED = Created(
    internal_id="demo",
    create_time=1,
    wanted=Create(meeting_id="demo"),
    attendee_pw="a",
    moderator_pw="m",
    voice_bridge="70000",
    record=False,
)


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


def test_every_message_has_exactly_one_command_and_its_feature_owns_it() -> None:
    # The connection itself answers these two.
    assert len(live.MESSAGES) == len(set(live.MESSAGES))
    assert set(live.MESSAGES) == set(ClientMessage.__subclasses__()) == COMMANDS.keys() | {Hello, Ping}
    for feature in live.FEATURES[1:]:
        assert {kind.__module__ for kind in feature.messages} == {feature.module}
        assert {COMMANDS[kind].function.__module__ for kind in feature.messages} == {feature.module}


def test_a_second_command_or_view_is_refused() -> None:
    with pytest.raises(TypeError, match=re.escape("Say has a command already, in bbbd.live.chat")):
        command(Say)(lambda _message, _meeting, _person, _tab: [])
    with pytest.raises(TypeError, match=re.escape("Joined has a view already, in bbbd.live.people")):
        view(Joined)(lambda _event, _meeting, _at: None)


def test_no_two_features_have_the_same_part_of_a_snapshot_or_limit() -> None:
    meeting = begin(CREATED, Moment(1, 1))
    parts = [name for feature in live.FEATURES for name in feature.for_all(meeting)]
    limits = [name for feature in live.FEATURES for name in feature.limits]
    assert len(parts) == len(set(parts))
    assert len(limits) == len(set(limits))


def test_the_reference_has_every_event_that_people_see() -> None:
    # Of these, moderators see the list of those who wait.
    undocumented = {kind for kind, function in VIEWS.items() if not function.__doc__}
    assert undocumented == {Registered, SessionEnded, GuestAnswered, Waited}
    page = protocol_page()
    for kind in VIEWS.keys() - undocumented:
        assert f"| `{kind.__struct_config__.tag}` |" in page
