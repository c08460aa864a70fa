"""Slides on the meeting's page, in real browsers: who presents leads, everybody follows or turns pages alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser_harness import House, begin
from playwright.sync_api import expect
from sample_documents import document, encrypted_pdf, pdf

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

TEXTS = ("How a leaf makes sugar", "Light reaches the leaf", "Water is split", "Energy is kept")
ROOT = ("Roots", "Hairs")
PART = """["x", "y", "w", "h"].map(
  (name) => Number(document.querySelector(".paper").style.getPropertyValue(`--${name}`)))"""


def reach(page: Page, state: str) -> None:
    """Wait until the page is in a state."""
    page.locator(f"body[data-state={state}]").wait_for()


def pick(page: Page, opener: str, item: str) -> None:
    """Choose from a menu."""
    page.click(opener)
    page.locator(".menu-item", has_text=item).click()


def focused(page: Page) -> str:
    """Return the id of what has the focus."""
    found: str = page.evaluate("() => document.activeElement.id")
    return found


def leaf(**more: str) -> str:
    return document("Leaf.pdf", pdf(*TEXTS), **more)


def seen(page: Page, number: int, texts: tuple[str, ...] = TEXTS) -> Locator:
    """Wait until a page is seen, and its text is there for those who do not see it."""
    place = f"Page {number} of {len(texts)}"
    image = page.locator(f'#slide-frame[aria-label="{place}"] .paper img[alt="{texts[number - 1]}"]')
    image.wait_for()
    assert image.evaluate("(image) => image.complete && image.naturalWidth > 0")
    return image


def do(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def token(page: Page) -> str:
    found: str = page.evaluate("() => history.state.token")
    return found


def ask(house: House, path: str, holder: str, data: bytes | None = None) -> tuple[int, bytes]:
    """Ask the server for something of slides, or send it a document."""
    url = house.url(f"{house.server.path}/html5client/slides{path}")
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {holder}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def part(page: Page) -> list[float]:
    """Return which part of the page is seen: x, y, w and h in percent."""
    found: list[float] = page.evaluate(f"() => {PART}")
    return found


def addresses(page: Page) -> list[str]:
    """Return the paths of the pages that a browser asks for from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url.partition("/slides/")[2]))
    return found


def test_everybody_follows_and_may_leave_and_come_back(either_house: House) -> None:
    house = either_house
    begin(house, leaf())
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    seen(ada, 1)
    seen(bo, 1)
    bo.get_by_text("Following Ada").wait_for()
    do(ada, "Next page")
    seen(bo, 2)
    bo.locator("#polite", has_text="Page 2 of 4").wait_for()
    assert focused(bo) == "name"
    bo.focus("#slide-frame")
    bo.press("#slide-frame", "ArrowRight")
    seen(bo, 3)
    ada.focus("#slide-frame")
    ada.press("#slide-frame", "End")
    seen(ada, 4)
    assert bo.input_value("#slide-bar select") == "3"
    do(bo, "Follow again")
    seen(bo, 4)
    bo.get_by_text("Following Ada").wait_for()
    bo.select_option("#slide-bar select", label="2 of 4")
    seen(bo, 2)
    bo.keyboard.press("Alt+Shift+F")
    seen(bo, 4)
    ada.keyboard.press("Alt+Shift+P")
    seen(bo, 3)
    assert ada.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
    bo.reload()
    reach(bo, "meeting")
    seen(bo, 3)


def test_zoom_of_who_presents_is_seen_by_all(house: House) -> None:
    begin(house, leaf())
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    seen(ada, 1)
    seen(bo, 1)
    box = ada.locator(".paper").bounding_box()
    assert box is not None
    left, top, width, height = (box[name] for name in ("x", "y", "width", "height"))
    ada.mouse.move(left + width - 2, top + height - 2)
    ada.keyboard.down("Control")
    for _ in range(5):
        ada.mouse.wheel(0, -30)
    ada.keyboard.up("Control")
    bo.wait_for_function(f"() => {{ const [x, y, w, h] = {PART}; return x + w > 99 && y + h > 99 && w < 30; }}")
    ada.mouse.move(left + width / 4, top + height / 4)
    ada.mouse.down()
    ada.mouse.move(left + width / 2, top + height / 2, steps=4)
    ada.mouse.up()
    ada.wait_for_function(f"() => {{ const [x, y, w, h] = {PART}; return x + w < 98 && y + h < 98; }}")
    wanted = part(ada)
    bo.wait_for_function(f"(wanted) => JSON.stringify({PART}) === JSON.stringify(wanted)", arg=wanted)
    do(bo, "Next page")
    seen(bo, 2)
    assert part(bo) == [0, 0, 100, 100]
    do(bo, "Follow again")
    seen(bo, 1)
    assert part(bo) == wanted
    do(ada, "Next page")
    seen(bo, 2)
    assert part(bo) == [0, 0, 100, 100]
    assert bo.get_by_role("button", name="Zoom in").count() == 0


