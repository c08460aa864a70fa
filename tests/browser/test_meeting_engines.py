"""A meeting that goes over from one engine to another: nobody clicks, and nobody is kept who did not agree."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from browser_harness import House
from browser_media import arrives, comes, goes_in, knows, open_house, receives, starts_camera
from harness import Daemon, free_port
from media_harness import Janus, missing
from playwright.sync_api import expect

WHY = missing()
pytestmark = [
    pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs"),
    # A second network that comes and goes would disturb the browsers.
    pytest.mark.xdist_group("network"),
]


@pytest.fixture(scope="module")
def daemon(janus: Janus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("engines") / "data"
    settings = janus.settings | {"bbbd.media": "auto"}
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
