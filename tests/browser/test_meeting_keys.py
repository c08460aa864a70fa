"""The page without a mouse, and for those who hear it: everything by keys, and each event said once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from browser_harness import Guest, House
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

#: The hand's button on a wide screen, and on a phone.
HAND = re.compile("^((Raise|Lower) hand|Hand)$")
_LISTEN = """() => {
  window.said = [];
  for (const id of ["polite", "assertive"]) {
    const region = document.getElementById(id);
    new MutationObserver(() => region.textContent && window.said.push(region.textContent))
      .observe(region, {childList: true, characterData: true, subtree: true});
  }
}"""


def tab_to(guest: Guest, wanted: Locator, key: str = "Tab") -> None:
    """Go on by a key until something has the focus; nothing is a trap."""
    for _ in range(30):
        if wanted.evaluate("(node) => node === document.activeElement"):
            return
        guest.page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {wanted}")


def writes(ben: Guest, ada: Guest) -> None:
    """To the chat by the skip link; a new line, and out again."""
    keys, page = ben.page.keyboard, ben.page
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the chat")).to_be_focused()
    keys.press("Enter")
    expect(ben.writer).to_be_focused()
    keys.type("By keys")
    keys.press("Shift+Enter")
    keys.type("in two lines")
    keys.press("Enter")
    ada.reads("By keys\nin two lines")
    # What happens moves the focus of nobody.
    ada.writes("I read you")
    ada.button(HAND).click()
    ben.hears("Ada raised a hand")
    expect(ben.writer).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("tab", name="Chat")).to_be_focused()


def goes_to_people(ben: Guest, ada: Guest) -> None:
    """To the people, into somebody's menu and back; reactions by a letter with Alt and Shift."""
    keys, page = ben.page.keyboard, ben.page
    keys.press("ArrowRight")
    expect(page.get_by_role("tab", name="People, 2")).to_be_focused()
    expect(ben.row("Ada")).to_be_visible()
    menu = ben.button("Actions for Ada")
    tab_to(ben, menu)
    keys.press("Enter")
    expect(ben.dialog.get_by_role("button", name="Private chat")).to_be_focused()
    keys.press("Escape")
    expect(menu).to_be_focused()
    keys.press("Alt+Shift+KeyH")
    expect(ben.button(HAND)).to_have_class("tool on")
    keys.press("Alt+Shift+KeyE")
    tab_to(ben, ben.dialog.get_by_role("button", name="Applause"), "ArrowDown")
    keys.press("Enter")
    expect(menu).to_be_focused()
    ada.opens("People")
    expect(ada.row("Ben")).to_contain_text("Applause")
    keys.press("Alt+Shift+KeyT")
    expect(ben.writer).to_be_focused()
    keys.press("Alt+Shift+KeyU")
    expect(page.get_by_role("tabpanel")).to_be_focused()


def switches_keys_off(ben: Guest) -> None:
    """The list of keys, and the settings, where they are switched off; the focus comes back each time."""
    keys, page = ben.page.keyboard, ben.page
    keys.press("?")
    expect(ben.dialog.get_by_role("row", name="Alt+Shift+H")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("tabpanel")).to_be_focused()
    tab_to(ben, ben.button("More"))
    keys.press("Enter")
    expect(ben.dialog.get_by_role("button", name="Settings")).to_be_focused()
    keys.press("Enter")
    shortcuts = ben.dialog.get_by_role("checkbox", name="Keyboard shortcuts")
    tab_to(ben, shortcuts)
    keys.press("Space")
    expect(shortcuts).not_to_be_checked()
    keys.press("Escape")
    expect(ben.dialog).to_have_count(0)
    expect(ben.button("More")).to_be_focused()
    keys.press("Alt+Shift+KeyX")
    keys.press("?")
    expect(ben.dialog).to_have_count(0)


def test_all_is_done_by_keys_and_each_thing_is_said_once(either_house: House) -> None:
    house = either_house
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    ben.page.evaluate(_LISTEN)
    writes(ben, ada)
    goes_to_people(ben, ada)
    switches_keys_off(ben)
    keys = ben.page.keyboard
    keys.press("Tab")
    expect(ben.button("Leave")).to_be_focused()
    keys.press("Enter")
    tab_to(ben, ben.dialog.get_by_role("button", name="Leave", exact=True))
    said = ". ".join(ben.page.evaluate("() => window.said"))
    keys.press("Enter")
    ben.is_told("You have left")
    assert said.count("Ada: I read you") == 1
    assert said.count("Ada raised a hand") == 1
    assert "Ben" not in said
