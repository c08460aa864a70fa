"""Visibility: what a person may see of an event. One rule for the stream, the snapshot and a resumed connection.

The view of an event says what people see of it, and which people; ``may_see`` says whether one viewer is among them.
Both are pure and nothing else decides it, so a private message or a hidden person cannot leak by another way.
``features.visible_event`` is the only caller of views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting, Person
from bbbd.values.enums import Role


class Viewer(NamedTuple):
    """The rights that decide what a person sees. ``restricted``: other viewers are hidden from this one."""

    user: str
    moderator: bool
    restricted: bool


class VisibleEvent(NamedTuple):
    """An event as people see it.

    ``to``: the only users who may see it, None for all. ``moderators``: only moderators may see it. ``about``: the
    user it is about, whom a viewer may not see, "" for none. ``resync``: users who now see more or less than before,
    and need a new snapshot.
    """

    facts: dict[str, Any]
    to: frozenset[str] | None = None
    moderators: bool = False
    about: str = ""
    resync: frozenset[str] = frozenset()
    #: Whether the list of waiting guests may have changed.
    lobby: bool = False
    #: What others see in its place; no viewer may see both.
    others: VisibleEvent | None = None


def is_locked(meeting: Meeting, person: Person, lock: str) -> bool:
    """Return whether a lock applies to a person: to locked viewers, but not to the presenter."""
    bound = person.locked and person.role is Role.VIEWER and meeting.presenter != person.user
    return bound and meeting.locks.get(lock, False)


def viewer_of(meeting: Meeting, person: Person) -> Viewer:
    """Return what decides what a person sees."""
    return Viewer(person.user, person.role is Role.MODERATOR, is_locked(meeting, person, "lock_user_list"))


def is_visible(meeting: Meeting, viewer: Viewer, user: str) -> bool:
    """Return whether a user is in a viewer's list of people."""
    if not viewer.restricted or user in ("", viewer.user, meeting.presenter):
        return True
    person = meeting.people.get(user)
    return person is not None and person.role is Role.MODERATOR


def may_see(meeting: Meeting, shown: VisibleEvent, viewer: Viewer) -> bool:
    """Return whether a viewer may see an event."""
    if shown.to is not None and viewer.user not in shown.to:
        return False
    return (viewer.moderator or not shown.moderators) and is_visible(meeting, viewer, shown.about)


def in_charge(meeting: Meeting) -> frozenset[str]:
    """Return the users who see what is being prepared or counted: the presenter, and moderators, who may become it."""
    moderators = (user for user, person in meeting.people.items() if person.role is Role.MODERATOR)
    return frozenset((*moderators, meeting.presenter))


E = TypeVar("E", bound=Event)
#: What people see of an event that just happened, None when it is nothing.
View = Callable[[E, Meeting, Moment], VisibleEvent | None]

#: The view of each event that people see something of; filled by ``view``.
VIEWS: dict[type[Event], View[Any]] = {}


def view(*kinds: type[E]) -> Callable[[View[E]], View[E]]:
    """Make a function the view of an event, or of several. A second view of the same event is refused."""

    def register(function: View[E]) -> View[E]:
        for kind in kinds:
            if kind in VIEWS:
                raise TypeError(f"{kind.__name__} has a view already, in {VIEWS[kind].__module__}")
            VIEWS[kind] = function
        return function

    return register


def facts_of(event: Event, **facts: Any) -> dict[str, Any]:
    """Return an event as people see it: its kind and facts."""
    return {"e": event.kind, **facts}
