"""Coming into a meeting by a link: who comes in, once, and what nobody else learns of it."""

from __future__ import annotations

import re

from browsing import House
from playwright.sync_api import expect


def test_a_link_leads_straight_in_and_a_reload_is_the_same_person(either_house: House) -> None:
    house = either_house
    house.server.creates()
    ada = house.moderates("Ada Adler")
    ada.opens("People")
    ben = house.joins("Ben Brandt")
    assert ben.page.url == house.url(f"{house.server.path}/html5client/join")
    assert ben.page.evaluate("location.search + location.hash + document.cookie") == ""
    assert "token" not in ben.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    expect(ben.page).to_have_title("Biology 101 \N{EN DASH} Chat")
    expect(ben.page.get_by_role("heading", level=1)).to_have_text("Biology 101")
    expect(ada.page.get_by_role("tab", name="People, 2")).to_be_visible()
    ben.page.reload()
    ben.is_in("meeting")
    ben.opens("People")
    expect(ben.row("Ben Brandt")).to_contain_text("(you)")
    expect(ben.roster.get_by_role("listitem")).to_have_count(2)
    expect(ada.roster.get_by_role("listitem")).to_have_count(2)
    assert len(re.findall('"e":"Joined".{0,200}Ben Brandt', "".join(ada.frames))) == 1
    assert house.server.counts() == 2
