"""What a page begins to send from browser to browser, checked: the person's rights, caps of cameras, and copies."""

from __future__ import annotations

from bbbd.live.media_port import Share
from bbbd.live.media_rights import camera_limit
from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.media.mesh_room import Copies, MeshMember, MeshRoom
from bbbd.media.offers import check_right
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Person

_SETTINGS = {
    TrackKind.MICROPHONE: "bbbd.meshAudioCopies",
    TrackKind.CAMERA: "bbbd.meshVideoCopies",
    TrackKind.SCREEN: "bbbd.meshScreenCopies",
    TrackKind.SCREEN_SOUND: "bbbd.meshScreenCopies",
}


def check_share(room: MeshRoom, member: MeshMember, share: Share, copies: Copies) -> None:
    """Check that a person may send what their page begins to send. Raises ``CommandRefused``."""
    meeting, person = room.meeting, room.meeting.people[member.user]
    for kind in sorted(share.kinds):
        check_right(meeting, person, kind)
    fresh = share.kinds - (member.sends if member.page == share.page else set())
    # Who was in before a restart, or whose page was loaded anew, is not shut out by those who came since.
    begun = sorted(kind for kind in fresh if not _is_on(person, kind))
    others = sum(one.cameras for one in meeting.people.values() if one is not person)
    if TrackKind.CAMERA in begun and (limit := camera_limit(meeting, 1, others)):
        raise CommandRefused(RefusalKey.FULL, f"there are as many cameras as {limit} allows")
    for kind in begun:
        if room.could_receive(member.user, kind) > copies[kind]:
            why = f"without a media server a {kind} reaches at most {copies[kind]} people ({_SETTINGS[kind]})"
            raise CommandRefused(RefusalKey.FULL, why)


def _is_on(person: Person, kind: TrackKind) -> bool:
    if kind is TrackKind.MICROPHONE:
        return person.microphone in (Microphone.MUTED, Microphone.ON)
    return bool(person.cameras) if kind is TrackKind.CAMERA else person.screen
