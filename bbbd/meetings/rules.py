"""The table of rules. Every event has exactly one, which changes the meeting.

A rule has no clock, socket or file. An event that does not fit the meeting (a person leaves who is not in) is a
broken invariant: its rule raises before it changes anything. ``fold.apply`` is the only caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting

E = TypeVar("E", bound=Event)
Rule = Callable[[E, Meeting, Moment], None]

#: The rule of each event; filled by ``rule``.
RULES: dict[type[Event], Rule[Any]] = {}


def rule(kind: type[E]) -> Callable[[Rule[E]], Rule[E]]:
    """Make a function the rule of an event. A second rule of the same event is refused."""

    def register(function: Rule[E]) -> Rule[E]:
        if kind in RULES:
            raise TypeError(f"{kind.__name__} has a rule already, in {RULES[kind].__module__}")
        RULES[kind] = function
        return function

    return register


def note_activity(meeting: Meeting, user: str, at: Moment) -> None:
    """Note activity of a person: neither the person nor the meeting is inactive."""
    meeting.active = at
    meeting.warned = None
    if person := meeting.people.get(user):
        person.active = at
        person.asked = None
