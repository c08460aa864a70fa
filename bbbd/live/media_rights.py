"""Who may send sound, a camera or a screen, who may receive whose, and whose may be kept: pure functions of a meeting.

Nothing else decides it. The media plane cuts what a change of the meeting forbids, so that a lock holds whatever a page
does.
"""

from __future__ import annotations

from bbbd.live.visibility import is_locked, is_visible, viewer_of
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Meeting, Person, is_moderator
from bbbd.meetings.recording import agreed_to
from bbbd.values.enums import RecordedMedia


def may_send(meeting: Meeting, person: Person, kind: TrackKind) -> bool:
    """Return whether a person may send a kind of track now. Limits on the number of cameras are ``camera_limit``."""
    if kind.is_screen:
        return meeting.presenter == person.user and meeting.has("screenshare")
    return not is_locked(meeting, person, "lock_mic" if kind is TrackKind.MICROPHONE else "lock_cam")


def camera_limit(meeting: Meeting, cameras: int, others: int) -> str:
    """Return which limit refuses a person so many cameras beside those of others, as its parameter is called.

    "" stands for none.
    """
    wanted = meeting.created.wanted
    if wanted.user_camera_cap and cameras > wanted.user_camera_cap:
        return "userCameraCap"
    if wanted.meeting_camera_cap and cameras and others + cameras > wanted.meeting_camera_cap:
        return "meetingCameraCap"
    return ""


def may_receive(meeting: Meeting, receiver: Person, sender: Person, kind: TrackKind) -> bool:
    """Return whether a person may receive a track of another.

    Sound reaches all who listen, also from people who are hidden from them: ``shown_sender`` hides the name. With
    ``webcamsOnlyForModerator`` viewers see moderators' cameras alone, presenters too: it protects viewers from one
    another, and who presents is still one of them.
    """
    if receiver.user == sender.user or not may_send(meeting, sender, kind):
        return False
    if kind.is_sound:
        return receiver.microphone is not Microphone.NONE
    if not is_visible(meeting, viewer_of(meeting, receiver), sender.user):
        return False
    only_moderators = kind is TrackKind.CAMERA and meeting.locks.get("webcams_only_for_moderator", False)
    return not only_moderators or is_moderator(receiver) or is_moderator(sender)


def shown_sender(meeting: Meeting, receiver: Person, sender: str) -> str:
    """Return the sender of a track as the receiver may know it, "" for somebody who is hidden from them."""
    return sender if is_visible(meeting, viewer_of(meeting, receiver), sender) else ""


def may_be_recorded(meeting: Meeting, person: Person, kept: RecordedMedia) -> bool:
    """Return whether ``kept`` of a person may be kept now: recording is on, and they agreed to that much.

    With ``recordFullDurationMedia`` it is on as long as the meeting lasts. Nobody's devices are recorded before they
    answered; who refused is heard and seen all the same. Who agreed where less is kept did not agree to more.
    """
    created = meeting.created
    is_on = meeting.recording or (created.record and created.wanted.record_full_duration)
    is_due = is_on and meeting.ended is None and kept is not RecordedMedia.OFF
    return is_due and agreed_to(meeting, person.user, kept)