def test_who_presents_uploads_and_nobody_else(house: House, tmp_path: Path) -> None:
    begin(house)
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    expect(bo.locator("#tool-slides")).to_be_hidden()
    status, why = ask(house, "?name=mine.pdf", token(bo), pdf("Mine"))
    assert (status, json.loads(why)) == (403, {"why": "Only who presents uploads slides."})
    (tmp_path / "first.pdf").write_bytes(pdf(*ROOT))
    ada.click("#tool-slides")
    ada.locator(".decks .lead", has_text="There are no slides yet.").wait_for()
    ada.evaluate("""() => {
      self.told = [];
      new MutationObserver(() => self.told.push(document.querySelector("#deck-notes").textContent))
        .observe(document.querySelector("#deck-notes"), {childList: true, subtree: true, characterData: true});
    }""")
    ada.get_by_label("Everyone may download").check()
    with ada.expect_file_chooser() as chooser:
        do(ada, "Upload a document")
    held: list[Route] = []
    ada.route("**/slides?*", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    chooser.value.set_files(tmp_path / "first.pdf")
    ada.locator(".deck-note", has_text="first.pdf Uploading").locator("progress").wait_for()
    held[0].continue_()
    ada.unroute_all()
    for page in (ada, bo):
        seen(page, 1, ROOT)
    assert "first.pdf Converting to slides" in ada.evaluate("() => self.told")
    ada.wait_for_function("() => document.querySelector('#deck-notes').hidden")
    with bo.expect_download() as download:
        do(bo, "Download the document")
    assert download.value.suggested_filename == "first.pdf"
    assert download.value.path().read_bytes() == pdf(*ROOT)
    carried = ada.evaluate_handle(
        """(data) => {
          const carried = new DataTransfer();
          carried.items.add(new File([data], "second.pdf", {type: "application/pdf"}));
          return carried;
        }""",
        pdf(*TEXTS).decode(),
    )
    ada.dispatch_event("#slide-frame", "dragover", {"dataTransfer": carried})
    ada.dispatch_event("#slide-frame", "drop", {"dataTransfer": carried})
    seen(bo, 1)


def test_decks_are_chosen_and_removed(house: House) -> None:
    begin(house, leaf(), document("Root.pdf", pdf(*ROOT)))
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    seen(bo, 1)
    ada.click("#tool-slides")
    rows = ada.locator(".deck")
    rows.nth(1).locator(".thumb img").wait_for()
    assert rows.locator("bdi").all_inner_texts() == ["Leaf.pdf", "Root.pdf"]
    assert rows.nth(0).locator(".tag").inner_text() == "On the stage"
    rows.nth(1).get_by_role("button", name="Show").click()
    seen(bo, 1, ROOT)
    assert focused(ada) == "tool-slides"
    bo.locator("#polite", has_text="Slides: Root.pdf. Page 1 of 2").wait_for()
    do(bo, "Next page")
    ada.click("#tool-slides")
    do(ada, "Remove Root.pdf")
    ada.get_by_role("button", name="Remove", exact=True).click()
    ada.wait_for_function("() => document.querySelectorAll('.deck').length === 1")
    ada.locator(".decks h2:focus").wait_for()
    seen(bo, 1)
    do(ada, "Remove Leaf.pdf")
    ada.get_by_role("button", name="Remove", exact=True).click()
    ada.get_by_text("There are no slides yet.").wait_for()
    bo.locator('body[data-slides="off"] #now h2').wait_for()


def test_a_document_that_fails_tells_who_presents_why(house: House) -> None:
    begin(house, document("Secret.pdf", encrypted_pdf()))
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    note = ada.locator(".deck-note.bad")
    note.wait_for()
    assert "Secret.pdf" in note.inner_text()
    assert "password" in note.inner_text()
    ada.click("#tool-slides")
    assert "password" in ada.locator(".deck .bad").inner_text()
    ada.keyboard.press("Escape")
    note.get_by_role("button", name="Close").click()
    note.wait_for(state="detached")
    assert bo.locator(".deck-note").count() == 0


def test_a_page_is_read_while_it_is_turned(house: House) -> None:
    begin(house, leaf())
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    seen(bo, 1)
    do(bo, "Text of this page")
    bo.locator(".page-text", has_text=TEXTS[0]).wait_for()
    do(ada, "Next page")
    bo.locator(".page-text", has_text=TEXTS[1]).wait_for()


def test_who_is_removed_is_given_no_page_any_more(house: House) -> None:
    begin(house, leaf())
    ada, bo = house.moderates("Ada").page, house.joins("Bo").page
    seen(bo, 1)
    asked = addresses(bo)
    bo.press("#slide-frame", "End")
    seen(bo, 4)
    holder, path = token(bo), "/" + next(path for path in asked if path.endswith("/4"))
    assert ask(house, path, holder)[0] == 200
    bo.press("#slide-frame", "Enter")
    bo.wait_for_function("() => document.fullscreenElement?.id === 'slide'")
    bo.get_by_role("button", name="Leave full screen").click()
    bo.wait_for_function("() => !document.fullscreenElement")
    do(bo, "Full screen")
    bo.wait_for_function("() => document.fullscreenElement")
    ada.click("#tab-people")
    pick(ada, ".person:has-text('Bo') .row-menu", "Remove")
    ada.click("dialog .danger")
    reach(bo, "removed")
    bo.wait_for_function("() => !document.fullscreenElement")
    assert ask(house, path, holder)[0] == 403
    expect(bo.locator("#slide")).to_be_hidden()


def test_slides_are_collapsed_until_they_are_wanted(house: House) -> None:
    begin(house, leaf())
    bo = house.joins("Bo", **{"userdata-bbb_hide_presentation_on_join": "true"}).page
    bo.locator("#now h2").wait_for()
    expect(bo.locator("#slide")).to_be_hidden()
    do(bo, "Show the slides")
    seen(bo, 1)
    pick(bo, "#tool-more", "Hide the slides")
    bo.locator("#now h2").wait_for()


def test_without_slides_there_is_nothing_of_them(house: House) -> None:
    begin(house, leaf(), disabledFeatures="presentation")
    ada = house.moderates("Ada").page
    ada.locator("#now h2").wait_for()
    expect(ada.locator("#tool-slides")).to_be_hidden()
    ada.keyboard.press("Alt+Shift+N")
    ada.keyboard.press("?")
    keys = ada.inner_text(".keys")
    assert "Raise or lower" in keys
    assert "Next page" not in keys
    assert ada.locator("#slide").count() == 0


@pytest.mark.parametrize("layout", ["CUSTOM_LAYOUT", "PRESENTATION_FOCUS", "PRESENTATION_ONLY", "VIDEO_FOCUS"])
def test_at_400_percent_the_page_is_seen_whether_or_not_the_panel_is(house: House, layout: str) -> None:
    house.size = (320, 256)
    begin(house, leaf(), meetingLayout=layout)
    ada = house.moderates("Ada").page
    seen(ada, 1)
    for _ in range(2):
        image = ada.locator(".paper img")
        image.scroll_into_view_if_needed()
        box = image.bounding_box()
        assert box is not None
        assert box["width"] > 150, layout
        assert box["height"] > 80, layout
        assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if layout != "PRESENTATION_ONLY":
            ada.click("#collapse")


LAYOUTS: dict[str, dict[str, Any]] = {
    "PRESENTATION_FOCUS": {"slide": True, "tiles": False, "panel": True},
    "PRESENTATION_ONLY": {"slide": True, "tiles": False, "panel": False},
    "VIDEO_FOCUS": {"slide": True, "tiles": True, "panel": True},
    "CAMERAS_ONLY": {"slide": False, "tiles": True, "panel": False},
    "PARTICIPANTS_CHAT_ONLY": {"slide": False, "tiles": False, "panel": True},
}


def test_a_layout_says_where_the_page_is(house: House) -> None:
    begin(house, leaf())
    ada = house.moderates("Ada").page
    seen(ada, 1)
    for layout, shown in LAYOUTS.items():
        link = house.server.link("Ada", role="MODERATOR", **{"userdata-bbb_default_layout": layout})
        ada.goto(house.url(link))
        ada.locator(f'body[data-layout="{layout}"][data-slides="{"on" if shown["slide"] else "off"}"]').wait_for()
        if shown["slide"]:
            seen(ada, 1)
        for name, there in shown.items():
            expect(ada.locator(f"#{name}"), layout).to_be_visible(visible=there)
