"""Who may send and receive what: every combination of what decides it."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace
from sample_meetings import BOUND, NOW, PEOPLE, meeting

from bbbd.live.media_rights import camera_limit, may_be_recorded, may_receive, may_send, shown_sender
from bbbd.meetings.event import Microphone
from bbbd.meetings.fold import apply
from bbbd.meetings.media import TrackKind
from bbbd.meetings.recording import RecordingConsent, RecordingMarked
from bbbd.values.enums import RecordedMedia

LOCKS = [frozenset(one) for n in range(3) for one in itertools.combinations(("lock_cam", "lock_mic"), n)]


@pytest.mark.parametrize("presenter", ["", *PEOPLE])
@pytest.mark.parametrize("locks", LOCKS, ids=lambda locks: "+".join(sorted(locks)) or "open")
@pytest.mark.parametrize("user", PEOPLE)
def test_locks_bind_locked_viewers_who_do_not_present(user: str, locks: frozenset[str], presenter: str) -> None:
    m = meeting(presenter=presenter, locks=locks)
    bound = user in BOUND and user != presenter
    assert may_send(m, m.people[user], TrackKind.CAMERA) == (not (bound and "lock_cam" in locks))
    assert may_send(m, m.people[user], TrackKind.MICROPHONE) == (not (bound and "lock_mic" in locks))
    for kind in (TrackKind.SCREEN, TrackKind.SCREEN_SOUND):
        assert may_send(m, m.people[user], kind) == (user == presenter)


@pytest.mark.parametrize("kind", [TrackKind.SCREEN, TrackKind.SCREEN_SOUND])
def test_no_screen_is_shared_where_the_feature_is_disabled(kind: TrackKind) -> None:
    m = meeting(presenter="moderator", disabled=("screenshare",))
    assert not may_send(m, m.people["moderator"], kind)
    assert may_send(m, m.people["moderator"], TrackKind.CAMERA)


@pytest.mark.parametrize("presenter", ["", *PEOPLE])
@pytest.mark.parametrize("only_moderators", [False, True])
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("receiver", "sender"), list(itertools.product(PEOPLE, PEOPLE)))
def test_cameras_are_seen_by_those_who_may(
    receiver: str, sender: str, presenter: str, *, hidden: bool, only_moderators: bool
) -> None:
    locks = ["lock_user_list"] * hidden + ["webcams_only_for_moderator"] * only_moderators
    m = meeting(presenter=presenter, locks=frozenset(locks))
    seen = receiver != sender
    if hidden and receiver in BOUND and receiver != presenter:
        seen = seen and sender in ("moderator", presenter)
    if only_moderators:
        seen = seen and "moderator" in (receiver, sender)
    assert may_receive(m, m.people[receiver], m.people[sender], TrackKind.CAMERA) == seen


@pytest.mark.parametrize("microphone", Microphone)
@pytest.mark.parametrize("hidden", [False, True])
def test_sound_reaches_all_who_listen_without_the_names_of_the_hidden(microphone: Microphone, *, hidden: bool) -> None:
    m = meeting(locks=frozenset(["lock_user_list"] * hidden))
    viewer, guest = m.people["viewer"], m.people["guest"]
    viewer.microphone = microphone
    assert may_receive(m, viewer, guest, TrackKind.MICROPHONE) == (microphone is not Microphone.NONE)
    assert shown_sender(m, viewer, "guest") == ("" if hidden else "guest")
    assert shown_sender(m, viewer, "moderator") == "moderator"


def test_what_may_not_be_sent_is_not_received() -> None:
    m = meeting(locks=frozenset(("lock_cam",)))
    assert not may_receive(m, m.people["moderator"], m.people["viewer"], TrackKind.CAMERA)
    assert not may_receive(m, m.people["viewer"], m.people["moderator"], TrackKind.SCREEN)


@pytest.mark.parametrize(
    ("own", "whole", "cameras", "others", "limit"),
    [
        (0, 0, 9, 99, ""),
        (2, 0, 2, 99, ""),
        (2, 0, 3, 0, "userCameraCap"),
        (0, 3, 1, 2, ""),
        (0, 3, 1, 3, "meetingCameraCap"),
        (0, 3, 0, 3, ""),
        (1, 1, 2, 1, "userCameraCap"),
    ],
)
def test_caps_of_cameras_refuse_by_name(own: int, whole: int, cameras: int, others: int, limit: str) -> None:
    assert camera_limit(meeting(own=own, whole=whole), cameras, others) == limit


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("answer", [True, False, None])
def test_nobody_is_recorded_who_did_not_agree(*, answer: bool | None, on: bool) -> None:
    m = meeting()
    m.recording = on
    if answer is not None:
        m.consents["viewer"] = answer
    assert may_be_recorded(m, m.people["viewer"], RecordedMedia.ALL) == (on and answer is True)
    assert not may_be_recorded(m, m.people["guest"], RecordedMedia.SOUND)


@pytest.mark.parametrize("agreed", RecordedMedia)
@pytest.mark.parametrize("kept", RecordedMedia)
def test_who_agreed_to_less_did_not_agree_to_more(agreed: RecordedMedia, kept: RecordedMedia) -> None:
    more = {RecordedMedia.ALL: 2, RecordedMedia.SOUND: 1, RecordedMedia.OFF: 0}
    expected = kept is not RecordedMedia.OFF and more[agreed] >= more[kept]
    for event in (
        RecordingConsent(user="viewer", agrees=True, of=agreed),
        RecordingMarked(on=True, by="viewer", of=agreed),
    ):
        m = meeting()
        m.created, m.recording = replace(m.created, record=True), True
        apply(m, event, NOW)
        assert may_be_recorded(m, m.people["viewer"], kept) == expected
        # The last answer counts, whichever came before.
        apply(m, RecordingConsent(user="viewer", agrees=True), NOW)
        assert may_be_recorded(m, m.people["viewer"], kept) == (kept is not RecordedMedia.OFF)
        apply(m, RecordingConsent(user="viewer", agrees=False, of=kept), NOW)
        apply(m, RecordingMarked(on=True, by="viewer"), NOW)
        assert not may_be_recorded(m, m.people["viewer"], kept)
