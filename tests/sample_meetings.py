"""A meeting with one person of each kind that rights and locks can tell apart."""

from __future__ import annotations

from golden_files import CREATED

from bbbd.clock import Moment
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.event import Created, Microphone
from bbbd.meetings.model import Meeting, Person
from bbbd.values.enums import GuestPolicy, Role

NOW = Moment(0, 0)
#: Everybody that can differ: a moderator, a viewer who is bound by locks, one who is not, and a guest.
PEOPLE = {
    "moderator": (Role.MODERATOR, False, True),
    "viewer": (Role.VIEWER, False, True),
    "unlocked": (Role.VIEWER, False, False),
    "guest": (Role.VIEWER, True, True),
}
BOUND = ("viewer", "guest")


def meeting(
    *,
    presenter: str = "",
    locks: frozenset[str] = frozenset(),
    disabled: tuple[str, ...] = (),
    own: int = 0,
    whole: int = 0,
) -> Meeting:
    created = Created(
        internal_id=CREATED.internal_id,
        create_time=CREATED.create_time,
        wanted=Create(meeting_id="m", user_camera_cap=own, meeting_camera_cap=whole),
        attendee_pw="a",
        moderator_pw="m",
        voice_bridge="1",
        record=False,
        disabled_features=disabled,
    )
    people = {
        user: Person(
            user=user,
            external_id=user,
            name=user,
            role=role,
            guest=guest,
            avatar="",
            session=user,
            locked=locked,
            joined=NOW,
            active=NOW,
            microphone=Microphone.LISTEN,
        )
        for user, (role, guest, locked) in PEOPLE.items()
    }
    return Meeting(
        created=created,
        created_at=NOW,
        active=NOW,
        people=people,
        policy=GuestPolicy.ALWAYS_ACCEPT,
        presenter=presenter,
        locks=dict.fromkeys(locks, True),
    )
