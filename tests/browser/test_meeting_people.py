"""What people do with each other: hands, roles, locks, and who sees whom."""

from __future__ import annotations

import re

from browser_harness import Guest, House, done
from playwright.sync_api import expect


def locks(ada: Guest, *names: str, on: bool = True) -> None:
    """Lock or unlock something for all viewers."""
    ada.opens("People")
    ada.button("Locks").first.click()
    for name in names:
        ada.dialog.get_by_role("checkbox", name=name, exact=True).set_checked(on)
    ada.button("Save").click()
    expect(ada.dialog).to_be_hidden()


def test_hands_stand_in_the_order_they_were_raised(house: House) -> None:
    house.server.creates()
    ada, zoe, ben = house.moderates("Ada"), house.joins("Zoe"), house.joins("Ben")
    zoe.button("Raise hand").click()
    expect(zoe.button("Lower hand")).to_be_visible()
    ben.button("Raise hand").click()
    ada.hears("Ben raised a hand")
    expect(ada.page.get_by_role("list", name="Raised hands (2), in order").get_by_role("listitem")).to_have_text(
        [re.compile("1.*Zoe"), re.compile("2.*Ben")]
    )
    ada.opens("People")
    expect(ada.roster.get_by_role("heading").first).to_have_text("Raised hands (2), in order")
    expect(ada.roster.get_by_role("listitem")).to_contain_text(["Zoe", "Ben", "Ada"])
    expect(ada.row("Zoe")).to_contain_text("1Hand raised")
    ada.does("Zoe", "Lower hand")
    zoe.hears("A moderator lowered your hand")
    expect(zoe.button("Raise hand")).to_be_visible()
    expect(ada.row("Ben")).to_contain_text("1Hand raised")
    zoe.button("Raise hand").click()
    expect(ada.roster.get_by_role("listitem")).to_contain_text(["Ben", "Zoe", "Ada"])
    ada.button("Lower all hands").click()
    ada.dialog.get_by_role("button", name="Lower all hands").click()
    for guest in (zoe, ben):
        expect(guest.button("Raise hand")).to_be_visible()
    expect(ada.roster.get_by_role("heading").first).to_have_text("Moderators (1)")


def test_what_is_locked_says_so_and_comes_back_by_itself(house: House) -> None:
    house.server.creates()
    ada, ben, cleo = house.moderates("Ada"), house.joins("Ben"), house.joins("Cleo")
    reason = ben.page.get_by_role("tabpanel").get_by_text("A moderator has turned off public chat")
    ben.writer.fill("Half a sent")
    expect(ben.writer).to_be_focused()
    locks(ada, "Public chat")
    expect(reason).to_be_visible()
    expect(ben.writer).to_be_focused()
    expect(ben.writer).to_have_value("Half a sent")
    ben.writer.press("Enter")
    expect(ben.writer).to_have_value("Half a sent")
    ben.button("1 lock").click()
    expect(ben.dialog.get_by_role("listitem")).to_have_text(["Public chat"])
    ben.page.keyboard.press("Escape")
    # Who presents is bound by no lock.
    ada.does("Ben", "Make presenter")
    ben.hears("You are the presenter now")
    expect(ben.button("1 lock")).to_be_hidden()
    ben.writer.press("Enter")
    cleo.reads("Half a sent")
    ada.does("Ada", "Become presenter")
    expect(reason).to_be_visible()
    locks(ada, "Public chat", on=False)
    expect(reason).to_be_hidden()
    ben.writes("And the rest")
    cleo.reads("Half a sent", "And the rest")
    # Private chat, but for moderators.
    locks(ada, "Private chat, except with moderators")
    ben.opens("People")
    ben.row("Cleo").get_by_role("button", name="Actions for Cleo").click()
    forbidden = ben.dialog.get_by_role("button", name=re.compile("^Private chat"))
    expect(forbidden).to_contain_text("A moderator has turned off private chat")
    expect(forbidden).to_be_disabled()
    ben.page.keyboard.press("Escape")
    ben.does("Ada", "Private chat")
    ben.writes("May I?")
    expect(ada.page.get_by_role("tab", name="Chat, 3 unread messages")).to_be_visible()
    # One person is let off, and whoever looks at the closed choice sees it open.
    ben.opens("People")
    ben.row("Cleo").get_by_role("button", name="Actions for Cleo").click()
    expect(forbidden).to_be_disabled()
    ada.does("Ben", "Unlock this person")
    expect(forbidden).to_have_text("Private chat")
    forbidden.click()
    ben.writes("We may")
    cleo.button("Ben, 1 unread message").click()
    cleo.reads("We may")


