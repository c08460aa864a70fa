"""A meeting that goes over from one engine to another: nobody clicks, and nobody is kept who did not agree."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import turn_server
from browser_harness import House, done
from browser_media import arrives, comes, counted, goes_by, goes_in, knows, open_house, receives, starts_camera, waits
from clapper import different_pictures
from harness import Daemon, free_port
from media_harness import Janus, Network, missing
from playwright.sync_api import expect
from turn_server import TurnServer

from bbbd.composing.tools import missing_programs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_TOOLS = missing_programs()
WHY = missing() or turn_server.missing()
pytestmark = [
    pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs"),
    # A second network that comes and goes would disturb the browsers.
    pytest.mark.xdist_group("network"),
]


def other_house(browser: Browser, directory: Path, settings: dict[str, str]) -> Iterator[House]:
    """Open a house at a daemon with settings of its own."""
    daemon = Daemon(directory=directory / "data", port=free_port(), arguments=["--developer"], settings=settings)
    yield from open_house(browser, daemon)
    assert daemon.end() == 0


@pytest.fixture
def relayed_house(browser_with_devices: Browser, relay: TurnServer, tmp_path: Path) -> Iterator[House]:
    settings = {"bbbd.media": "mesh", "bbbd.mediaThroughRelayOnly": "true", **relay.settings}
    yield from other_house(browser_with_devices, tmp_path, settings)


@pytest.fixture
def second(network: Network, tmp_path: Path) -> Iterator[Janus]:
    second = Janus(network, tmp_path / "second", "25000-29999")
    yield second
    second.end()


@pytest.fixture
def house_of_two(browser_with_devices: Browser, janus: Janus, second: Janus, tmp_path: Path) -> Iterator[House]:
    sockets = " ".join(one.settings["bbbd.janus"] for one in (janus, second))
    yield from other_house(browser_with_devices, tmp_path, {"bbbd.media": "janus", "bbbd.janus": sockets})


@pytest.fixture
def recording_house(browser_with_devices: Browser, janus: Janus, tmp_path: Path) -> Iterator[House]:
    yield from other_house(browser_with_devices, tmp_path, janus.settings | {"bbbd.media": "auto"})


@pytest.fixture(scope="module")
def daemon(janus: Janus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("engines") / "data"
    settings = janus.settings | {"bbbd.media": "auto", "bbbd.meshRecordings": "false"}
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=settings)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def test_by_janus_then_from_browser_to_browser_then_by_janus_again(house: House, janus: Janus) -> None:
    house.server.creates(record="true")
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    for one in (ada, ben):
        goes_in(one)
    starts_camera(ben)
    receives(ada, "frames")
    ada.button("Mute", exact=True).click()
    janus.end(signal.SIGKILL)
    expect(ben.page.get_by_text("Sound and cameras are away for a moment").first).to_be_visible()
    # After a while nobody waits any longer.
    expect(ben.page.get_by_text("from browser to browser").first).to_be_visible()
    receives(ada, "frames")
    receives(ada, "audio")
    expect(ada.button("Unmute")).to_be_visible()
    knows(house, voiceParticipantCount=2, videoCount=1)
    # Nothing of sound and cameras is kept, so that nobody is asked about them; who comes is told.
    ada.button("Record").click()
    cleo = house.admits("Cleo", permissions=["local-network-access", "microphone", "camera"])
    arrives(house, cleo, "recorded")
    expect(cleo.dialog).to_contain_text("Your sound, camera and screen are not kept.")
    expect(cleo.button("Keep no sound or picture of me")).to_have_count(0)
    cleo.button("I understand and stay").click()
    cleo.dialog.get_by_role("button", name="Listen only").click()
    ben.is_in("meeting")
    # When Janus is back, it is kept of those who agree: Ben is asked, and Ada, though she started the recording.
    janus.start()
    for one in (ada, ben):
        one.is_in("recorded")
        expect(one.dialog).to_contain_text("are kept only if you agree")
    cleo.is_in("meeting")
    ben.button("I agree and stay").click()
    ada.button("Keep no sound or picture of me").click()
    receives(ada, "frames")
    receives(ada, "audio")
    expect(ada.button("Unmute")).to_be_visible()
    knows(house, listenerCount=1, voiceParticipantCount=2, videoCount=1)
    assert [event["agrees"] for event in ben.comes_to_hear("RecordingConsent")] == [True]


@pytest.mark.skipif(bool(NO_TOOLS), reason=f"not installed: {', '.join(NO_TOOLS)}")
def test_a_recording_goes_on_by_pages_while_janus_is_away(recording_house: House, janus: Janus, tmp_path: Path) -> None:
    house = recording_house
    house.server.creates(record="true")
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    for one in (ada, ben):
        goes_in(one)
    starts_camera(ben)
    receives(ada, "frames")
    ada.button("Record").click()
    ben.is_in("recorded")
    ben.button("I agree and stay").click()
    raw = tmp_path / "data/recording/raw"
    media = tmp_path / "data/recording/media"
    # Janus hands to the disk what it has a block of.
    waits(ben, lambda: any(file.stat().st_size > 20_000 for file in media.glob("*-video-*.mjr")))
    janus.end(signal.SIGKILL)
    expect(ben.page.get_by_text("from browser to browser").first).to_be_visible()
    # Both agreed to all of it already: nobody is asked again.
    expect(ben.page.locator(".tile .kept")).to_be_visible()
    waits(ben, lambda: any(b"camera" in head.read_bytes() for head in raw.glob("*/uploads/*.json")))
    janus.start()
    receives(ada, "frames")
    ada.button("Stop recording").click()
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    published = tmp_path / "data/published/presentation"
    waits(ben, lambda: bool(list(published.glob("*/metadata.xml"))))
    [film] = published.glob("*/video/webcams.webm")
    assert different_pictures(film) > 3
    [kept] = [one for one in raw.iterdir() if one.is_dir()]
    assert len(list(kept.glob(f"video/{kept.name}/*.webm"))) >= 2


def test_one_janus_dies_and_the_meeting_goes_on_by_another(house_of_two: House, janus: Janus) -> None:
    house = house_of_two
    house.server.creates()
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    for one in (ada, ben):
        goes_in(one)
    starts_camera(ben)
    receives(ada, "frames")
    links = [counted(one)["links"] for one in (ada, ben)]
    janus.end(signal.SIGKILL)
    # New links to the other one, and nobody clicked or was told that something is away.
    for one, before in zip((ada, ben), links, strict=True):
        one.page.wait_for_function("(before) => links.length >= before + 2", arg=before)
    receives(ada, "frames")
    receives(ben, "audio")
    knows(house, voiceParticipantCount=2, videoCount=1)
    expect(ada.page.get_by_text("Sound and cameras are away for a moment")).to_have_count(0)
    janus.start()


def test_where_only_relays_may_be_used_browsers_reach_each_other_through_coturn(relayed_house: House) -> None:
    house = relayed_house
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    expect(ada.dialog).not_to_contain_text("the others can see the network address of this device")
    goes_in(ada)
    ben = comes(house, "Ben")
    goes_in(ben)
    starts_camera(ben)
    receives(ada, "frames")
    receives(ben, "energy", 0)
    for one in (ada, ben):
        goes_by(one, "relay")
