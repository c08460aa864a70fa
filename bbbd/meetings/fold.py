"""The reducer: a meeting is the fold of its events. ``apply`` is the only function that changes one.

The rules are in ``people.py`` and in the module of each feature; ``features.py`` registers all of them. An event that
does not fit is a broken invariant: ``apply`` raises, and no listener has seen the event yet.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bbbd.clock import Moment
from bbbd.meetings import decks
from bbbd.meetings.event import Created, Event, Restored
from bbbd.meetings.features import RULES
from bbbd.meetings.model import LOCKS, Meeting, Person, RoomPlan, Session


def begin(created: Created, at: Moment) -> Meeting:
    """Return the meeting that was created."""
    wanted = created.wanted
    found = decks.decks_of(created)
    return Meeting(
        created=created,
        created_at=at,
        n=1,
        empty_since=at,
        active=at,
        policy=wanted.guest_policy,
        locks={name: getattr(wanted, name) for name in LOCKS.values()},
        lock_on_join=wanted.lock_on_join if wanted.lock_on_join_configurable else True,
        decks=found,
        next_deck=decks.first_to_show(found),
    )


def apply(meeting: Meeting, event: Event, at: Moment) -> None:
    """Apply an event to the meeting. Raises when it does not fit; then nothing has changed."""
    RULES[type(event)](event, meeting, at)
    meeting.n += 1


def restored(event: Restored, at: Moment) -> Meeting:
    """Return the meeting that was written as one line, with its steady times moved to the clock of this start."""
    meeting = msgspec.convert(event.state["meeting"], Meeting)
    return msgspec.convert(_shifted(meeting, at.steady - event.state["steady"]), Meeting, from_attributes=True)


def as_restored(meeting: Meeting, now: Moment) -> Restored:
    """Return the meeting as one event, which replaces all earlier ones."""
    return Restored(state={"meeting": msgspec.to_builtins(meeting), "steady": now.steady})


def _shifted(value: Any, by: int) -> Any:
    if isinstance(value, Moment):
        return Moment(value.wall, value.steady + by)
    if isinstance(value, (Meeting, Person, RoomPlan, Session)):
        for name in value.__struct_fields__:
            setattr(value, name, _shifted(getattr(value, name), by))
    if isinstance(value, dict):
        return {name: _shifted(part, by) for name, part in value.items()}
    return value
