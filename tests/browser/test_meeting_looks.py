"""What create and join say of how the page looks, and what one chooses oneself."""

from __future__ import annotations

import re

from browsing import House
from playwright.sync_api import expect

#: Whether the card of who presents, the people as tiles, and the panel are in view.
LAYOUTS = {
    "smartLayout": (True, True, True),
    "presentationFocus": (True, False, True),
    "videoFocus": (True, True, True),
    "camerasOnly": (False, True, False),
    "presentationOnly": (True, False, False),
    "PARTICIPANTS_CHAT_ONLY": (False, False, True),
}


def test_the_page_looks_as_create_and_join_say(house: House) -> None:
    house.server.creates(
        bannerText="Exam on Friday",
        bannerColor="#ffff00",
        meetingLayout="PRESENTATION_FOCUS",
        welcome="Welcome to <b>Biology</b><script>alert(1)</script><a href='javascript:alert(1)'>all</a>",
    )
    ada = house.moderates(
        "Ada",
        **{
            "userdata-bbb_override_default_locale": "de",
            "userdata-bbb_client_title": "Uni",
            "userdata-bbb_prefer_dark_theme": "true",
            "userdata-bbb_default_layout": "smartLayout",
        },
    )
    expect(ada.page.locator("html")).to_have_attribute("lang", "de")
    expect(ada.page).to_have_title(re.compile("^Uni"))
    expect(ada.button("Hand heben")).to_be_visible()
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(ada.chat.locator("b")).to_have_text(["Biology"])
    expect(ada.chat.get_by_role("link", name="all")).to_have_count(0)
    banner = ada.page.get_by_text("Exam on Friday")
    expect(banner).to_have_css("color", "rgb(0, 0, 0)")
    ada.button("Hinweis schließen").click()
    expect(banner).to_be_hidden()
    ben = house.joins("Ben")
    expect(ben.page.get_by_role("main").get_by_role("list")).to_be_hidden()
    ben.chooses("Settings")
    ben.dialog.get_by_role("combobox", name="Language").select_option("fr")
    expect(ben.page.locator("html")).to_have_attribute("lang", "fr")
    expect(ben.dialog.get_by_role("combobox").first).to_be_focused()
    ben.page.reload()
    expect(ben.page.locator("html")).to_have_attribute("lang", "fr")


def test_each_layout_shows_what_it_names(house: House) -> None:
    house.server.creates(meetingLayout="PRESENTATION_ONLY")
    guest = house.joins("Ada")
    panel, main = guest.page.get_by_role("complementary"), guest.page.locator("main")
    expect(panel).to_be_hidden()
    for layout, (presents, tiles, beside) in LAYOUTS.items():
        house.goes(guest, house.server.link("Ada", userID="ada", **{"userdata-bbb_default_layout": layout}))
        expect(guest.button("Leave")).to_be_visible()
        expect(main.get_by_role("heading", level=2)).to_be_visible(visible=presents)
        expect(main.get_by_role("list")).to_be_visible(visible=tiles)
        expect(panel).to_be_visible(visible=beside)
