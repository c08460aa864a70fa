"""Drawings of newer servers and recordings of the oldest ones."""

from __future__ import annotations

import re

from player_harness import KINDS, OLD_KINDS, Player
from playwright.sync_api import expect


def test_drawings_of_newer_servers_are_shown_as_far_as_they_are_known(player: Player) -> None:
    page = player.opens("board").page
    player.seeks(2.5)
    expect(page.locator("#drawings path")).to_have_attribute("d", "M0 0L60 80L150 20")
    # A whiteboard is 1440 wide for a slide of 1600.
    assert page.locator("#drawings > g").first.get_attribute("transform") == "scale(1.1111111111111112)"
    expect(page.locator("#drawings rect")).to_have_attribute("stroke", "#1d1d1d")
    expect(page.locator("#drawings text")).to_have_text("<b>Box</b>")
    expect(page.locator("#unshown")).to_be_hidden()
    assert page.get_attribute("#cursor", "cx") == "800"
    player.seeks(3.5)
    expect(page.locator("#unshown")).to_have_text("1 drawing of this slide is of a kind that cannot be shown here.")
    player.seeks(25)
    expect(page.locator("#slide")).to_have_attribute("viewBox", "160 100 800 600")


def test_every_kind_of_drawing_is_shown(player: Player) -> None:
    player.opens("kinds")
    page = player.page
    player.seeks(39)
    expect(page.locator("#drawings > g")).to_have_count(len(KINDS) + len(OLD_KINDS))
    expect(page.locator("#unshown")).to_be_hidden()
    # Nothing is of no size, and nothing leads out.
    assert page.evaluate(
        "() => [...document.querySelectorAll('#drawings > g > *')].every((one) => { const box = one.getBBox();"
        " return box.width + box.height > 0; })"
    )
    # An arrow that is bound to the note of 200 by 200 in its own place ends at the note's edge.
    paths = [path.get_attribute("d") or "" for path in page.locator("#drawings path").all()]
    assert [path for path in paths if path.startswith("M200 100Q300 100 400 100")]
    assert page.locator("#drawings [href^='http'], #drawings script").count() == 0
    assert {"Yes: 2", "No: 1", "Rich", "text"} <= set(page.locator("#drawings tspan").all_text_contents())


def test_drawings_that_make_no_sense_are_said_and_harm_nothing(player: Player) -> None:
    player.opens("hostile")
    page = player.page
    player.seeks(39)
    expect(page.locator("#unshown")).to_contain_text("of this slide are of kinds that cannot be shown here")
    assert page.locator("#drawings script, #drawings [onload], #drawings [href]").count() == 0
    player.plays()
    expect(page.locator("#picture")).to_be_visible()


def test_pictures_within_drawings_are_only_those_of_the_recording(player: Player) -> None:
    page = player.opens("classic").page
    player.seeks(4)
    expect(page.locator("#picture")).to_have_attribute("href", re.compile("/svgs/slide1[.]svg$"))
    assert page.get_attribute("#slide", "aria-label") == "Slide: Cells and their parts"
    [picture] = page.locator("#drawings image").all()
    assert (picture.get_attribute("href") or "").endswith("/poll_result1.svg")
    assert picture.get_attribute("transform") == "rotate(90, 5, 6)"
    assert page.locator("#drawings rect").get_attribute("stroke") is None
    assert page.locator("#drawings :is(use, a, [onload])").count() == 0
    assert page.title() == "Biology & <b>101</b>"
    player.opens_tab("Contents")
    page.wait_for_function("() => document.querySelector('#moments img').naturalWidth === 32")


def test_recordings_of_the_oldest_servers_are_played(player: Player) -> None:
    page = player.page
    url = player.recordings.url("oldest")
    page.goto(url.replace("2.3/", "0.81/playback.html?t=22s&meetingId="))
    player.sees_it()
    assert page.url == f"{url}?t=22s"
    expect(page.locator("#picture")).to_have_attribute(
        "href", re.compile(r"^/presentation/[^/]+/presentation/[^/]+/slide-1[.]png$")
    )
    player.seeks(1)
    expect(page.locator("#empty")).to_be_visible()
    player.seeks(12)
    expect(page.locator("#picture")).to_have_attribute("href", re.compile("slide-2"))
    expect(page.locator("#lines li:visible")).to_have_count(1)
    player.seeks(35)
    expect(page.locator("#empty")).to_be_visible()
    # The chat was cleared meanwhile.
    expect(page.locator("#lines li:visible")).to_have_count(0)
    expect(page.locator("#no-lines")).to_be_visible()
    player.opens_tab("Contents")
    assert [one.inner_text() for one in page.locator("#moments button").all()] == ["0:02", "0:10", "0:20"]
