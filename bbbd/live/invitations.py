"""Invitations: links that moderators copy, for guests and for further moderators.

The answer ``invitation`` has ``url``: a page that asks for a name and leads into the meeting. The server signed it for
this meeting alone, so it ends with the meeting. Guests who follow it meet the guest policy; moderators come in at once.
Nobody who follows it is known, not even who was removed for good: only the guest policy keeps them out.
A meeting whose ``disabledFeatures`` name ``invitations`` has none, and a breakout room has none of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from bbbd.live.audit import log_invitation
from bbbd.live.backend import Backend
from bbbd.live.commands import Answer, Decided, DirectReply, ServerRequest, Who, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.meetings.model import Meeting, Person
from bbbd.values.enums import Role
from bbbd.values.value_types import LONGEST_NAME, person_name

__all__ = ["FEATURE", "INVITATIONS", "LONGEST_NAME", "PATH", "Invited", "invited_to", "read_invitation", "signed"]

#: The feature's name in ``disabledFeatures``.
INVITATIONS = "invitations"
#: The page that an invitation leads to, below the server's URL; its token is in the query, which no log has.
PATH = "/html5client/invitation"


_NAME = person_name(LONGEST_NAME)


class Invited(NamedTuple):
    """What an invitation leads to. ``link`` returns a join link for a name, "" for a name that is none."""

    meeting: str
    is_moderator: bool
    link: Callable[[str], str]


class Invite(ClientMessage, frozen=True, kw_only=True, tag="invite"):
    """Ask for a link for guests (``VIEWER``) or for moderators."""

    role: Role


def signed(secret: str, internal_id: str, role: Role) -> str:
    """Return the token of an invitation."""
    claim = f"{internal_id}.{role.value.lower()}"
    # The key is of this purpose alone: no checksum of the API is ever a token, nor the other way round.
    key = hmac.digest(secret.encode(), b"bbbd invitation", sha256)
    return f"{claim}.{hmac.new(key, claim.encode(), sha256).hexdigest()[:32]}"


def read_invitation(secrets: Sequence[str], token: str) -> tuple[str, Role] | None:
    """Return the meeting's internal id and the role of a token that one of the secrets signed."""
    internal_id, _, rest = token.partition(".")
    try:
        role = Role(rest.partition(".")[0].upper())
    except ValueError:
        return None
    good = [hmac.compare_digest(signed(secret, internal_id, role).encode(), token.encode()) for secret in secrets]
    return (internal_id, role) if any(good) else None


def invited_to(meeting: Meeting, role: Role, join_link: Callable[[Mapping[str, str]], str]) -> Invited:
    """Return what an invitation to a meeting leads to."""

    def link(given: str) -> str:
        try:
            name = _NAME.read(given)
        except ValueError:
            return ""
        return join_link(_join(meeting, role, name)) if name else ""

    title = meeting.created.wanted.name or meeting.external_id
    return Invited(title, role is Role.MODERATOR, link)


def _join(meeting: Meeting, role: Role, name: str) -> dict[str, str]:
    """Return the parameters of the join: to this very meeting, a guest as a guest."""
    own = {"guest": "true"} if role is Role.VIEWER else {}
    return {
        "fullName": name,
        "meetingID": meeting.external_id,
        "createTime": str(meeting.created.create_time),
        "role": role.value,
        **own,
        "redirect": "true",
    }


@command(Invite, who=Who.MODERATORS, needs=INVITATIONS, rate=Rate(0.5, 10))
def _(message: Invite, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if meeting.is_breakout:
        raise CommandRefused(RefusalKey.UNSUPPORTED, "a breakout room has no invitation of its own")

    def ask(server: Backend) -> Decided:
        log_invitation(meeting, message.role, person.user)
        return DirectReply("invitation", {"url": server.invitation(meeting, message.role)})

    return ServerRequest(ask)


FEATURE = Feature(__name__, "Invitations", __doc__, messages=(Invite,))
