"""How a meeting is over for those who are in, and what recording means for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from browser_harness import FORBIDDEN, Guest, House, done
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Route, WebSocketRoute

BACK = "http://moodle.example.org/course?id=7"


def by_the_api(house: House, _ada: Guest) -> None:
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"


def by_a_moderator(_house: House, ada: Guest) -> None:
    ada.button("Leave").click()
    ada.dialog.get_by_role("button", name="End for everyone").click()


def by_its_duration(house: House, _ada: Guest) -> None:
    house.server.moves(601)


@pytest.mark.parametrize(
    ("ends", "title", "lead"),
    [
        (by_the_api, "The meeting has ended", "Biology 101 was ended from the site where it was created."),
        (by_a_moderator, "The meeting has ended", "Biology 101 was ended by a moderator."),
        (by_its_duration, "The meeting has ended", "The time for Biology 101 is up."),
    ],
    ids=["api", "moderator", "duration"],
)
def test_whoever_is_in_is_told_who_ended_it_and_goes_back(
    either_house: House, ends: Callable[[House, Guest], None], title: str, lead: str
) -> None:
    house = either_house
    house.server.creates(logoutURL=BACK, duration=10)
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    expect(ben.page.get_by_text("10 min left")).to_be_visible()
    ben.writes("What was said")
    ada.reads("What was said")
    ends(house, ada)
    for guest in (ada, ben):
        guest.is_told(title, lead, re.compile("People ?2"), re.compile("You will be taken back in [0-9]+ seconds"))
        expect(guest.page.get_by_role("alert")).to_have_text(title)
    with ben.page.expect_download() as saved:
        ben.button("Save the chat").click()
    assert saved.value.suggested_filename == "Biology 101.txt"
    assert "Ben: What was said" in saved.value.path().read_text()
    went = []

    def moodle(route: Route) -> None:
        went.append(route.request.url)
        route.fulfill(body="<title>Course</title>", content_type="text/html")

    ben.page.route("http://moodle.example.org/**", moodle)
    ben.button("Back to moodle.example.org").click()
    expect(ben.page).to_have_title("Course")
    assert went == [BACK]


@pytest.mark.parametrize("ends", [by_the_api, by_a_moderator, by_its_duration])
def test_the_count_at_the_end_runs_down_and_leads_back(house: House, ends: Callable[[House, Guest], None]) -> None:
    house.server.creates(logoutURL=BACK, duration=10)
    ada, ben = house.moderates("Ada"), house.admits("Ben")
    ben.page.route("http://moodle.example.org/**", lambda route: route.fulfill(body="back"))
    ben.page.clock.install()
    house.goes(ben, house.server.link("Ben")).is_in("meeting")
    ends(house, ada)
    ben.is_told("The meeting has ended", "You will be taken back in 30 seconds")
    ben.page.clock.run_for(12_000)
    expect(ben.page.get_by_text(re.compile("You will be taken back in 1[0-8] seconds"))).to_be_visible()
    ben.page.clock.run_for(18_000)
    ben.page.wait_for_url(BACK)
    # Who wants to read on stays, and no count is seen any more.
    ada.button("Stay here").click()
    expect(ada.page.get_by_text("You will be taken back in")).to_have_count(0)


def test_who_stays_is_not_led_back(house: House) -> None:
    house.server.creates(logoutURL=BACK)
    ben = house.admits("Ben")
    ben.page.clock.install()
    house.goes(ben, house.server.link("Ben")).is_in("meeting")
    by_the_api(house, ben)
    ben.button("Stay here").click()
    ben.page.clock.run_for(60_000)
    ben.is_told("The meeting has ended")
    expect(ben.button("Back to moodle.example.org")).to_be_visible()


def test_who_leaves_goes_back_at_once_and_who_is_removed_stays_out(house: House) -> None:
    house.server.creates(logoutURL=BACK)
    ada, cleo = house.moderates("Ada"), house.joins("Cleo")
    token = house.server.comes("Ben")
    ben = house.goes(house.admits("Ben"), house.server.page_of(token))
    ben.is_in("meeting")
    cleo.page.route("http://moodle.example.org/**", lambda route: route.fulfill(body="back"))
    cleo.leaves()
    cleo.page.wait_for_url(BACK)
    ada.does("Ben", "Remove")
    expect(ada.dialog).to_contain_text("Remove Ben?")
    ada.dialog.get_by_role("button", name="Remove", exact=True).click()
    ben.is_told("You were removed from the meeting", "Ada removed you. This link no longer works.")
    expect(ben.button("Back to moodle.example.org")).to_be_visible()
    house.expected.append(FORBIDDEN)
    ben.page.reload()
    ben.is_told("You were removed from the meeting")
    expect(ada.roster.get_by_role("listitem")).to_have_count(1)
    assert house.server.counts() == 1
    stranger = house.goes(house.admits(), house.server.page_of("x" * 26))
    stranger.is_told("This link is no longer valid", "It may be too old")
    expect(stranger.page).to_have_title("This link is no longer valid")


def test_who_does_not_answer_is_asked_and_goes(house: House) -> None:
    house.server.creates(logoutTimer=1)
    ben = house.admits("Ben")
    ben.page.clock.install()
    house.goes(ben, house.server.link("Ben")).is_in("meeting")
    ben.page.clock.fast_forward(66_000)
    ben.is_in("idle")
    expect(ben.dialog).to_contain_text("Are you still there?")
    ben.page.keyboard.press("a")
    ben.is_in("meeting")
    ben.page.clock.fast_forward(66_000)
    ben.is_in("idle")
    ben.page.clock.fast_forward(61_000)
    ben.is_told("You have left", "You did not respond for a while")
    house.server.comes_to(0)


def test_who_was_given_up_by_the_server_is_led_back(house: House) -> None:
    house.server.creates(logoutURL=BACK)
    ben = house.admits("Ben")
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    ben.page.route_web_socket("**/socket", connect)
    ben.page.route("http://moodle.example.org/**", lambda route: route.fulfill(body="back"))
    ben.page.clock.install()
    house.goes(ben, house.server.link("Ben")).is_in("meeting")
    sockets[0].send('{"t": "bye", "reason": "idle", "again": null}')
    ben.is_told("You have left", "You did not respond for a while", "You will be taken back in 30 seconds")
    ben.page.clock.run_for(31_000)
    ben.page.wait_for_url(BACK)


def test_everybody_knows_of_a_recording_and_only_some_may_start_it(either_house: House) -> None:
    house = either_house
    house.server.creates(record="true", notifyRecordingIsOn="true")
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    expect(ada.page.get_by_text("Not recording")).to_be_visible()
    expect(ben.page.get_by_text(re.compile("recording", re.IGNORECASE))).to_have_count(0)
    expect(ben.button("Record")).to_be_hidden()
    ada.button("Record").click()
    ben.is_in("recorded")
    expect(ben.dialog).to_contain_text("This meeting is being recorded")
    ben.page.keyboard.press("Escape")
    expect(ben.dialog).to_be_visible()
    # Who started it knows, and is not asked.
    ada.is_in("meeting")
    expect(ada.button(re.compile("^Stop"))).to_be_visible()
    ben.button("I understand and stay").click()
    ben.is_in("meeting")
    for guest in (ada, ben):
        expect(guest.page.get_by_text(re.compile("^Recording0:0[0-9]$"))).to_be_visible()
    house.server.moves(90)
    ben.page.reload()
    ben.is_in("meeting")
    expect(ben.page.get_by_text(re.compile("^Recording1:3[0-9]$"))).to_be_visible()
    # Who comes later is asked before anything of them is kept; who does not want it goes.
    cleo = house.invites("Cleo")
    cleo.is_in("recorded")
    cleo.dialog.get_by_role("button", name="Leave").click()
    cleo.is_told("You have left")
    ada.button(re.compile("^Stop")).click()
    expect(ada.page.get_by_text("Recording paused")).to_be_visible()
    expect(ben.page.get_by_text(re.compile("^Recording[0-9]"))).to_be_hidden()
    # It ends with what will come of it.
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    ben.is_told("The meeting has ended", "A recording is being prepared.")


def test_record_is_offered_only_where_a_recording_can_come_of_it(house: House) -> None:
    house.server.creates(record="true", **{"meta_bbb-disable-recording-formats": "presentation"})
    ada = house.moderates("Ada")
    expect(ada.button("Record")).to_be_hidden()
    expect(ada.page.get_by_text("Not recording")).to_be_hidden()


def test_who_ends_a_recording_that_stays_unpublished_is_told_so(house: House) -> None:
    house.server.creates(record="true", autoStartRecording="true")
    ben = house.admits("Ben")

    def unpublished(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(
            lambda text: socket.send(str(text).replace('"publishesRecordings":true', '"publishesRecordings":false'))
        )

    ben.page.route_web_socket(re.compile("/socket"), unpublished)
    house.goes(ben, house.server.link("Ben", role="VIEWER"))
    ben.is_in("recorded")
    ben.button("I understand and stay").click()
    ben.is_in("meeting")
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    ben.is_told("The meeting has ended", "Only those who manage this meeting will see it until they publish it.")
