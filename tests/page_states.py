"""Every state of the page, and how one comes to it: what is looked at by eye and by axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from browser_harness import CUT, FORBIDDEN, Guest, House, done, get_old
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Route, WebSocketRoute

BACK = "https://moodle.example.org/course"
SOCKET = re.compile("/html5client/socket$")
WELCOME = "Welcome to <b>Biology 101</b>. <a href='https://example.org/reading'>What to read</a>"
State = Callable[[House], Guest]
STATES: dict[str, State] = {}


def state(made: State) -> State:
    """Add a state by its function's name."""
    STATES[made.__name__.replace("_", "-")] = made
    return made


def creates(house: House, **pairs: str) -> None:
    house.server.creates(**({"logoutURL": BACK, "welcome": WELCOME, "copyright": "© Example University"} | pairs))


def crowded(house: House) -> Guest:
    """A lively meeting, and a moderator in it."""
    creates(
        house,
        bannerText="Exam on Friday",
        bannerColor="#ffcc00",
        duration="29",
        record="true",
        guestPolicy="ASK_MODERATOR",
        moderatorOnlyMessage="The <b>code</b> is 1234",
        lockSettingsDisablePrivateChat="true",
    )
    ada = house.moderates("Ada Adler")
    people = ("Jonas Kim", "Priya Gupta", "Zoë Fischer", "مريم حداد", "Chen Lopez", "Elif Costa")
    for name in people:
        done(house.server.people(name=name))
    for name in people[:3]:
        done(house.server.act(name, "chat", text=f"Good morning from {name}: https://example.org/{name[0]}"))
        done(house.server.act(name, "raise hand"))
    done(house.server.act(people[0], "present"))
    done(house.server.act(people[3], "chat", text="شكرا، هذا واضح الآن"))
    done(house.server.act(people[3], "speak"))
    done(house.server.act(people[4], "share camera"))
    done(house.server.act(people[5], "react", emoji="🎉"))
    ada.writes("Good morning, all of you")
    expect(ada.chat.get_by_role("article")).to_have_count(5)
    return ada


@state
def joining(house: House) -> Guest:
    creates(house)
    guest = house.admits("Ben")
    guest.page.clock.install()
    guest.page.route_web_socket(SOCKET, lambda _socket: None)
    house.goes(guest, house.server.link("Ben"))
    guest.is_told("Joining the meeting")
    guest.page.clock.fast_forward(3_100)
    guest.is_told("Joining the meeting", "Still connecting.")
    expect(guest.page.get_by_text("You will be there in a moment.")).to_have_count(0)
    return guest


@state
def joining_blocked(house: House) -> Guest:
    guest = joining(house)
    guest.page.clock.fast_forward(7_000)
    guest.is_told("Joining the meeting", "ask your network administrator")
    return guest


@state
def waiting(house: House) -> Guest:
    creates(house, guestPolicy="ASK_MODERATOR")
    guest = house.invites("Gil", guest="true")
    ada = house.moderates("Ada")
    ada.button("Waiting room").first.click()
    ada.dialog.get_by_role("textbox").fill("We begin at ten.")
    ada.button("Save").click()
    guest.is_told("You are in the waiting room of Biology 101", "We begin at ten.")
    return guest


@state
def denied(house: House) -> Guest:
    guest = waiting(house)
    done(house.server.do("people/act", meetingID="demo", admit=False))
    guest.is_told("You were not let in")
    return guest


@state
def removed(house: House) -> Guest:
    creates(house)
    ada, guest = house.moderates("Ada"), house.joins("Ben")
    ada.does("Ben", "Remove")
    ada.dialog.get_by_role("button", name="Remove", exact=True).click()
    guest.is_told("You were removed from the meeting")
    return guest


@state
def unknown(house: House) -> Guest:
    house.expected.append(FORBIDDEN)
    guest = house.goes(house.admits(), house.server.page_of("x" * 26))
    guest.is_told("This link is no longer valid")
    return guest


@state
def full(house: House) -> Guest:
    creates(house, maxParticipants="1")
    token = house.server.comes("Ben")
    house.joins("Ada")
    guest = house.goes(house.admits("Ben"), house.server.page_of(token))
    guest.is_told("The meeting is full")
    return guest


@state
def elsewhere(house: House) -> Guest:
    creates(house)
    guest, path = house.admits("Ben"), house.server.page_of(house.server.comes("Ben"))
    house.goes(guest, path).is_in("meeting")
    house.goes(house.admits("Ben"), path)
    guest.is_told("Open in another tab")
    return guest


@state
def outdated(house: House) -> Guest:
    creates(house)
    guest = house.admits("Ben")
    get_old(guest, 2)
    house.goes(guest, house.server.page_of(house.server.comes("Ben")))
    guest.is_told("This page is out of date")
    return guest


@state
def left(house: House) -> Guest:
    house.server.creates()
    guest = house.joins("Ben")
    guest.leaves()
    guest.is_told("You have left")
    return guest


@state
def ended(house: House) -> Guest:
    creates(house, record="true")
    guest = house.moderates("Ada")
    guest.writes("Good morning")
    guest.reads("Good morning")
    done(house.server.act("Ada", "start recording"))
    expect(guest.page.get_by_text(re.compile("^Recording0"))).to_be_visible()
    done(house.server.call("end", meetingID="demo"))
    guest.is_told("The meeting has ended", "A recording is being prepared.")
    return guest


