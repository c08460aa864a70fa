"""A connection that is lost, of one or of all, and a page older than its server: nobody loses place or words."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from browser_harness import CUT, Guest, House, Server, get_old
from developer_harness import Running, a_space, running
from flaky_network import Cable
from harness import Daemon, free_port
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, WebSocketRoute


@pytest.fixture(scope="module")
def cabled() -> Iterator[tuple[Running, Cable]]:
    """A daemon whose links lead through a cable; whoever goes to its own port is not cut off."""
    port = free_port()
    with Cable(port) as cable:
        urls = {
            "bigbluebutton__web__serverURL": f"http://127.0.0.1:{cable.port}",
            "bbbd__clientOrigins": f"http://127.0.0.1:{port}",
        }
        for shared in running(port, **urls)():
            yield shared, cable


@pytest.fixture
def cable(cabled: tuple[Running, Cable]) -> Cable:
    return cabled[1]


@pytest.fixture
def house(browser: Browser, cabled: tuple[Running, Cable], asked_for: set[str]) -> Iterator[House]:
    shared, cable = cabled
    for space in a_space(shared, asked_for):
        opened = House(Server(daemon=space.daemon, name=space.name), browser, port=cable.port)
        opened.expected.append(CUT)
        yield opened
        cable.mend()
        opened.shuts()


def comes_around(house: House, name: str, **pairs: str) -> Guest:
    """Have somebody come in who does not need the cable."""
    guest = house.admits(name)
    path = house.server.page_of(house.server.comes(name, **pairs))
    guest.page.goto(f"http://127.0.0.1:{house.server.daemon.port}{path}")
    guest.is_in("meeting")
    return guest


def test_who_is_cut_off_stays_for_a_minute_and_then_comes_back(house: House, cable: Cable) -> None:
    house.server.creates(guestPolicy="ASK_MODERATOR")
    ada = comes_around(house, "Ada", role="MODERATOR")
    ben = house.joins("Ben")
    priya = house.invites("Priya", guest="true")
    priya.is_in("waiting")
    ada.opens("People")
    ben.writer.fill("Half a sent")
    cable.cut()
    ben.is_in("reconnecting")
    expect(ben.page.get_by_text("Connection lost.")).to_be_visible()
    # Who waits is not left with a sentence that no longer holds.
    expect(priya.page.get_by_role("main")).to_contain_text("Connection lost. Trying again…")
    expect(ben.button("Try now")).to_be_visible()
    expect(ben.page.get_by_role("alert")).to_have_text("Connection lost")
    expect(ben.button("Raise hand")).to_be_disabled()
    expect(ada.row("Ben")).to_contain_text("Reconnecting")
    expect(ada.page.get_by_role("region", name="1 person is waiting")).to_contain_text("Not connected right now")
    house.server.moves(30)
    assert house.server.counts() == 2
    cable.mend()
    ben.tries_again()
    ben.is_in("meeting")
    expect(ada.row("Ben")).not_to_contain_text("Reconnecting")
    assert house.server.counts() == 2
    # Longer than a minute: they are gone, and come back as the same person.
    cable.cut()
    ben.is_in("reconnecting")
    expect(ada.row("Ben")).to_contain_text("Reconnecting")
    house.server.moves(65)
    expect(ada.row("Ben")).to_have_count(0)
    assert house.server.counts() == 1
    # The line forgets nobody as soon: phones sleep.
    expect(ada.page.get_by_role("region", name="1 person is waiting")).to_contain_text("Priya")
    cable.mend()
    ben.tries_again()
    ben.is_in("meeting")
    expect(ben.writer).to_have_value("Half a sent")
    expect(ada.row("Ben")).to_have_count(1)
    ada.button("Admit Priya").click()
    priya.is_in("meeting")


def test_a_killed_server_takes_nobody_out_and_no_words_away(
    browser: Browser, start_daemon: Callable[..., Daemon]
) -> None:
    daemon = start_daemon()
    house = House(Server(daemon=daemon), browser, expected=[CUT])
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    ada.writes("Before")
    ben.reads("Before")
    daemon.end(signal.SIGKILL)
    for guest in (ada, ben):
        guest.is_in("reconnecting")
    ben.writes("Meanwhile")
    expect(ben.chat.get_by_role("article").last).to_contain_text("Sending")
    ada.writer.fill("Not sent yet")
    daemon.start()
    ben.tries_again()
    for guest in (ada, ben):
        guest.is_in("meeting")
        guest.reads("Before", "Meanwhile")
    expect(ada.writer).to_have_value("Not sent yet")
    ada.writer.press("Enter")
    for guest in (ada, ben):
        guest.reads("Before", "Meanwhile", "Not sent yet")
        expect(guest.chat.locator(".text")).to_have_count(3)
        numbers = [event["n"] for event in guest.events() if "n" in event]
        assert numbers == sorted(set(numbers))
        guest.opens("People")
        expect(guest.roster.get_by_role("listitem")).to_have_count(2)
        expect(guest.roster).not_to_contain_text("Reconnecting")
    house.shuts()


def test_what_was_kept_and_not_told_before_a_kill_is_not_shown_as_waiting_for_ever(
    browser: Browser, start_daemon: Callable[..., Daemon]
) -> None:
    daemon = start_daemon()
    house = House(Server(daemon=daemon), browser, expected=[CUT])
    house.server.creates()
    ben = house.admits("Ben")
    deaf = [True]

    def between(route: WebSocketRoute) -> None:
        # What the server says of a message does not come to the page until the connection is another one.
        server = route.connect_to_server()
        server.on_message(lambda text: None if deaf and '"Chatted"' in str(text) else route.send(text))

    ben.page.route_web_socket("**/socket", between)
    house.goes(ben, house.server.link("Ben"))
    ben.is_in("meeting")
    witness = house.server.connects("Witness")
    ben.writes("Once")
    witness.until(lambda: bool(witness.events("Chatted")))
    expect(ben.chat.get_by_role("article").last).to_contain_text("Sending")
    deaf.clear()
    daemon.end(signal.SIGKILL)
    witness.socket.close()
    ben.is_in("reconnecting")
    daemon.start()
    ben.tries_again()
    ben.is_in("meeting")
    ben.reads("Once")
    expect(ben.chat.get_by_text("Sending")).to_have_count(0)
    expect(ben.chat.locator(".text")).to_have_count(1)
    house.shuts()


def test_the_count_to_the_next_try_runs_down_and_then_it_is_tried(house: House) -> None:
    house.server.creates()
    ben = house.admits("Ben")
    sockets: list[WebSocketRoute] = []
    works = True

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if works:
            socket.connect_to_server()
        else:
            socket.close()

    ben.page.route_web_socket("**/socket", connect)
    ben.page.clock.install()
    house.goes(ben, house.server.link("Ben")).is_in("meeting")
    works = False
    sockets[0].close()
    ben.is_in("reconnecting")
    strip = ben.page.locator("#strip")
    while len(sockets) < 5:
        ben.page.clock.run_for(1_000)
    # The fifth pause is eight seconds, give or take three in ten.
    expect(strip).to_have_text(re.compile("Trying again in ([5-9]|10|11) seconds…"))
    works = True
    ben.page.clock.run_for(4_000)
    expect(strip).to_have_text(re.compile("Trying again in [1-7] seconds?…"))
    ben.page.clock.run_for(8_000)
    ben.is_in("meeting")
    expect(strip).to_be_hidden()


@pytest.mark.parametrize("times", [1, 2], ids=["once", "again"])
def test_a_page_that_is_older_than_its_server_loads_anew_once_by_itself(house: House, times: int) -> None:
    house.server.creates()
    ben = house.admits("Ben")
    loads = get_old(ben, times)
    house.goes(ben, house.server.page_of(house.server.comes("Ben")))
    if times == 2:
        ben.is_told("This page is out of date", "Reload this page in a minute.")
        assert len(loads) == 2
        ben.button("Reload").click()
    ben.is_in("meeting")
    assert len(loads) == times + 1
    assert house.server.counts() == 1


def test_a_page_at_another_address_names_the_one_that_is_expected(house: House) -> None:
    house.server.creates()
    guest = house.admits("Ada")
    house.expected.append(re.compile("WebSocket connection to .* failed|403"))
    path = house.server.page_of(house.server.comes("Ada"))
    # By the daemon's own port it is an allowed origin, by this name of the same machine it is not.
    guest.page.goto(f"http://localhost:{house.server.daemon.port}{path}")
    expect(guest.page.get_by_text("This server expects the address http://127.0.0.1:")).to_be_visible()