def test_a_hidden_list_hides_people_from_viewers_and_their_frames(house: House) -> None:
    house.server.creates(lockSettingsHideUserList="true")
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    cleo = house.joins("Cleo", userID="secret-cleo")
    for guest, others in ((ben, ["Ada", "Ben"]), (cleo, ["Ada", "Cleo"])):
        guest.opens("People")
        expect(guest.roster.get_by_role("listitem")).to_contain_text(others)
        expect(guest.page.get_by_text("A moderator has hidden the list. 3 people are here.")).to_be_visible()
    cleo.button("Raise hand").click()
    ada.hears("Cleo raised a hand")
    assert "Cleo" not in "".join(ben.frames)
    # What she says is read under her name, and she is still in nobody's list.
    cleo.opens("Chat")
    cleo.writes("Here I am")
    ben.opens("Chat")
    ben.reads("Here I am")
    ben.opens("People")
    expect(ben.roster.get_by_role("listitem")).to_have_count(2)
    # Who presents is seen by all and sees all.
    ada.does("Cleo", "Make presenter")
    expect(ben.roster.get_by_role("listitem")).to_have_count(3)
    cleo.opens("People")
    expect(cleo.roster.get_by_role("listitem")).to_have_count(3)
    ada.does("Ada", "Become presenter")
    expect(ben.roster.get_by_role("listitem")).to_have_count(2)
    expect(cleo.roster.get_by_role("listitem")).to_have_count(2)
    locks(ada, "Seeing other viewers", on=False)
    expect(ben.roster.get_by_role("listitem")).to_have_count(3)
    # A role that is given shows what it may, at once.
    locks(ada, "Seeing other viewers")
    expect(ben.roster.get_by_role("listitem")).to_have_count(2)
    ada.does("Ben", "Make moderator")
    ben.hears("You are a moderator now")
    expect(ben.roster.get_by_role("listitem")).to_have_count(3)
    expect(ben.page.locator("[data-identifier=attendeeRole]")).to_have_text("Moderator")


def test_roles_change_what_one_may_at_once(house: House) -> None:
    house.server.creates(allowPromoteGuestToModerator="false", guestPolicy="ALWAYS_ACCEPT")
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    done(house.server.people(name="Gil", guest=True))
    ada.does("Ben", "Make presenter")
    expect(ben.page.get_by_role("main").get_by_role("heading")).to_have_text("Ben (you)")
    ada.does("Ben", "Make moderator")
    ben.hears("You are a moderator now")
    ada.row("Gil").get_by_role("button").click()
    expect(ada.dialog.get_by_role("button", name="Make moderator")).to_be_disabled()
    expect(ada.dialog).to_contain_text("Guests cannot become moderators in this meeting")
    ada.page.keyboard.press("Escape")
    ben.does("Ada", "Make viewer")
    ada.hears("You are a viewer now")
    expect(ada.button("Locks")).to_be_hidden()
    expect(ben.button("Locks")).to_be_visible()


def test_names_that_look_the_same_are_told_apart(house: House) -> None:
    house.server.creates()
    ada = house.moderates("Ada Adler")
    for name in ("Ada \u200bAdler", "\uff21da\u00a0 Adler\u2060"):
        with house.server.connects(name):
            pass
    ada.opens("People")
    expect(ada.roster.locator(".number")).to_have_count(3)


def test_one_of_two_with_the_same_name_has_the_same_number_everywhere(house: House) -> None:
    house.server.creates()
    ada = house.moderates("Ada")
    ada.writes("I was here first")
    ada.reads("I was here first")
    expect(ada.chat.get_by_role("article")).not_to_contain_text("(1)")
    second = house.joins("Ada")
    second.writes("And so was I")
    ada.reads("I was here first", "And so was I")
    expect(ada.chat.get_by_role("article")).to_contain_text(["Ada (1)", "Ada (2)"])
    second.button("Raise hand").click()
    ada.hears("Ada (2) raised a hand")
    main = ada.page.get_by_role("main")
    expect(main.get_by_role("heading", level=2)).to_have_text("Ada (1) (you)")
    expect(main.get_by_role("list", name="Raised hands")).to_have_text("1Ada (2)")
    expect(main.locator(".tile .plate")).to_contain_text(["Ada (1)", "Ada (2)"])
    ada.does("Ada (2)", "Private chat")
    expect(ada.page.get_by_role("textbox", name="Message to Ada (2)")).to_be_focused()
    # What was written keeps its number when its author has left.
    ada.button("Everyone").click()
    second.leaves()
    ada.opens("People")
    expect(ada.roster.get_by_role("listitem")).to_have_count(1)
    ada.opens("Chat")
    expect(ada.chat.get_by_role("article")).to_contain_text(["Ada (1)", "Ada (2)"])


def test_the_first_twelve_people_have_colours_of_their_own(house: House) -> None:
    house.server.creates()
    ada = house.moderates("Ada")
    done(house.server.people(viewers=11, seed=3))
    ada.page.set_viewport_size({"width": 1280, "height": 1400})
    ada.opens("People")
    pictures = ada.roster.locator(".avatar")
    expect(pictures).to_have_count(12)
    colours = "(nodes) => nodes.map((node) => getComputedStyle(node).backgroundColor)"
    assert len(set(pictures.evaluate_all(colours))) == 12
