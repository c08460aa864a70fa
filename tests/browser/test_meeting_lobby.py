"""The waiting room: who waits, what they are told, and who lets them in."""

from __future__ import annotations

import re

from browsing import FORBIDDEN, House, done
from playwright.sync_api import expect


def test_guests_wait_are_told_and_are_let_in_or_not(either_house: House) -> None:
    house = either_house
    house.expected.append(FORBIDDEN)
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada = house.moderates("Ada")
    priya, quin = (house.invites(name, guest="true", userID=name) for name in ("Priya", "Quin"))
    for guest, place in ((priya, "1"), (quin, "2")):
        guest.is_told("You are in the waiting room of Biology 101", f"Your place in the line: {place}")
    expect(ada.page.get_by_role("heading", name="2 people are waiting")).to_be_visible()
    assert house.server.counts() == 1
    knock = ada.page.get_by_role("region", name=re.compile("waiting$"))
    knock.get_by_role("button", name="Waiting room").click()
    ada.dialog.get_by_role("textbox", name="Message to those who wait").fill("Five <b>minutes</b>, please")
    ada.button("Save").click()
    for guest in (priya, quin):
        guest.is_told("You are in the waiting room of Biology 101", "Five <b>minutes</b>, please")
    # A moderator who comes back still sees who waits.
    ada.page.reload()
    knock.get_by_role("checkbox", name="Remember the answer").check()
    ada.button("Admit Priya").click()
    priya.is_in("meeting")
    quin.is_told("You are in the waiting room of Biology 101", "Your place in the line: 1")
    ada.button("Refuse Quin").click()
    quin.is_told("You were not let in", "A moderator has decided against it")
    expect(quin.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(knock).to_be_hidden()
    # What was remembered counts for the next link of the same person.
    house.goes(priya, house.server.link("Priya", guest="true", userID="Priya")).is_in("meeting")
    rosa, sami = (house.invites(name, guest="true") for name in ("Rosa", "Sami"))
    rosa.is_in("waiting")
    sami.is_in("waiting")
    ada.button("Admit all").click()
    rosa.is_in("meeting")
    sami.is_in("meeting")
    expect(ada.page.get_by_role("tab", name="People, 4")).to_be_visible()
    # And who still waits at the end is told so.
    tove = house.invites("Tove", guest="true")
    tove.is_in("waiting")
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    tove.is_told("The meeting has ended")
