"""People who hear and see each other: two browsers with fake devices, and a real Janus beside a real daemon."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest
import turn_server
from browser_harness import House
from browser_media import (
    WATCHED,
    arrives,
    comes,
    counted,
    goes_by,
    goes_in,
    knows,
    open_house,
    receives,
    starts_camera,
    turns_lock,
)
from harness import Daemon, free_port
from media_harness import Janus, missing
from playwright.sync_api import expect
from turn_server import TurnServer

WHY = missing() or turn_server.missing()
pytestmark = [
    pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs"),
    # A second network that comes and goes would disturb the browsers.
    pytest.mark.xdist_group("network"),
]


@pytest.fixture(scope="module")
def daemon(janus: Janus, relay: TurnServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("media") / "data"
    settings = janus.settings | relay.settings
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=settings)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def test_two_people_hear_and_see_each_other_and_a_third_who_comes_later(house: House) -> None:
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    expect(ada.dialog).to_contain_text("Nobody hears or sees you before you go in.")
    knows(house, listenerCount=0, voiceParticipantCount=0, videoCount=0)
    goes_in(ada)
    ben = comes(house, "Ben")
    goes_in(ben)
    receives(ada, "energy", 0)
    receives(ben, "energy", 0)
    starts_camera(ada)
    receives(ben, "frames")
    starts_camera(ben)
    receives(ada, "frames")
    knows(house, listenerCount=0, voiceParticipantCount=2, videoCount=2)
    # Who only listens hears and sees; the first click was all.
    cleo = comes(house, "Cleo")
    cleo.dialog.get_by_role("button", name="Listen only").click()
    receives(cleo, "frames")
    receives(cleo, "energy", 0)
    knows(house, listenerCount=1, voiceParticipantCount=2, videoCount=2)
    # A shared screen takes the stage, and gives it back.
    ada.button("Share screen").click()
    expect(cleo.page.locator("#shared")).to_contain_text("Screen of Ada")
    cleo.page.wait_for_function("() => document.querySelector('#shared video').videoWidth > 0")
    ada.button("Stop sharing").first.click()
    expect(cleo.page.locator("#shared")).to_be_hidden()
    # A camera that goes and comes makes no new link, of nobody. On a busy machine one may fail and be made anew; those
    # of the camera would be ten for each person.
    links = sum(counted(one)["links"] for one in (ada, ben, cleo))
    for _ in range(10):
        ben.button("Stop camera").click()
        ben.button("Start camera").click()
        expect(ben.button("Stop camera")).to_be_visible()
    ada.page.wait_for_function("() => document.querySelectorAll('.tile .seen').length === 2")
    receives(cleo, "frames")
    assert sum(counted(one)["links"] for one in (ada, ben, cleo)) - links < 5
    ben.chooses("Leave the sound")
    expect(ben.button("Join with sound")).to_be_visible()
    ben.button("Stop camera").click()
    expect(ada.page.locator(".tile .seen")).to_have_count(1)
    knows(house, listenerCount=1, voiceParticipantCount=1, videoCount=1)


def test_a_moderator_mutes_asks_and_stops(house: House) -> None:
    house.server.creates(allowModsToEjectCameras="true")
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    goes_in(ada, muted=True)
    goes_in(ben)
    receives(ada, "audio")
    ada.does("Ben", "Mute")
    expect(ben.page.get_by_text("Ada muted you").first).to_be_visible()
    expect(ben.button("Unmute")).to_be_visible()
    # Even a page that ignores it is not heard.
    ben.page.evaluate("links.flatMap((one) => one.getSenders()).forEach(({track}) => track && (track.enabled = true))")
    ada.page.wait_for_function(
        "async () => { const a = (await counted()).audio; await new Promise((d) => setTimeout(d, 500));"
        " return (await counted()).audio === a; }"
    )
    ada.does("Ben", "Ask to unmute")
    expect(ben.dialog).to_contain_text("Ada asks you to speak")
    ben.dialog.get_by_role("button", name="Unmute").click()
    receives(ada, "audio")
    ada.button("Mute all").click()
    ada.dialog.get_by_role("button", name="Mute all").click()
    expect(ben.button("Unmute")).to_be_visible()
    starts_camera(ben)
    receives(ada, "frames")
    expect(ada.page.locator(".tile .seen")).to_have_count(1)
    ada.does("Ben", "Stop the camera")
    expect(ben.page.get_by_text("Ada stopped your camera").first).to_be_visible()
    expect(ben.button("Start camera")).to_be_visible()
    expect(ada.page.locator(".tile .seen")).to_have_count(0)


def test_locks_and_limits_are_said(house: House) -> None:
    house.server.creates(webcamsOnlyForModerator="true", meetingCameraCap=2, muteOnStart="true")
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    expect(ben.dialog.get_by_label("Go in muted")).to_be_checked()
    goes_in(ada, muted=True)
    goes_in(ben, muted=True)
    starts_camera(ben)
    receives(ada, "frames")
    cleo = comes(house, "Cleo")
    goes_in(cleo, muted=True)
    starts_camera(cleo)
    ada.page.wait_for_function("() => document.querySelectorAll('.tile .seen').length === 2")
    # Who is pinned comes first; one picture may have all of the screen.
    first = ada.page.locator("#tiles .tile").first
    expect(first).not_to_contain_text("Cleo")
    ada.does("Cleo", "Pin the camera")
    expect(first).to_contain_text("Cleo")
    ada.does("Cleo", "Unpin the camera")
    expect(first).not_to_contain_text("Cleo")
    ada.does("Cleo", "Full screen")
    expect(ada.dialog).to_have_accessible_name("Cleo")
    expect(ada.dialog.locator("video")).to_be_visible()
    ada.button("Leave full screen").click()
    expect(ada.dialog).to_have_count(0)
    # Viewers see moderators alone: not a packet of each other's cameras.
    assert (counted(ben)["frames"], counted(cleo)["frames"]) == (0, 0)
    ada.button("Start camera").click()
    ada.dialog.get_by_role("button", name="Start camera").click()
    expect(ada.page.get_by_text("There are as many cameras on as this meeting allows").first).to_be_visible()
    expect(ada.button("Start camera")).to_be_visible()
    # What a lock forbids stays in its place, and says why; it comes back by itself.
    turns_lock(ada, "Camera")
    expect(ben.page.locator("#tool-camera")).to_have_attribute("title", "A moderator has turned off cameras")
    expect(ada.page.locator(".tile .seen")).to_have_count(0)
    turns_lock(ada, "Camera")
    expect(ben.page.locator("#tool-camera")).not_to_have_attribute("aria-disabled", "true")


def test_without_a_device_and_without_a_right_one_listens(house: House) -> None:
    house.server.creates()
    ben = house.admits("Ben", permissions=["local-network-access"])
    ben.page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " async () => { throw new DOMException('', window.fault ?? 'NotAllowedError'); };"
    )
    arrives(house, ben)
    ben.dialog.get_by_role("button", name="Try the microphone").click()
    expect(ben.dialog.get_by_role("alert")).to_contain_text("The browser does not allow it (microphone).")
    ben.page.evaluate("window.fault = 'NotFoundError'")
    ben.dialog.get_by_role("button", name="Go in", exact=True).click()
    expect(ben.dialog.get_by_role("alert")).to_contain_text("This device has none (microphone).")
    ben.dialog.get_by_role("button", name="Listen only").click()
    expect(ben.button("Speak")).to_be_visible()
    knows(house, listenerCount=1)


def test_who_was_in_is_in_again_after_a_reload_and_after_janus_restarted(house: House, janus: Janus) -> None:
    house.server.creates()
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben", **{"userdata-bbb_auto_join_audio": "false"})
    goes_in(ada)
    # Nobody asks who is not to be asked.
    expect(ben.dialog).to_have_count(0)
    ben.button("Join with sound").click()
    goes_in(ben)
    starts_camera(ben)
    receives(ada, "frames")
    ben.page.reload()
    expect(ben.button("Mute", exact=True)).to_be_visible()
    expect(ben.button("Stop camera")).to_be_visible()
    expect(ben.dialog).to_have_count(0)
    receives(ada, "frames")
    ben.button("Mute", exact=True).click()
    expect(ben.button("Unmute")).to_be_visible()
    janus.end(signal.SIGKILL)
    expect(ada.page.get_by_text("Sound and cameras are away for a moment").first).to_be_visible()
    expect(ada.page.locator("#tool-microphone")).to_have_attribute("aria-disabled", "true")
    janus.start()
    expect(ada.page.get_by_text("Sound and cameras are back").first).to_be_visible()
    receives(ada, "frames")
    receives(ben, "audio")
    knows(house, voiceParticipantCount=2, videoCount=1)
    # Who was muted is not heard because of it.
    expect(ben.button("Unmute")).to_be_visible()


def test_straight_in_by_the_link(house: House) -> None:
    house.server.creates()
    ada = comes(
        house,
        "Ada",
        role="MODERATOR",
        **{
            "userdata-bbb_skip_check_audio": "true",
            "userdata-bbb_listen_only_mode": "false",
            "userdata-bbb_auto_share_webcam": "true",
            "userdata-bbb_skip_video_preview": "true",
            "userdata-bbb_mirror_own_webcam": "false",
            "userdata-bbb_preferred_camera_profile": "low",
        },
    )
    ben = comes(house, "Ben", **{"userdata-bbb_force_listen_only": "true"})
    expect(ada.button("Stop camera")).to_be_visible()
    expect(ada.page.locator(".tile video.mirrored")).to_have_count(0)
    receives(ben, "frames")
    knows(house, listenerCount=1, voiceParticipantCount=1, videoCount=1)
    assert not ada.dialog.count()
    assert not ben.dialog.count()


def test_a_device_that_is_unplugged_is_replaced_and_that_is_said(house: House) -> None:
    house.server.creates()
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    goes_in(ada, muted=True)
    goes_in(ben)
    receives(ada, "audio")
    unplug = (
        "() => links.flatMap((one) => one.getSenders()).forEach(({track}) => track?.dispatchEvent(new Event('ended')))"
    )
    ben.page.evaluate(unplug)
    expect(ben.page.get_by_text(re.compile("is gone; now in use")).first).to_be_visible()
    receives(ada, "audio")
    # The last one is gone: from then on one listens.
    ben.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }; }"
    )
    ben.page.evaluate(unplug)
    expect(ben.page.get_by_text(re.compile("is gone. This device has none")).first).to_be_visible()
    expect(ben.button("Speak")).to_be_visible()
    knows(house, voiceParticipantCount=1, listenerCount=1)


def test_by_keys_one_speaks_and_shows(house: House) -> None:
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    keys = ada.page.keyboard
    goes_in(ada, muted=True)
    keys.press("Alt+Shift+KeyM")
    expect(ada.button("Mute", exact=True)).to_be_visible()
    keys.press("Alt+Shift+KeyM")
    expect(ada.button("Unmute")).to_be_visible()
    keys.press("Alt+Shift+KeyV")
    expect(ada.dialog.locator("video")).to_be_visible()
    keys.press("Escape")
    # Space talks only for who wants it, and only while it is held.
    ada.page.locator("#name").focus()
    keys.press("Space")
    expect(ada.button("Unmute")).to_be_visible()
    ada.chooses("Settings")
    ada.dialog.get_by_label("Hold Space to talk").check()
    keys.press("Escape")
    ada.page.locator("#name").focus()
    keys.down("Space")
    expect(ada.button("Mute", exact=True)).to_be_visible()
    keys.up("Space")
    expect(ada.button("Unmute")).to_be_visible()


def test_where_a_browser_plays_nothing_unasked_one_click_is_enough(house: House) -> None:
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    goes_in(ada)
    ben = house.admits("Ben")
    ben.page.add_init_script(WATCHED)
    ben.page.add_init_script(
        "let clicked = false; addEventListener('click', () => (clicked = true), true);"
        " const play = HTMLMediaElement.prototype.play; HTMLAudioElement.prototype.play = function () {"
        " return clicked ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError')); };"
    )
    arrives(house, ben, **{"userdata-bbb_force_listen_only": "true"})
    ben.button("Click to hear").click()
    expect(ben.page.locator("#hear")).to_be_hidden()
    receives(ben, "energy", 0)


def test_who_speaks_is_asked_before_anything_of_them_is_kept(house: House) -> None:
    house.server.creates(record="true")
    ada, ben, cleo = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben"), comes(house, "Cleo")
    goes_in(ada, muted=True)
    goes_in(ben)
    cleo.dialog.get_by_role("button", name="Listen only").click()
    ada.button("Record").click()
    # Ben is heard meanwhile, and whatever he says; who only listens is asked on speaking.
    ben.is_in("recorded")
    receives(ada, "audio")
    ben.button("Keep no sound or picture of me").click()
    ben.is_in("meeting")
    receives(ada, "audio")
    assert [event["agrees"] for event in ben.comes_to_hear("RecordingConsent")] == [False]
    cleo.is_in("meeting")
    cleo.button("Speak").click()
    # The question covers the page as soon as she is in.
    cleo.dialog.get_by_role("button", name="Go in", exact=True).click()
    cleo.is_in("recorded")
    cleo.button("I agree and stay").click()
    cleo.is_in("meeting")
    # The answer outlives a reload, and may be changed.
    ben.page.reload()
    expect(ben.button("Mute", exact=True)).to_be_visible()
    ben.is_in("meeting")
    ben.chooses("Recording of me")
    expect(ben.dialog).to_contain_text("You did not agree")
    ben.button("I agree and stay").click()
    ben.chooses("Recording of me")
    expect(ben.dialog).to_contain_text("You agreed")
    ben.page.keyboard.press("Escape")
    # Who comes later is asked before they go in with sound.
    dora = house.admits("Dora", permissions=["local-network-access", "microphone", "camera"])
    arrives(house, dora, "recorded")
    expect(dora.dialog).to_have_count(1)
    dora.button("I agree and stay").click()
    goes_in(dora)
    assert [ada.events("RecordingConsent"), cleo.events("RecordingConsent")[0]["agrees"]] == [[], True]


def test_where_nothing_else_gets_through_media_go_over_the_relay(house: House) -> None:
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    goes_in(ada)
    ben = house.admits("Ben", permissions=["local-network-access", "microphone", "camera"])
    ben.page.add_init_script("window.isBehindWall = true;")
    ben.page.add_init_script(WATCHED)
    arrives(house, ben)
    goes_in(ben)
    receives(ben, "energy", 0)
    receives(ada, "energy", 0)
    goes_by(ben, "relay", "relay")
    assert "relay" not in ada.page.evaluate("ways()")
