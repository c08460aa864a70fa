"""What each person is to receive: whose voices, which cameras, and in what size."""

from __future__ import annotations

import pytest
from sample_meetings import meeting

from bbbd.live.media_port import Wish
from bbbd.media.links import Feed, UpLink
from bbbd.media.room import MediaRoom
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import TrackKind

EVERYBODY = ("moderator", "viewer", "unlocked", "guest")


def room(*, muted: tuple[str, ...] = ()) -> MediaRoom:
    """Return the media of a meeting whose people all send a microphone and a camera, of three sizes."""
    made = MediaRoom(meeting(presenter="moderator"), "server", "secret")
    for number, user in enumerate(EVERYBODY, 1):
        made.meeting.people[user].microphone = Microphone.MUTED if user in muted else Microphone.ON
        tracks = {"0": TrackKind.MICROPHONE, "1": TrackKind.CAMERA}
        made.member(user).up = UpLink(handle=number, page="p", tracks=tracks, live={"0", "1"}, simulcast={"1"})
    return made


def heard_by(made: MediaRoom, user: str, talkers: int) -> set[str]:
    made.member(user).wish = Wish("p", {}, sound=True, screen=True)
    wanted = made.wanted(made.member(user), talkers=talkers, cameras=9)
    return {feed.user for feed in wanted if feed.kind is TrackKind.MICROPHONE}


@pytest.mark.parametrize(
    ("speaking", "spoke", "talkers", "heard"),
    [
        # Whoever speaks comes before whoever spoke, and of those the last.
        ({"viewer": 5}, {"viewer": 5, "unlocked": 9, "guest": 7}, 2, {"viewer", "unlocked"}),
        ({}, {"viewer": 5, "unlocked": 9, "guest": 7}, 2, {"unlocked", "guest"}),
        ({}, {"viewer": 5, "unlocked": 9, "guest": 7}, 9, {"viewer", "unlocked", "guest"}),
        ({"viewer": 1, "unlocked": 2, "guest": 3}, {}, 3, {"viewer", "unlocked", "guest"}),
        ({}, {}, 0, set()),
    ],
)
def test_the_last_who_spoke_are_heard(
    speaking: dict[str, int], spoke: dict[str, int], talkers: int, heard: set[str]
) -> None:
    made = room()
    made.speaking, made.spoke = speaking, spoke
    assert heard_by(made, "moderator", talkers) == heard


def test_nobody_hears_themselves_and_that_costs_no_place() -> None:
    made = room()
    made.speaking = dict.fromkeys(EVERYBODY, 1)
    for user in EVERYBODY:
        assert heard_by(made, user, 3) == set(EVERYBODY) - {user}


def test_a_free_place_is_kept_for_the_first_word_of_the_muted() -> None:
    made = room(muted=("viewer", "unlocked"))
    made.spoke = {"viewer": 99}
    assert heard_by(made, "moderator", 2) == {"guest", "viewer"}
    made.meeting.people["unlocked"].microphone = Microphone.ON
    assert heard_by(made, "moderator", 2) == {"guest", "unlocked"}


@pytest.mark.parametrize(("cameras", "seen"), [(0, []), (1, ["guest"]), (2, ["guest", "viewer"]), (9, None)])
def test_cameras_are_seen_in_the_order_of_the_wish_up_to_the_most(cameras: int, seen: list[str] | None) -> None:
    made, member = room(), room().member("moderator")
    wish = {"guest": 90, "nobody": 90, "moderator": 90, "viewer": 90, "unlocked": 90}
    member.wish = Wish("p", wish, sound=False, screen=True)
    wanted = made.wanted(member, talkers=3, cameras=cameras)
    assert {feed.user for feed in wanted} == set(["guest", "viewer", "unlocked"] if seen is None else seen)
    assert all(feed.kind is TrackKind.CAMERA for feed in wanted)


@pytest.mark.parametrize(
    ("height", "layer"), [(0, 0), (60, 0), (149, 0), (150, 1), (299, 1), (300, 2), (8192, 2), (None, 0)]
)
def test_a_camera_comes_in_the_size_of_its_tile(height: int | None, layer: int) -> None:
    made = room()
    member = made.member("moderator")
    member.wish = Wish("p", {} if height is None else {"viewer": height}, sound=True, screen=True)
    assert made.layer(member, Feed("viewer", "1", TrackKind.CAMERA, 2)) == layer
    # A microphone, and a camera of a browser that sends one size, have no layers.
    assert made.layer(member, Feed("viewer", "0", TrackKind.MICROPHONE, 2)) is None


def test_a_camera_that_was_cut_or_whose_pictures_never_came_is_no_feed() -> None:
    made = room()
    for user, change in (("viewer", "blocked"), ("guest", "live")):
        up = made.member(user).up
        assert up is not None
        setattr(up, change, {"1"} if change == "blocked" else {"0"})
    member = made.member("moderator")
    member.wish = Wish("p", dict.fromkeys(EVERYBODY, 90), sound=False, screen=True)
    assert {feed.user for feed in made.wanted(member, talkers=3, cameras=9)} == {"unlocked"}
    assert made.state(made.member("viewer")) == (Microphone.ON, 0, False)
