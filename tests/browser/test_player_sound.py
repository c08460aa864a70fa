"""Where the player shows cameras, and how a recording is only heard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from player_harness import Player


def test_cameras_are_beside_the_slides_over_them_or_not_there_at_all(player: Player) -> None:
    page = player.opens("heard").page
    board, camera = page.locator("#board"), page.locator("#camera")
    # How loud it is stands over the seek bar, as long as the recording.
    expect(page.locator("#peaks")).to_have_attribute("d", re.compile("^M0 100v-1h1V100zM1 100v-60h1V100z"))
    assert page.get_attribute("#loud", "viewBox") == "0 0 4 100"

    def is_over() -> bool:
        large, small = board.bounding_box(), camera.bounding_box()
        assert large is not None
        assert small is not None
        return large["x"] <= small["x"] and small["x"] + small["width"] <= large["x"] + large["width"]

    assert not is_over()
    player.button("Cameras over the slides").click()
    assert is_over()
    page.reload()
    player.sees_it()
    assert is_over()
    player.button("Swap slides and cameras").click()
    assert not is_over()
    player.seeks(10)
    player.plays()
    player.button("Sound alone").click()
    expect(board).to_be_hidden()
    expect(camera).to_be_hidden()
    # It goes on where it was, and only the sound is fetched.
    page.wait_for_function(
        "() => { const media = document.getElementById('media');"
        " return media.currentSrc.endsWith('/audio.ogg') && media.currentTime > 10.2 && !media.paused; }"
    )
    player.button("Sound alone").click()
    expect(board).to_be_visible()
    page.wait_for_function(
        "() => { const media = document.getElementById('media');"
        " return media.currentSrc.endsWith('/webcams.webm') && media.currentTime > 10.3 && !media.paused; }"
    )
    assert player.reports == []
