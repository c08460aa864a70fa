"""The pointer on slides, in real browsers: who presents points, and everybody sees a dot at that place of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser_harness import Guest, House, done
from playwright.sync_api import expect
from sample_documents import create, document, pdf

if TYPE_CHECKING:
    from playwright.sync_api import Locator

#: Where the dot's middle is in percent of the whole page, and whether it can be seen.
DOT = """() => {
  const [dot, page] = [".pointer", ".paper img"].map((one) => document.querySelector(one)?.getBoundingClientRect());
  return [(dot.left + dot.right) / 2 - page.left, (dot.top + dot.bottom) / 2 - page.top]
    .map((far, index) => 100 * far / [page.width, page.height][index]);
}"""
NEAR = f"([x, y]) => {{ const [atX, atY] = ({DOT})(); return Math.abs(atX - x) < 0.5 && Math.abs(atY - y) < 0.5; }}"


def meet(house: House, *others: str) -> list[Guest]:
    """Have Ada, who presents, and others see the first of two pages."""
    done(create(house.server, "demo", document("Leaf.pdf", pdf("Light", "Water"))))
    guests = [house.moderates("Ada"), *(house.joins(name) for name in others)]
    for guest in guests:
        sees(guest, 1)
    return guests


def sees(guest: Guest, page: int) -> None:
    """See a page, with its picture."""
    frame = guest.page.locator(f'#slide-frame[aria-label="Page {page} of 2"]:not(.busy)')
    expect(frame.locator(f'.paper img[alt="{("Light", "Water")[page - 1]}"]')).to_be_visible()


def dot(guest: Guest) -> Locator:
    return guest.page.locator(".pointer")


def points(guest: Guest, x: float, y: float) -> None:
    """Move the mouse to a place of the part that is seen, from 0 to 1."""
    box = guest.page.locator(".paper").bounding_box()
    assert box is not None
    guest.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def sees_dot(guest: Guest, x: float, y: float) -> None:
    """See the dot at a place of the whole page, in percent."""
    guest.page.wait_for_function(NEAR, arg=[x, y])
    expect(dot(guest)).to_be_visible()


def test_who_presents_points_and_everybody_sees_where(house: House) -> None:
    ada, bo = meet(house, "Bo")
    # Another window, another size of the page.
    bo.page.set_viewport_size({"width": 900, "height": 700})
    points(ada, 0.4, 0.4)
    expect(ada.button("Pointer")).to_have_attribute("aria-pressed", "false")
    ada.button("Pointer").click()
    expect(ada.button("Pointer")).to_have_attribute("aria-pressed", "true")
    expect(bo.button("Pointer")).to_be_hidden()
    for x, y in ((0.25, 0.5), (0.75, 0.125), (0.99, 0.98)):
        points(ada, x, y)
        for guest in (ada, bo):
            sees_dot(guest, 100 * x, 100 * y)
    # Beside the page it points at nothing.
    points(ada, 0.5, -0.5)
    expect(dot(bo)).to_be_hidden()
    points(ada, 0.5, 0.5)
    sees_dot(bo, 50, 50)
    ada.button("Pointer").click()
    points(ada, 0.6, 0.6)
    for guest in (ada, bo):
        expect(dot(guest)).to_be_hidden()


def test_a_place_is_one_of_the_page_whatever_part_is_seen(house: House) -> None:
    ada, bo = meet(house, "Bo")
    points(ada, 1, 1)
    ada.page.keyboard.down("Control")
    ada.page.mouse.wheel(0, -200)
    ada.page.keyboard.up("Control")
    ada.page.keyboard.press("Alt+Shift+O")
    expect(ada.button("Pointer")).to_have_attribute("aria-pressed", "true")
    points(ada, 0.5, 0.5)
    zoomed = 'document.querySelector(".paper").style.getPropertyValue("--w")'
    part = float(ada.page.evaluate(zoomed))
    assert part < 50
    bo.page.wait_for_function(f"(part) => Number({zoomed}) === part", arg=part)
    for guest in (ada, bo):
        sees_dot(guest, 100 - part / 2, 100 - part / 2)
    # Who drags moves the part, and goes on pointing at the same place.
    ada.page.mouse.down()
    points(ada, 0.75, 0.75)
    ada.page.mouse.up()
    moved = 'Number(document.querySelector(".paper").style.getPropertyValue("--x"))'
    for guest in (ada, bo):
        guest.page.wait_for_function(f"(part) => {moved} < 100 - part - 1", arg=part)
        sees_dot(guest, 100 - part / 2, 100 - part / 2)


def test_the_dot_is_gone_with_the_page_and_with_who_presents(house: House) -> None:
    ada, bo = meet(house, "Bo")
    ada.button("Pointer").click()
    points(ada, 0.5, 0.5)
    sees_dot(bo, 50, 50)
    # Who looks at another page does not see it there.
    bo.button("Next page").click()
    sees(bo, 2)
    expect(dot(bo)).to_be_hidden()
    bo.button("Follow again").click()
    sees(bo, 1)
    ada.page.keyboard.press("Alt+Shift+N")
    sees(bo, 2)
    for guest in (ada, bo):
        expect(dot(guest)).to_be_hidden()
    points(ada, 0.25, 0.25)
    sees_dot(bo, 25, 25)
    ada.does("Bo", "Make presenter")
    expect(ada.button("Pointer")).to_be_hidden()
    expect(bo.button("Pointer")).to_have_attribute("aria-pressed", "false")
    for guest in (ada, bo):
        expect(dot(guest)).to_be_hidden()


def test_a_dot_that_rests_fades(house: House) -> None:
    ada, bo = meet(house, "Bo")
    ada.button("Pointer").click()
    points(ada, 0.5, 0.5)
    sees_dot(bo, 50, 50)
    for guest in (ada, bo):
        expect(dot(guest)).to_have_css("opacity", "0")
    points(ada, 0.6, 0.5)
    for guest in (ada, bo):
        sees_dot(guest, 60, 50)
        expect(dot(guest)).to_have_css("opacity", "1")


def test_a_finger_points_by_dragging(house: House) -> None:
    done(create(house.server, "demo", document("Leaf.pdf", pdf("Light", "Water"))))
    bo = house.joins("Bo")
    house.size = (390, 844)
    ada = house.goes(house.admits("Ada", has_touch=True, is_mobile=True), house.server.link("Ada", role="MODERATOR"))
    for guest in (ada, bo):
        sees(guest, 1)
    # On a phone the stage gives up its margin a moment after the page is there.
    expect(ada.page.locator("#stage")).to_have_css("padding", "0px")
    for name in ("Pointer", "Zoom in", "Full screen"):
        expect(ada.button(name)).to_be_in_viewport(ratio=1)
    ada.button("Pointer").tap()
    box = ada.page.locator(".paper").bounding_box()
    assert box is not None
    hand = ada.page.context.new_cdp_session(ada.page)

    def touches(kind: str, x: float, y: float) -> None:
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else [at]})

    touches("touchStart", 0.5, 0.25)
    sees_dot(bo, 50, 25)
    for step in range(1, 6):
        touches("touchMove", 0.5, 0.25 + step / 10)
    sees_dot(bo, 50, 75)
    touches("touchEnd", 0.5, 0.75)
    sees_dot(bo, 50, 75)
