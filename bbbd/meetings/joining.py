"""Joins: roles, the guest policy, seats and sessions."""

from __future__ import annotations

import hmac
import secrets
import string

from bbbd.meetings.event import Registered
from bbbd.meetings.model import Meeting
from bbbd.values.enums import GuestPolicy, GuestStatus, Role

_LETTERS = string.ascii_lowercase + string.digits
#: Guests that may wait in one meeting's lobby.
LOBBY = 500


def random_text(length: int) -> str:
    """Return a random text of lower-case letters and digits; 26 of them are more than 128 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def secrets_match(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def role_of(meeting: Meeting, role: Role | None, password: str) -> Role | None:
    """Return the role of a join, None for a wrong password. An explicit role wins over the passwords."""
    if role is not None:
        return role
    if secrets_match(password, meeting.created.moderator_pw):
        return Role.MODERATOR
    return Role.VIEWER if secrets_match(password, meeting.created.attendee_pw) else None


def guest_status(
    policy: GuestPolicy, role: Role, *, guest: bool | None, authenticated: bool, newer: bool
) -> GuestStatus:
    """Return whether the policy admits a person, lets them wait, or refuses them.

    ``guest`` is None if the join has no such parameter. The policy concerns guests only; with ``newer``
    (the setting ``authenticatedGuest``) also viewers without ``guest=false``.
    """
    concerned = guest is True or (newer and guest is None)
    if policy is GuestPolicy.ALWAYS_ACCEPT or not concerned or (newer and role is Role.MODERATOR):
        return GuestStatus.ALLOW
    if policy is GuestPolicy.ALWAYS_DENY:
        return GuestStatus.DENY
    if policy is GuestPolicy.ALWAYS_ACCEPT_AUTH and (not guest if newer else authenticated):
        return GuestStatus.ALLOW
    return GuestStatus.WAIT


def has_seat(meeting: Meeting, external_id: str) -> bool:
    """Return whether a person could enter. Each person who is in takes one seat; a rejoin is never refused."""
    seats = meeting.created.wanted.max_participants
    if not seats or (external_id and meeting.is_in(external_id)):
        return True
    return len({person.external_id for person in meeting.people.values()}) < seats


def known_user(meeting: Meeting, external_id: str) -> str | None:
    """Return the internal id that a person of this external id has in the meeting already."""
    if not external_id:
        return None
    known = {session.external_id: session.user for session in meeting.sessions.values()}
    known |= {person.external_id: person.user for person in meeting.people.values()}
    return known.get(external_id)


def register(
    meeting: Meeting,
    *,
    external_id: str,
    name: str,
    role: Role,
    guest: bool,
    status: GuestStatus,
    avatar: str,
    layout: str,
    config_token: str,
    web_voice: str,
    client_url: str,
    customdata: dict[str, str],
) -> Registered:
    """Return the event of a join. The same external id is the same person; without one each join is a new person."""
    user = known_user(meeting, external_id) or f"w_{random_text(12)}"
    return Registered(
        token=random_text(26),
        auth_token=random_text(12),
        user=user,
        external_id=external_id or user,
        name=name,
        role=role,
        guest=guest,
        status=status,
        avatar=avatar,
        layout=layout,
        config_token=config_token,
        web_voice=web_voice,
        client_url=client_url,
        customdata=customdata,
    )
