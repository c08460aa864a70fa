"""What a page offers to send, checked: its description, its tracks, and the person's rights."""

from __future__ import annotations

from collections.abc import Mapping

from bbbd.live.media_port import Offer
from bbbd.live.media_rights import camera_limit, may_send
from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.media import sdp
from bbbd.media.links import UpLink
from bbbd.media.room import MediaRoom
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Meeting, Person


def described(text: str, *, answer: bool = False) -> sdp.Description:
    """Return a page's description, read. Raises ``CommandRefused``."""
    try:
        return sdp.reduced(text, answer=answer)
    except sdp.UnreadableDescription as fault:
        raise CommandRefused(RefusalKey.MALFORMED, f"the description {fault}") from fault


def check_tracks(sending: Mapping[str, str], offer: Offer, up: UpLink | None) -> None:
    """Check that the tracks are those of the description (``audio`` or ``video`` by mid). Raises ``CommandRefused``."""
    tracks = offer.tracks
    if set(sending) != set(tracks):
        raise CommandRefused(RefusalKey.MALFORMED, "the tracks are not those of the description")
    kinds = list(tracks.values())
    for mid, kind in tracks.items():
        if kind.is_sound != (sending[mid] == "audio"):
            raise CommandRefused(RefusalKey.MALFORMED, f"track {mid} is no {kind}")
        if up is not None and up.page == offer.page and not offer.fresh and up.tracks.get(mid, kind) is not kind:
            raise CommandRefused(RefusalKey.MALFORMED, f"track {mid} was another kind")
    for kind in (TrackKind.MICROPHONE, TrackKind.SCREEN, TrackKind.SCREEN_SOUND):
        if kinds.count(kind) > 1:
            raise CommandRefused(RefusalKey.MALFORMED, f"there are several tracks of the kind {kind}")


def check_rights(room: MediaRoom, user: str, offer: Offer) -> None:
    """Check that a person is in the meeting and may send what they offer. Raises ``CommandRefused``."""
    meeting = room.meeting
    person = meeting.people.get(user)
    if person is None or meeting.ended is not None:
        raise CommandRefused(RefusalKey.GONE, "you are not in the meeting")
    for kind in dict.fromkeys(offer.tracks.values()):
        check_right(meeting, person, kind)
    cameras = sum(kind is TrackKind.CAMERA for kind in offer.tracks.values())
    more = cameras > room.cameras_of(user)
    if more and (limit := camera_limit(meeting, cameras, room.cameras_besides(user))):
        raise CommandRefused(RefusalKey.FULL, f"there are as many cameras as {limit} allows")


def check_right(meeting: Meeting, person: Person, kind: TrackKind) -> None:
    """Check that a person may send a kind of track. Raises ``CommandRefused``."""
    if may_send(meeting, person, kind):
        return
    if kind.is_screen:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only who presents shares a screen")
    raise CommandRefused(RefusalKey.LOCKED, f"the moderators have switched off the {kind} of viewers")
