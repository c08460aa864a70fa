"""Whether everybody can use the player: nothing covers the slide at any size, and axe finds nothing."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal

import pytest
from browser_harness import PHONE, WIDE
from player_harness import Player, Recordings, watching
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: 400 % zoom of 1280 by 1024.
ZOOMED = (320, 256)
#: A phone on its side.
SIDEWAYS = (844, 390)
SIZES = (WIDE, (1366, 768), PHONE, SIDEWAYS, ZOOMED)
#: Points of the slide where something else is on top, and by how much it stands out of its place or the page.
COVERED = """() => {
  const board = document.getElementById('board');
  board.scrollIntoView({block: 'center'});
  const {left, top, width, height} = board.getBoundingClientRect();
  const covered = [];
  for (let x = 0.05; x < 1; x += 0.1) {
    for (let y = 0.05; y < 1; y += 0.1) {
      const [px, py] = [left + x * width, top + y * height];
      if (py < 0 || py >= innerHeight) continue;
      const found = document.elementFromPoint(px, py);
      if (!board.contains(found)) covered.push(`${found?.id || found?.tagName} at ${x}, ${y}`);
    }
  }
  return {covered, height, width};
}"""
PAGE = "() => { const page = document.documentElement; return [page.scrollWidth, page.scrollHeight]; }"
LOOKS: tuple[tuple[Literal["light", "dark"], tuple[int, int], str], ...] = (
    ("light", WIDE, "en-GB"),
    ("dark", SIDEWAYS, "ar-EG"),
    ("light", ZOOMED, "de-DE"),
)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_covers_the_slide_and_the_page_does_not_grow(
    browser: Browser, recordings: Recordings, size: tuple[int, int]
) -> None:
    with watching(browser, recordings, size) as player:
        page = player.opens("rich").page
        page.select_option("#tracks", label="English")
        for seconds in (0, 4, 9, 31):
            player.seeks(seconds)
            found = page.evaluate(COVERED)
            assert not found["covered"]
            assert found["height"] >= min(size[1] / 3, 200)
            assert found["width"] >= size[0] / 2
            width, height = page.evaluate(PAGE)
            assert width <= size[0]
            # At 400 % the page scrolls as a whole.
            assert height <= size[1] or size == ZOOMED
        expect(page.locator("#lines li:visible")).to_have_count(300)


def test_full_screen_keeps_controls_and_captions_beside_the_slide(player: Player) -> None:
    page = player.opens("rich").page
    page.select_option("#tracks", label="English")
    before = page.evaluate(COVERED)
    page.keyboard.press("f")
    expect(player.button("Full screen")).to_have_attribute("aria-pressed", "true")
    player.seeks(4)
    expect(page.locator("#cue")).to_have_text("Good morning & welcome")
    full = page.evaluate(COVERED)
    assert not full["covered"]
    assert full["width"] > before["width"]
    page.keyboard.press("f")
    expect(page.locator("#side")).to_be_visible()


def test_all_can_be_done_by_the_keyboard_alone(player: Player) -> None:
    page = player.opens("rich").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the controls")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(player.button("Play")).to_be_focused()
    order = []
    for _step in range(12):
        order.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    for name in (
        "play",
        "back",
        "on",
        "mute",
        "volume",
        "speed",
        "tracks",
        "swap",
        "over",
        "alone",
        "copy-link",
        "full",
    ):
        assert name in order
    page.locator("#seek").focus()
    page.keyboard.press("ArrowRight")
    player.is_at(10)
    page.keyboard.press("PageUp")
    assert page.get_attribute("#seek", "aria-valuetext") == "0:40 of 0:40"
    page.keyboard.press("Home")
    player.is_at(0)


def violations(player: Player) -> list[str]:
    """Return what axe finds: which rule, where."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = player.page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("theme", "size", "locale"), LOOKS)
def test_axe_finds_nothing(
    browser: Browser, recordings: Recordings, theme: Literal["light", "dark"], size: tuple[int, int], locale: str
) -> None:
    with watching(browser, recordings, size, locale=locale, color_scheme=theme, reduced_motion="reduce") as player:
        # With few messages: axe looks at each.
        page = player.opens("short", "?t=1s&until=20s").page
        page.select_option("#tracks", index=1)
        page.evaluate(AXE)
        for tab in ("chat", "contents", "notes", "search"):
            page.click(f"#tab-{tab}")
            if tab == "search":
                page.fill("#find-text", "cell")
                expect(page.locator("#finds li")).to_have_count(1)
            assert not violations(player), tab
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        page.click("#copy-link")
        assert not violations(player)
