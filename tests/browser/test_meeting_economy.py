"""Pure decisions of the page, as tables: how far a camera is scaled down, and what is seen of a zoomed screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bbbd.page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PAGE = Path(bbbd.page.__file__).parent
#: Loads a module that imports nothing, from its text.
_IMPORTED = "const tested = await import(`data:text/javascript,${encodeURIComponent(text)}`);"
_STEPS = f"""async ([text, measures]) => {{
  {_IMPORTED}
  let steps = tested.START;
  return measures.map((measure) => tested.halvings(steps = tested.next(steps, measure)));
}}"""
_VIEWS = f"""async ([text, view, calls]) => {{
  {_IMPORTED}
  return calls.reduce((seen, [name, ...given]) => tested[name](seen, ...given), view);
}}"""
BUSY, FINE = {"isBusy": True}, {"isBusy": False}


def on_battery(level: float, *, charging: bool = False) -> dict[str, Any]:
    return {"isBusy": False, "battery": {"level": level, "charging": charging}}


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    return browser.new_page()


@pytest.mark.parametrize(
    ("measures", "halvings"),
    [
        ([FINE, BUSY, FINE, BUSY], [0, 0, 0, 0]),  # one measure alone is a hiccup
        ([BUSY] * 6, [0, 1, 1, 2, 2, 2]),
        ([BUSY] * 2 + [FINE] * 6, [0, 1, 1, 1, 1, 1, 1, 0]),
        # What did not last is tried again after twice as long.
        ([BUSY] * 2 + [FINE] * 6 + [BUSY] * 2 + [FINE] * 12, [0, 1, 1, 1, 1, 1, 1, 0, 0, 1] + [1] * 11 + [0]),
        ([on_battery(0.5), on_battery(0.2), on_battery(0.1)], [0, 1, 2]),
        # It comes back a little above where it went, and at once on mains.
        ([on_battery(0.2), on_battery(0.22), on_battery(0.26)], [1, 1, 0]),
        ([on_battery(0.05), on_battery(0.05, charging=True)], [2, 0]),
        ([on_battery(0.15) | BUSY] * 2, [1, 1]),
        ([on_battery(0.15) | BUSY] * 4, [1, 1, 1, 2]),
    ],
)
def test_a_camera_is_halved_while_the_device_is_short(
    blank: Page, measures: list[dict[str, Any]], halvings: list[int]
) -> None:
    text = (_PAGE / "media/camera_steps.js").read_text()
    assert blank.evaluate(_STEPS, [text, measures]) == halvings


@pytest.mark.parametrize(
    ("calls", "view"),
    [
        ([["nearer", 2]], [25, 25, 50, 50]),
        ([["nearer", 2, 0, 0]], [0, 0, 50, 50]),
        ([["nearer", 2], ["moved", 1, 0]], [50, 25, 50, 50]),
        ([["nearer", 2], ["nearer", 0.1]], [0, 0, 100, 100]),
        ([["nearer", 100]], [42.5, 42.5, 15, 15]),
        ([["moved", 0.5, 0.5]], [0, 0, 100, 100]),
    ],
)
def test_a_zoomed_picture_stays_within_its_frame(blank: Page, calls: list[list[Any]], view: list[float]) -> None:
    text = (_PAGE / "slides/rectangle.js").read_text()
    seen = blank.evaluate(_VIEWS, [text, {"x": 0, "y": 0, "w": 100, "h": 100}, calls])
    assert [seen[name] for name in "xywh"] == view
