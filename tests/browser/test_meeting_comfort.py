"""What makes a meeting comfortable: zoom of a shared screen, saved data, and what is done to a microphone's sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser_harness import House
from browser_media import comes, goes_in, open_house, receives, starts_camera
from harness import Daemon, free_port

if TYPE_CHECKING:
    from browser_harness import Guest

# A network that comes and goes would disturb the browsers.
pytestmark = pytest.mark.xdist_group("network")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    settings = {"bbbd.media": "mesh"}
    directory = tmp_path_factory.mktemp("comfort") / "data"
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=settings)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def switches(guest: Guest, *names: str) -> None:
    """Turn switches of the settings over."""
    guest.chooses("Settings")
    for name in names:
        guest.dialog.get_by_label(name).click()
    guest.dialog.get_by_role("button", name="Done").click()


def test_a_shared_screen_is_zoomed_and_data_are_saved(house: House) -> None:
    house.server.creates()
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    for one in (ada, ben):
        goes_in(one)
    starts_camera(ada)
    ada.button("Share screen").click()
    ben.page.wait_for_function("() => document.querySelector('#shared video')?.videoWidth > 0")
    # For oneself alone, by buttons and keys.
    ben.page.locator(".shared-bar").get_by_role("button", name="Zoom in").click()
    frame = ben.page.get_by_role("group", name="Screen of Ada")
    frame.press("+")
    ben.hears("Zoom 225 %")
    shown = ben.page.locator("#shared video")
    before = shown.get_attribute("style")
    frame.press("ArrowRight")
    assert shown.get_attribute("style") != before
    frame.press("0")
    ben.hears("Zoom 100 %")
    # One's own camera becomes smaller at once, for all, and the choice is kept.
    receives(ben, "frames")
    ben.page.wait_for_function("() => document.querySelector('.tile video.seen').videoHeight > 180")
    switches(ada, "Save data")
    ben.page.wait_for_function("() => document.querySelector('.tile video.seen').videoHeight <= 180")
    switches(ada, "Save data")
    ben.page.wait_for_function("() => document.querySelector('.tile video.seen').videoHeight > 180")
    switches(ben, "Cancel echo", "Adjust loudness")
    receives(ada, "audio")
    ben.page.wait_for_function(
        """() => links.flatMap((link) => link.getSenders())
          .some(({track}) => track?.kind === "audio" && track.getSettings().echoCancellation === false)"""
    )
