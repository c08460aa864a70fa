"""Links to a moment of a recording: where it begins, where a clip ends, where one stopped, links to copy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from harness import Daemon, query_of, signed
from playable_recording import make_recording, presentation_files
from player_harness import Player, Recordings, watching
from playwright.sync_api import expect
from sample_recordings import record_id

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("?t=0h0m15s", 15),
        ("?t=15", 15),
        ("?t=0m15s&x=1", 15),
        ("?t=15s", 15),
        ("?t=0:15", 15),
        ("?t=70m", 40),
        ("?t=soon", 0),
    ],
)
def test_a_link_begins_at_its_moment(player: Player, query: str, seconds: int) -> None:
    player.opens("silent", query)
    player.is_at(seconds)
    expect(player.button("Play")).to_be_visible()


def test_a_link_to_a_moment_holds_for_media_too(player: Player) -> None:
    page = player.opens("lesson", "?t=12s").page
    page.wait_for_function("() => Math.abs(document.getElementById('media').currentTime - 12) < 0.3")
    expect(page.locator("#offer")).to_be_hidden()


def test_a_clip_stops_at_its_end_once(player: Player) -> None:
    page = player.opens("silent", "?t=5s&until=6s").page
    expect(page.locator("#offer")).to_contain_text("0:05 to 0:06")
    player.plays()
    expect(page.locator("#offer")).to_contain_text("is over")
    expect(player.button("Play")).to_be_visible()
    player.is_at(6)
    player.button("Once more").click()
    expect(player.button("Pause")).to_be_visible()
    expect(page.locator("#offer")).to_contain_text("is over")
    player.button("Go on").click()
    expect(page.locator("#time")).to_have_text("0:07 / 0:40")
    expect(player.button("Pause")).to_be_visible()


def test_a_clip_can_be_left(player: Player) -> None:
    page = player.opens("silent", "?t=5s&until=6s").page
    player.button("Do not stop there").click()
    player.plays()
    expect(page.locator("#time")).to_have_text("0:07 / 0:40")


def test_going_on_where_one_stopped_is_asked_and_not_forced(player: Player) -> None:
    page = player.opens("silent").page
    player.plays()
    player.seeks(20)
    player.button("Pause").click()
    page.reload()
    player.sees_it()
    player.is_at(0)
    expect(page.locator("#offer")).to_contain_text("You stopped at 0:2")
    player.button("Go on from there").click()
    expect(player.button("Pause")).to_be_visible()
    page.wait_for_function("() => Number(document.getElementById('seek').value) >= 20")
    page.reload()
    player.sees_it()
    player.button("From the beginning").click()
    page.reload()
    player.sees_it()
    expect(page.locator("#offer")).to_be_hidden()


def test_somebody_who_has_seen_it_all_is_offered_nothing(player: Player) -> None:
    page = player.opens("silent").page
    player.plays()
    player.seeks(20)
    player.seeks(39.5)
    expect(player.button("Play")).to_be_visible()
    page.reload()
    player.sees_it()
    expect(page.locator("#offer")).to_be_hidden()


def test_a_link_to_this_moment_or_a_clip_can_be_copied(player: Player) -> None:
    page = player.opens("silent", "?t=15").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    player.button("Link to this moment").click()
    address = page.get_by_role("textbox", name="Link to this moment")
    expect(address).to_have_value(player.recordings.url("silent", "?t=15s"))
    page.get_by_label("Begins at").fill("1:10:05")
    expect(address).to_have_value(player.recordings.url("silent", "?t=1h10m5s"))
    page.get_by_label("Stops at").fill("70m")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("cannot stop before it begins")
    expect(address).to_have_value("")
    page.get_by_label("Stops at").fill("71m")
    expect(address).to_have_value(player.recordings.url("silent", "?t=1h10m5s&until=1h11m"))
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == player.recordings.url("silent", "?t=1h10m5s&until=1h11m")
    page.keyboard.press("Escape")
    expect(player.button("Link to this moment")).to_be_focused()


def test_a_protected_recording_is_played_by_its_link_and_else_is_missing(
    browser: Browser, start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    root = tmp_path / "bigbluebutton"
    make_recording(root, "secret", presentation_files())
    daemon = start_daemon(settings={"publishedDir": str(root / "published")})
    own, base = record_id("secret"), f"http://127.0.0.1:{daemon.port}"

    def call(name: str, **pairs: str) -> str:
        with urlopen(base + signed(name, query_of(pairs))) as answer:
            return str(answer.read().decode())

    call("updateRecordings", recordID=own, protect="true")
    [link] = re.findall(rf"/recording/{own}/presentation[?]token=[0-9a-f]+", call("getRecordings", recordID=own))
    with watching(browser, Recordings(daemon, root)) as player:
        page = player.page
        page.goto(base + link)
        player.sees_it()
        expect(page.locator("#picture")).to_have_attribute("href", re.compile("slide-1"))
        expect(page.locator("#lines li")).to_have_count(2)
        page.reload()
        player.sees_it()
    with watching(browser, Recordings(daemon, root)) as stranger:
        stranger.page.goto(base + link)
        expect(stranger.page.get_by_role("heading")).to_have_text("There is no such recording")
        stranger.page.goto(f"{base}/playback/presentation/2.3/{own}", referer="https://moodle.example.edu/course?id=1")
        back = stranger.page.get_by_role("link", name="Back to moodle.example.edu")
        expect(back).to_have_attribute("href", "https://moodle.example.edu/")
        stranger.reports = [report for report in stranger.reports if "404" not in report]
