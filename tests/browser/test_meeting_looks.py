"""What create and join say of how the page looks, and what one chooses oneself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browser_harness import PHONE, WIDE, Guest, House, done
from playwright.sync_api import expect

#: A window of 1280 by 1024 at 400 % zoom.
ZOOMED = (320, 256)
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
        copyright="© Example University",
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
    for meta in ada.page.locator('meta[name="theme-color"]').all():
        expect(meta).to_have_attribute("content", "#101614")
    expect(ada.chat.locator("b")).to_have_text(["Biology"])
    expect(ada.chat.get_by_role("link", name="all")).to_have_count(0)
    expect(ada.page.locator("#bar").get_by_text("© Example University")).to_be_in_viewport()
    banner = ada.page.get_by_text("Exam on Friday")
    expect(banner).to_have_css("color", "rgb(0, 0, 0)")
    ada.page.emulate_media(media="print")
    expect(ada.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(ada.page.locator("#logs")).to_have_css("overflow", "visible")
    expect(ada.chat.locator("b")).to_be_visible()
    expect(ada.page.locator("#bar")).to_be_hidden()
    ada.page.emulate_media(media="screen")
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
    done(house.server.people(name="Ben"))
    panel, main = guest.page.get_by_role("complementary"), guest.page.locator("main")
    expect(panel).to_be_hidden()
    for layout, (presents, tiles, beside) in LAYOUTS.items():
        house.goes(guest, house.server.link("Ada", userID="ada", **{"userdata-bbb_default_layout": layout}))
        expect(guest.button("Leave")).to_be_visible()
        expect(main.get_by_role("heading", level=2)).to_be_visible(visible=presents)
        expect(main.get_by_role("list")).to_be_visible(visible=tiles)
        expect(panel).to_be_visible(visible=beside)


def settings(guest: Guest) -> None:
    guest.chooses("Settings")


def locks(guest: Guest) -> None:
    guest.chooses("Locks")


def waiting_room(guest: Guest) -> None:
    guest.chooses("Waiting room")


def leave(guest: Guest) -> None:
    guest.button("Leave").click()


@pytest.mark.parametrize("opens", [settings, locks, waiting_room, leave])
def test_at_400_percent_a_dialog_shows_its_buttons_and_scrolls_to_all_it_has(
    house: House, opens: Callable[[Guest], None]
) -> None:
    house.size = ZOOMED
    house.server.creates()
    ada = house.moderates("Ada")
    opens(ada)
    buttons = ada.dialog.locator(".actions button")
    for each in buttons.all():
        expect(each).to_be_in_viewport(ratio=1)
    fields = ada.dialog.locator("input, select, textarea")
    for each in fields.all():
        each.focus()
        box, foot = each.bounding_box(), buttons.first.bounding_box()
        assert box is not None
        assert foot is not None
        # Nothing that has the focus is behind the buttons.
        assert 0 <= box["y"] < foot["y"]
    assert ada.dialog.evaluate("(box) => box.scrollWidth <= box.clientWidth")


def test_on_a_phone_a_menu_is_a_sheet_with_a_title_and_a_way_to_close_it(house: House) -> None:
    house.size = PHONE
    house.server.creates()
    ada = house.moderates("Ada")
    for name in ("More", "React"):
        ada.button(name).click()
        expect(ada.dialog.get_by_role("heading", name=name)).to_be_visible()
        expect(ada.dialog.locator(".menu-item").first).to_be_focused()
        ada.dialog.get_by_role("button", name="Close").click()
        expect(ada.dialog).to_have_count(0)
    ada.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    ada.button("More").click()
    expect(ada.dialog.get_by_role("button", name="Close")).to_be_hidden()


def test_alone_one_sees_oneself_once_and_the_welcome_once(house: House) -> None:
    house.server.creates(welcome="Welcome to Biology")
    ada = house.moderates("Ada Adler")
    expect(ada.page.get_by_text("Welcome to Biology").locator("visible=true")).to_have_count(1)
    expect(ada.page.get_by_role("main").get_by_text("Ada Adler").locator("visible=true")).to_have_count(1)
    ada.button("Hide chat").click()
    expect(ada.page.get_by_text("Welcome to Biology").locator("visible=true")).to_have_count(1)


@pytest.mark.parametrize("others", [1, 2, 4, 8])
def test_few_people_fill_the_stage(house: House, others: int) -> None:
    house.server.creates()
    ada = house.moderates("Ada Adler")
    done(house.server.people(viewers=others, seed=4))
    tiles = ada.page.locator("#tiles .tile:not([hidden])")
    expect(tiles).to_have_count(1 + others)
    areas = [box["width"] * box["height"] for box in (each.bounding_box() for each in tiles.all()) if box]
    stage = ada.page.locator("#tiles").bounding_box()
    assert stage is not None
    assert sum(areas) > 0.7 * stage["width"] * stage["height"]


def test_on_a_server_of_http_logo_and_avatar_come_by_http(house: House) -> None:
    address = "http://pictures.example.org"
    house.server.creates(logo=f"{address}/logo.svg")
    ada = house.admits("Ada")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    ada.page.route(f"{address}/**", lambda route: route.fulfill(body=svg, content_type="image/svg+xml"))
    house.goes(ada, house.server.link("Ada", avatarURL=f"{address}/ada.svg")).is_in("meeting")
    expect(ada.page.get_by_role("img", name="Biology 101")).to_be_visible()
    ada.opens("People")
    expect(ada.roster.locator(".avatar.pictured")).to_have_count(1)


@pytest.mark.parametrize("size", [WIDE, PHONE, ZOOMED], ids=["wide", "phone", "zoomed"])
def test_in_arabic_the_page_runs_from_right_to_left(house: House, size: tuple[int, int]) -> None:
    house.size = size
    house.server.creates(guestPolicy="ASK_MODERATOR", record="true", duration="20")
    ada = house.goes(house.admits("Ada", locale="ar-EG"), house.server.link("Ada", role="MODERATOR"))
    ada.is_in("meeting")
    root = ada.page.locator("html")
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).to_have_attribute("lang", "ar")
    house.invites("Priya", guest="true").is_in("waiting")
    expect(ada.page.get_by_role("heading", name="شخص واحد ينتظر")).to_be_attached()
    brand, leave = ada.page.locator("#brand").bounding_box(), ada.page.locator("#leave").bounding_box()
    knock = ada.page.locator("#knock").bounding_box()
    assert brand is not None
    assert leave is not None
    assert knock is not None
    assert brand["x"] > size[0] / 2 > leave["x"]
    # A Latin name begins where the Arabic around it does.
    right = """(node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return range.getBoundingClientRect().right;
    }"""
    assert ada.page.locator("#knock bdi").evaluate(right) > knock["x"] + knock["width"] / 2
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for opener in ("#tool-more", "#tool-react", "#leave"):
        ada.page.click(opener)
        expect(ada.dialog).to_be_visible()
        assert ada.dialog.evaluate("(box) => box.scrollWidth <= box.clientWidth")
        ada.page.keyboard.press("Escape")
        expect(ada.dialog).to_have_count(0)


def test_the_pages_without_a_script_run_from_right_to_left_in_arabic(house: House) -> None:
    guest = house.goes(house.admits(locale="ar", java_script_enabled=False), "/")
    expect(guest.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(guest.page.get_by_role("main")).to_contain_text("يمكنك إغلاق هذه الصفحة")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt-BR", "ar"])
def test_the_words_of_every_language_fit(house: House, language: str) -> None:
    house.server.creates(
        guestPolicy="ASK_MODERATOR", record="true", duration="20", lockSettingsDisablePrivateChat="true"
    )
    ada = house.admits("Ada", locale=language)
    house.goes(ada, house.server.link("Ada", role="MODERATOR")).is_in("meeting")
    house.invites("Priya", guest="true").is_in("waiting")
    expect(ada.page.locator("#knock li")).to_have_count(1)
    spills = """() => {
        const all = ".tool, #leave, .pill:not(button), #tabs button, #knock button, .dialog button";
        const tooWide = (node) => node.offsetParent && node.scrollWidth > node.clientWidth + 1;
        return [...document.querySelectorAll(all)].filter(tooWide).map((node) => node.textContent);
    }"""
    for width, height in (WIDE, PHONE, ZOOMED):
        ada.page.set_viewport_size({"width": width, "height": height})
        assert ada.page.evaluate(spills) == []
        assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        ada.page.click("#leave")
        assert ada.page.evaluate(spills) == []
        for each in ada.dialog.locator(".actions button").all():
            expect(each).to_be_in_viewport(ratio=1)
        ada.page.keyboard.press("Escape")
        expect(ada.dialog).to_have_count(0)
