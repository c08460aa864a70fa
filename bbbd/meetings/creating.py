"""Creates a meeting: values that ``create`` left out are generated once and kept for the meeting's life."""

from __future__ import annotations

import dataclasses
import secrets
import string
from hashlib import sha1

from bbbd.meetings.breakout_rooms import wanted_room
from bbbd.meetings.breakouts import BREAKOUTS, PRIVATE_CHAT
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.decks import PRESENTATION, documents_of
from bbbd.meetings.event import Created
from bbbd.meetings.lifecycle import minutes_left
from bbbd.meetings.model import Meeting, PlannedRoom
from bbbd.meetings.registry import Meetings
from bbbd.meetings.welcome import TooLong, message
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.values.fields import RefusedValue

_LETTERS = string.ascii_letters + string.digits


def external_id_hash(external_id: str) -> str:
    """Return the first half of an internal id: all meetings of one external id share it."""
    return sha1(external_id.encode(), usedforsecurity=False).hexdigest()


def _password() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def unused_voice_bridge(meetings: Meetings, digits: int) -> str:
    """Return a number of so many digits, the first not 0, that no live meeting has."""
    least = 10 ** (digits - 1)
    while meetings.bridge_is_used(bridge := str(least + secrets.randbelow(9 * least))):
        pass
    return bridge


def _features(wanted: Create, settings: Settings) -> tuple[str, ...]:
    named = dict.fromkeys((*settings.disabled_features, *wanted.disabled_features))
    excluded = frozenset(wanted.disabled_features_exclude)
    features = [feature for feature in named if feature not in excluded]
    if not wanted.breakout_rooms_enabled and BREAKOUTS not in features:
        features.append(BREAKOUTS)
    return tuple(features)


def create_meeting(
    meetings: Meetings,
    wanted: Create,
    settings: Settings,
    parent: Meeting | None = None,
) -> Meeting:
    """Create a meeting. The caller has checked that it may be created.

    Raises ``OSError``, and ``RefusedValue`` for a message that its keywords make too long.
    """
    create_time = meetings.next_create_time(wanted.meeting_id)
    voice_bridge = wanted.voice_bridge or unused_voice_bridge(meetings, settings.voice_digits)
    if wanted.is_breakout:
        wanted = dataclasses.replace(wanted, mute_on_start=False)
    if parent is not None and (rest := minutes_left(parent, meetings.clock.now())):
        # The room ends with its parent at the latest: answers and pages show that.
        wanted = dataclasses.replace(wanted, duration=min(wanted.duration or rest, rest))
    features = _features(wanted, settings)
    if parent is not None and not parent.created.wanted.breakout_rooms_private_chat and PRIVATE_CHAT not in features:
        features = (*features, PRIVATE_CHAT)
    documents = documents_of(wanted, has_default=settings.default_slides != "none")
    wanted = dataclasses.replace(wanted, documents=documents if PRESENTATION not in features else ())
    footer = settings.welcome_footer if settings.welcome_footer and not wanted.is_breakout else ""

    def finished(parameter: str, template: str) -> str:
        try:
            return message(
                template,
                name=wanted.name,
                dial_number=wanted.dial_number,
                voice_bridge=voice_bridge,
                server_url=settings.server_url,
            )
        except TooLong as fault:
            raise RefusedValue(parameter, template, str(fault)) from None

    return meetings.create(
        Created(
            internal_id=f"{external_id_hash(wanted.meeting_id)}-{create_time}",
            create_time=create_time,
            wanted=wanted,
            attendee_pw=wanted.attendee_pw or _password(),
            moderator_pw=wanted.moderator_pw or _password(),
            voice_bridge=voice_bridge,
            record=wanted.record and not settings.disable_recording,
            formats=settings.recording_formats,
            parent=parent.internal_id if parent else "",
            welcome=finished("welcome", wanted.welcome + (f"<br><br>{footer}" if footer else "")),
            moderator_only_message=finished("moderatorOnlyMessage", wanted.moderator_only_message),
            logout_url=wanted.logout_url or settings.way_out,
            disabled_features=features,
            max_inactivity=settings.max_inactivity,
            warn_before_inactivity=settings.warn_before_inactivity,
            inspect_every=settings.inspect_every,
            user_inactive_after=settings.user_inactive_after,
            user_answers_within=settings.user_answers_within,
            users_timeout=settings.users_timeout,
            waiting_guests_timeout=settings.waiting_guests_timeout,
            session_timeout=settings.session_timeout,
        )
    )


def create_planned_room(meetings: Meetings, current: CurrentSettings, parent: Meeting, planned: PlannedRoom) -> None:
    """Create a breakout room that was opened in the page. Raises ``OSError``."""
    wanted = wanted_room(parent, planned, meetings.clock.now())
    try:
        create_meeting(meetings, wanted, current.settings, parent)
    except RefusedValue:
        # The room's longer name makes the welcome too long.
        create_meeting(meetings, dataclasses.replace(wanted, welcome=""), current.settings, parent)
