"""What leads to a moment of a recording: contents, chat, search; polls, notes and videos of other sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from player_harness import Player
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator


def finds(player: Player, text: str) -> Locator:
    """Search, and return the list of what is found."""
    player.opens_tab("Search")
    player.page.get_by_role("searchbox").fill(text)
    return player.page.get_by_role("region", name="What was found").get_by_role("button")


def test_slides_polls_and_videos_lead_to_their_moment(either_player: Player) -> None:
    player, page = either_player, either_player.page
    player.opens("rich")
    player.opens_tab("Contents")
    contents = page.get_by_role("region", name="Contents")
    contents.get_by_role("button", name="Slide 2").click()
    player.is_at(13.7)
    expect(contents.get_by_role("button", name="Slide 2")).to_have_attribute("aria-current", "true")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#moments img')].every((one) => one.naturalWidth === 32)"
    )
    contents.get_by_role("button", name="Go to the poll at 0:06").click()
    player.is_at(6)
    expect(contents.get_by_role("button", name="Slide 1: Cells")).to_have_attribute("aria-current", "true")
    contents.get_by_role("button", name="Go to the video at 0:08").click()
    player.is_at(8)


def test_the_slide_of_now_is_in_view_among_the_contents(player: Player) -> None:
    page = player.opens("long").page
    player.seeks(35.5)
    player.opens_tab("Contents")
    expect(page.get_by_role("button", name="Slide 36")).to_be_in_viewport()
    player.seeks(1.5)
    expect(page.get_by_role("button", name="Slide 2 0:01")).to_be_in_viewport()


def test_results_of_polls_are_shown(player: Player) -> None:
    page = player.opens("rich").page
    player.opens_tab("Contents")
    expect(page.get_by_text("Is it <b>alive</b>?")).to_be_visible()
    rows = page.get_by_role("table", name="Poll").get_by_role("row")
    assert [row.inner_text().split() for row in rows.all()] == [["Yes", "2"], ["No", "1"]]
    expect(page.get_by_text("3 people answered")).to_be_visible()


def test_a_video_of_another_site_is_a_link_at_its_moment(player: Player) -> None:
    page = player.opens("rich").page
    link = page.locator("#dock").get_by_role("link")
    expect(link).to_have_count(0)
    player.seeks(8)
    expect(link).to_have_attribute("href", "https://video.example.org/watch?v=1&t=2")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    player.seeks(39)
    expect(link).to_have_count(0)
    assert page.locator("[href^='javascript']").count() == 0


def test_a_message_leads_to_its_moment(player: Player) -> None:
    page = player.opens("rich").page
    player.seeks(20)
    page.locator("#lines li").nth(30).get_by_role("button").click()
    player.is_at(3)
    expect(page.locator("#lines li:visible")).to_have_count(31)


def test_the_newest_message_is_in_view_unless_one_reads_earlier_ones(player: Player) -> None:
    page = player.opens("rich").page
    player.seeks(20)
    expect(page.locator("#lines li").nth(200)).to_be_in_viewport()
    page.locator("#lines-box").evaluate("(box) => { box.scrollTop = 0; }")
    expect(page.locator("#lines li").nth(0)).to_be_in_viewport()
    # Scroll events come with the next frame.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    player.seeks(22)
    expect(page.locator("#lines li:visible")).to_have_count(221)
    expect(page.locator("#lines li").nth(0)).to_be_in_viewport()


def test_the_search_goes_through_slides_chat_captions_polls_and_notes(either_player: Player) -> None:
    player, page = either_player, either_player.page
    player.opens("rich")
    finds(player, "CELLS").click()
    player.is_at(0)
    expect(page.locator("#found")).to_have_text("1 find")
    expect(finds(player, "cells").locator("mark")).to_have_text("Cells")
    assert finds(player, "uber zellen").inner_text().split("\n")[0].startswith("Deutsch")
    finds(player, "uber zellen").click()
    player.is_at(6)
    finds(player, "message 100:").click()
    player.is_at(9.9)
    expect(finds(player, "alive")).to_contain_text("Poll")
    expect(finds(player, "watch?v=1")).to_contain_text("External video")
    expect(finds(player, "message")).to_have_count(100)
    expect(page.locator("#found")).to_have_text("300 finds The first 100 are listed.")
    finds(player, "sugar").click()
    expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    expect(finds(player, "no such thing")).to_have_count(0)
    expect(page.locator("#found")).to_have_text("0 finds")
    # The search loads all captions, and shows none.
    expect(page.locator("#cue")).to_be_hidden()


def test_notes_are_shown_and_nothing_in_them_runs(player: Player) -> None:
    page = player.opens("rich").page
    player.opens_tab("Notes")
    notes = page.locator("#notes")
    expect(notes.get_by_role("heading")).to_have_text("Photosynthesis")
    assert notes.inner_text().split("\n")[-1] == "Chlorophyll"
    assert notes.locator("script, style, img, iframe, [onclick], [style]").count() == 0
    assert [link.get_attribute("href") for link in notes.locator("a").all()] == [None, "https://example.org/leaf"]
    assert page.title() == "Biology 101: plants, light and sugar"


def test_tabs_are_those_that_have_something(player: Player) -> None:
    page = player.opens("board").page
    assert page.get_by_role("tab").all_inner_texts() == ["Contents", "Search"]
    page.get_by_role("tab", name="Contents").press("ArrowRight")
    expect(page.get_by_role("tab", name="Search")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_be_visible()
