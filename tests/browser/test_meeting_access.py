"""Whether everybody can use the page: axe looks at each of its states, by day and by night."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from browser_harness import PHONE, WIDE, Guest, House
from page_states import STATES, crowded
from playwright.sync_api import expect

Theme = Literal["light", "dark"]
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
THEMES: tuple[Theme, ...] = ("light", "dark")
SIZES = {"wide": WIDE, "phone": PHONE}
#: By day on a wide screen and by night on a phone: colours depend on the theme alone, what is in view on the size.
LOOKS = tuple(zip(THEMES, SIZES.values(), strict=True))
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(guest: Guest) -> list[str]:
    """Return what axe finds: how grave, which rule, where."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = guest.page.evaluate("(options) => axe.run({exclude: '.developer-mode'}, options)", options)
    return [
        f"{one['impact']}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def wear(guest: Guest, theme: Theme, size: tuple[int, int]) -> None:
    guest.page.emulate_media(reduced_motion="reduce", color_scheme=theme)
    guest.page.set_viewport_size({"width": size[0], "height": size[1]})


def look(guest: Guest, name: str, pictures: Path | None) -> list[str]:
    """Return what axe finds; take pictures where that is wished."""
    guest.page.evaluate(AXE)
    found = []
    for theme, size in LOOKS:
        wear(guest, theme, size)
        found += [f"{name}, {theme}: {one}" for one in violations(guest)]
    if pictures is not None:
        for theme, (kind, size) in product(THEMES, SIZES.items()):
            wear(guest, theme, size)
            guest.page.screenshot(path=pictures / f"{name}-{theme}-{kind}.png")
    wear(guest, "light", WIDE)
    return found


def grave(found: list[str]) -> list[str]:
    """Return what no page may have; the rest is shown, as advice."""
    print(*found, sep="\n")
    return [one for one in found if one.split(": ")[1] in ("serious", "critical")]


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures go, None when nobody wants any."""
    directory = request.config.getoption("--pictures", default=None)
    return Path(directory) if directory else None


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_grave_in_any_state(house: House, state: str, pictures: Path | None) -> None:
    assert not grave(look(STATES[state](house), state, pictures))


def menu(name: str) -> Callable[[Guest], None]:
    """Return what opens a dialog of the menu More."""
    return lambda guest: guest.chooses(name)


def press(name: str | re.Pattern[str]) -> Callable[[Guest], None]:
    """Return what presses a button."""
    return lambda guest: guest.button(name).click()


def remove(guest: Guest) -> None:
    guest.does("Jonas", "Remove")


DIALOGS: dict[str, Callable[[Guest], None]] = {
    "settings": menu("Settings"),
    "about": menu("About this meeting"),
    "keys": menu("Keyboard shortcuts"),
    "locks": menu("Locks"),
    "guests": menu("Waiting room"),
    "clear": menu("Clear the chat"),
    "more": press("More"),
    "reactions": press("React"),
    "person": press("Actions for Jonas Kim"),
    "remove": remove,
    "leave": press("Leave"),
}


def test_axe_finds_nothing_grave_in_any_dialog(house: House, pictures: Path | None) -> None:
    guest = crowded(house)
    guest.opens("People")
    for name, opens in DIALOGS.items():
        opens(guest)
        expect(guest.dialog).to_be_visible()
        assert not grave(look(guest, f"dialog-{name}", pictures))
        guest.page.keyboard.press("Escape")
        expect(guest.dialog).to_have_count(0)
