"""Polls in real browsers: the presenter asks, the others answer, the result is on the stage and in the chat."""

from __future__ import annotations

import re

from browser_harness import PHONE, House, begin
from playwright.sync_api import expect
from sample_documents import document, pdf

QUESTION = "What is a leaf for?"
FOCUS = "() => document.activeElement.outerHTML.slice(0, 40)"
RESULT = "Result of the poll"


def test_an_open_poll_from_the_slide_to_the_result_in_the_chat(house: House) -> None:
    begin(house, document("Quiz.pdf", pdf(f"{QUESTION}\nA. Sugar\nB. Shade\nC. Nothing")))
    ada, ben, cleo = house.moderates("Ada"), house.joins("Ben"), house.joins("Cleo")
    ada.page.locator("#slide-frame .paper img").wait_for()
    expect(ben.button("Poll")).to_be_hidden()
    before = ben.page.evaluate(FOCUS)
    ada.button("Poll").click()
    ada.dialog.get_by_role("group", name="Asked on this slide").get_by_role("button", name="A / B / C").click()
    expect(ada.dialog).to_be_hidden()
    asked = ben.page.get_by_role("region", name=re.compile(QUESTION.replace("?", r"\?")))
    expect(asked).to_contain_text("The presenter and the moderators see who answers what")
    ben.hears(f"Poll: {QUESTION}")
    # The keyboard leads to the question, and nothing else does.
    assert ben.page.evaluate(FOCUS) == before
    ben.page.keyboard.press("Alt+Shift+Q")
    expect(asked.get_by_role("button", name="A", exact=True)).to_be_focused()
    ben.page.keyboard.press("Enter")
    expect(asked).to_contain_text("You have answered.")
    expect(asked.get_by_role("heading")).to_be_focused()
    lead = ada.page.get_by_role("region", name=re.compile("leaf"))
    expect(lead.get_by_role("listitem").first).to_have_text("A 1 (100%)")
    lead.get_by_text("Who answered what").click()
    expect(lead.locator(".poll-who")).to_have_text("Ben: A")
    # Cleo looks elsewhere first, and comes back to the question.
    other = cleo.page.get_by_role("region", name=re.compile("leaf"))
    other.get_by_role("button", name="Put the poll aside").click()
    expect(other).to_be_hidden()
    cleo.button("Poll").click()
    other.get_by_role("button", name="C", exact=True).click()
    expect(lead.get_by_role("listitem").first).to_have_text("A 1 (50%)")
    assert not cleo.events("PollEnded")
    lead.get_by_role("button", name="End and publish").click()
    ben.hears(re.compile(rf"{RESULT} .*A 1 \(50%\), B 0 \(0%\), C 1 \(50%\), 2 people have answered"))
    for guest in (ada, ben, cleo, house.joins("Late")):
        shown = guest.page.get_by_role("region", name=re.compile(RESULT))
        expect(shown.get_by_role("listitem")).to_have_text(["A 1 (50%)", "B 0 (0%)", "C 1 (50%)"])
        expect(shown).to_contain_text(re.compile("2 of [23] answered"))
        said = guest.chat.get_by_role("article").filter(has_text=RESULT)
        expect(said.get_by_role("listitem")).to_have_count(3)
        expect(said).to_contain_text(QUESTION)
    ada.page.get_by_role("region", name=re.compile(RESULT)).get_by_role("button", name="Remove for everybody").click()
    expect(ben.page.get_by_role("region", name=re.compile(RESULT))).to_be_hidden()
    expect(ben.button("Poll")).to_be_hidden()
    ben.page.reload()
    expect(ben.chat.get_by_role("article").filter(has_text=RESULT)).to_contain_text("B 0 (0%)")
    mine = [one for one in ben.events("PollVoted") if one.get("answers")]
    assert len(mine) == 1
    assert not [one for one in cleo.events("PollVoted") if one["user"] != cleo.events("PollVoted")[-1]["user"]]


def test_a_secret_poll_with_answers_of_its_own_on_a_phone(house: House) -> None:
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    ben.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    ada.button("Poll").click()
    ada.dialog.get_by_label("Question").fill("Which drink?")
    ada.dialog.get_by_label("Own answers").check()
    own = ada.dialog.get_by_role("textbox", name="The answers")
    own.fill("Tea\nTea")
    ada.dialog.get_by_role("button", name="Start").click()
    expect(ada.page.locator("dialog .toast")).to_contain_text("no two the same")
    own.fill("Tea\n\n Milk \nA drink with a name so long that a phone has to break it into several lines")
    ada.dialog.get_by_label("Secret").check()
    ada.dialog.get_by_label("Several answers").check()
    ada.dialog.get_by_role("button", name="Start").click()
    card = ben.page.get_by_role("region", name=re.compile("Which drink"))
    expect(card).to_contain_text("Secret: nobody sees")
    card.get_by_role("button", name="Answer").click()
    expect(ben.page.locator(".toast")).to_contain_text("Choose or write an answer first")
    card.get_by_role("checkbox", name="Tea").check()
    card.get_by_role("checkbox", name="Milk").check()
    card.get_by_role("button", name="Answer").click()
    expect(card).to_contain_text("You have answered.")
    lead = ada.page.get_by_role("region", name=re.compile("Which drink"))
    expect(lead).to_contain_text("1 person has answered")
    assert "answers" not in str(ada.events("PollVoted"))
    expect(lead.get_by_role("listitem")).to_have_count(0)
    lead.get_by_role("button", name="End", exact=True).click()
    expect(lead.get_by_role("listitem").nth(1)).to_have_text("Milk 1 (100%)")
    expect(card).to_be_hidden()
    assert "totals" not in str(ben.events("PollEnded"))
    lead.get_by_role("button", name="Publish").click()
    expect(ben.page.get_by_role("region", name=re.compile(RESULT)).get_by_role("listitem").first).to_have_text(
        "Tea 1 (100%)"
    )
    # Typed answers, in the same meeting.
    ada.page.get_by_role("region", name=re.compile(RESULT)).get_by_role("button", name="New poll").click()
    ada.dialog.get_by_label("Typed by each person").check()
    ada.dialog.get_by_role("button", name="Start").click()
    card = ben.page.get_by_role("region", name=re.compile("Question without words"))
    card.get_by_role("textbox").fill("שלום")
    card.get_by_role("textbox").press("Enter")
    lead = ada.page.get_by_role("region", name=re.compile("Question without words"))
    expect(lead.get_by_role("listitem").first).to_have_text("שלום 1 (100%)")