@state
def recorded(house: House) -> Guest:
    creates(house, record="true", autoStartRecording="true")
    guest = house.invites("Ben")
    guest.is_in("recorded")
    return guest


@state
def reconnecting(house: House) -> Guest:
    house.expected.append(CUT)
    creates(house)
    guest = house.admits("Ben")
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) == 1:
            socket.connect_to_server()
        else:
            socket.close()

    guest.page.route_web_socket(SOCKET, connect)
    house.goes(guest, house.server.link("Ben")).is_in("meeting")
    sockets[0].close()
    guest.is_in("reconnecting")
    guest.writes("Said meanwhile")
    expect(guest.chat.get_by_role("article")).to_contain_text("Sending")
    return guest


@state
def idle(house: House) -> Guest:
    creates(house, logoutTimer="1")
    guest = house.admits("Ben")
    guest.page.clock.install()
    house.goes(guest, house.server.link("Ben")).is_in("meeting")
    guest.page.clock.fast_forward(66_000)
    guest.is_in("idle")
    return guest


@state
def unable(house: House) -> Guest:
    creates(house)
    guest = house.admits("Ben")

    def without_modules(route: Route) -> None:
        answer = route.fetch()
        body = re.sub('<script type="module".*?</script>', "", answer.text()).replace("<script nomodule", "<script")
        route.fulfill(response=answer, body=body)

    guest.page.route("**/html5client/join*", without_modules)
    house.goes(guest, house.server.page_of(house.server.comes("Ben")))
    guest.is_told("This page cannot run here")
    return guest


@state
def join_failed(house: House) -> Guest:
    creates(house)
    guest = house.goes(house.admits(), house.server.link("Ben", password="wrong", role=""))
    guest.is_told("You could not join")
    return guest


@state
def logged_out(house: House) -> Guest:
    guest = house.goes(house.admits(), "/")
    expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
    return guest


@state
def meeting(house: House) -> Guest:
    return crowded(house)


@state
def meeting_people(house: House) -> Guest:
    guest = crowded(house)
    done(house.server.people(name="Gil Guest", guest=True))
    done(house.server.people(name="Hana Guest", guest=True))
    guest.opens("People")
    expect(guest.page.get_by_role("heading", name="2 people are waiting")).to_be_visible()
    done(house.server.act("Ada Adler", "start recording"))
    expect(guest.row("Jonas")).to_contain_text("Hand raised")
    return guest


@state
def meeting_locked(house: House) -> Guest:
    creates(house, lockSettingsDisablePublicChat="true", lockSettingsHideUserList="true")
    house.moderates("Ada")
    guest = house.joins("Ben")
    guest.does("Ada", "Private chat")
    guest.writes("May I ask something?")
    guest.reads("May I ask something?")
    guest.button("Everyone").click()
    expect(guest.page.get_by_text("A moderator has turned off public chat")).to_be_visible()
    return guest


def _in_rooms(house: House, **more: object) -> tuple[Guest, Guest]:
    """A class with rooms, seen by a moderator and by somebody who belongs in one."""
    creates(house)
    ada, priya = house.moderates("Ada Adler"), house.joins("Priya Gupta")
    people = ("Jonas Kim", "Zoë Fischer", "مريم حداد", "Chen Lopez", "Elif Costa")
    others = [user for name in people for user in done(house.server.people(name=name))]
    expect(ada.page.get_by_role("tab", name="People, 7")).to_be_visible()
    rooms = [
        {"name": name, "users": members}
        for name, members in (
            ("Owls", others[:2]),
            ("خفافيش الليل", others[2:4]),
            ("Group with a rather long name", []),
        )
    ]
    with house.server.connects("Hal Hunt", role="MODERATOR") as teacher:
        teacher.say("breakout.open", id=1, **({"rooms": rooms, "minutes": 15, "keepChat": True} | more))
        teacher.until(lambda: bool(teacher.all("ok")))
        teacher.say("leave")
        teacher.until(lambda: bool(teacher.all("bye")))
    expect(ada.page.get_by_role("region", name="Breakout rooms")).to_be_visible()
    return ada, priya


@state
def rooms_planned(house: House) -> Guest:
    creates(house)
    ada = house.moderates("Ada Adler")
    for name in ("Jonas Kim", "Zoë Fischer", "مريم حداد", "Chen Lopez", "Elif Costa"):
        done(house.server.people(name=name))
    expect(ada.page.get_by_role("tab", name="People, 6")).to_be_visible()
    ada.chooses("Breakout rooms")
    ada.page.get_by_role("button", name="By chance").click()
    return ada


@state
def rooms_open(house: House) -> Guest:
    return _in_rooms(house)[0]


@state
def rooms_managed(house: House) -> Guest:
    ada, _priya = _in_rooms(house)
    ada.button("Manage rooms").click()
    expect(ada.page.get_by_role("dialog", name="Breakout rooms")).to_be_visible()
    return ada


@state
def rooms_to_choose(house: House) -> Guest:
    return _in_rooms(house, freeJoin=True)[1]


@state
def in_a_room(house: House) -> Guest:
    _ada, priya = _in_rooms(house, freeJoin=True)
    with priya.page.context.expect_page() as opened:
        priya.page.get_by_role("button", name="Go to Owls").click()
    there = Guest(opened.value, "Priya Gupta")
    house.guests.append(there)
    there.is_in("meeting")
    return there
