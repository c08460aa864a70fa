"""The page draws what changed and no more: a part at most once a frame, and no frame for longer than it should take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_harness import Guest, House, done
from playwright.sync_api import expect

import bbbd.page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, WebSocketRoute

_TILE_ORDER = (Path(bbbd.page.__file__).parent / "people/tile_order.js").read_text()
_STORE = (Path(bbbd.page.__file__).parent / "shell/store.js").read_text()
#: Parts that take so many ms each, with a clock and frames that are moved by hand: what each frame draws.
_FRAMES = """async ([text, costs, later]) => {
  let [clock, frame] = [0, null];
  performance.now = () => clock;
  globalThis.requestAnimationFrame = (act) => (frame = act);
  const {touch, watch} = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const frames = [];
  costs.forEach((cost, number) => watch([String(number)], () => {
    clock += cost;
    frames.at(-1).push(number);
  }));
  for (const topics of [costs.map((_cost, number) => String(number)), ...later]) {
    if (topics.length) touch(...topics);
    if (!frame) continue;
    const act = frame;
    frame = null;
    clock += 16;
    frames.push([]);
    act();
  }
  return [frames, frame === null];
}"""
#: A part that is drawn seldom, with timers and frames that are run by hand: how often it was drawn after each.
_SELDOM = """async (text) => {
  const [frames, timers] = [[], []];
  globalThis.requestAnimationFrame = (act) => frames.push(act);
  globalThis.setTimeout = (act) => timers.push(act);
  const {SELDOM, touch, watch} = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  let drawn = 0;
  watch(["chat"], () => (drawn += 1), SELDOM);
  const after = [];
  for (const acts of [frames, frames, timers, frames]) {
    if (acts === frames && !timers.length) touch("chat");
    acts.splice(0).forEach((act) => act());
    after.push(drawn);
  }
  return after;
}"""
#: Counts what changes in the document's lists of people and on the stage.
_COUNT = """() => {
  globalThis.changes = 0;
  const count = (records) => (changes += records.length);
  const all = {subtree: true, childList: true, characterData: true};
  for (const id of ["tiles", "roster", "now"]) new MutationObserver(count).observe(document.getElementById(id), all);
}"""
#: Counts what is changed to what it was.
_COUNT_VAIN = """() => {
  globalThis.vain = [];
  const look = (records) => records.forEach(({target, attributeName, oldValue}, at) => {
    const next = records.slice(at + 1).find((one) => one.target === target && one.attributeName === attributeName);
    const now = next ? next.oldValue : target.getAttribute(attributeName);
    if (now === oldValue) vain.push(`${attributeName} of ${target.id || target.className}`);
  });
  new MutationObserver(look).observe(document, {subtree: true, attributes: true, attributeOldValue: true});
}"""
#: Counts the tiles that come and go, and those that are moved.
_COUNT_TILES = """() => {
  globalThis.tiles = {added: 0, removed: 0};
  new MutationObserver((records) => {
    for (const {addedNodes, removedNodes} of records) {
      tiles.added += addedNodes.length;
      tiles.removed += removedNodes.length;
    }
  }).observe(document.getElementById("tiles"), {childList: true});
}"""
#: Who is shown of people, of whom those in capitals have cameras, when one must stay in sight.
_HOLD = """async ([text, shown, held]) => {
  const module = text.replace(/^import .*$/m, "");
  const {withHeld} = await import(`data:text/javascript,${encodeURIComponent(module)}`);
  const people = new Map([...shown + held].map((user) => [user, {user, cameras: Number(user < "a")}]));
  return withHeld([...shown].map((user) => people.get(user)), "M", people.get(held)).map(({user}) => user).join("");
}"""
_FRAMES_GO_BY = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_SHOWN = "Array.from(document.querySelectorAll('#tiles [data-user]'), (node) => node.dataset.user)"
#: Whether there are all the tiles that fit: with those that do not, they are so many people.
_ALL_TILES = """(people) => {
  const box = document.getElementById("tiles");
  const left = Number(box.querySelector(".more:not([hidden])")?.textContent.match(/[0-9]+/)[0]);
  return box.querySelectorAll("[data-user]").length + left === people;
}"""
CROWD = 40
MEDIA = {"engine": "mesh", "up": True, "ice": [], "keeps": "off", "copies": {"camera": 3, "screen": 3}}


def crowded(house: House) -> tuple[Guest, list[str], Callable[..., None]]:
    """Have somebody in a meeting of many; return them, the others, and a function that tells their page as a server."""
    house.server.creates()
    users = [user for number in range(CROWD) for user in done(house.server.people(name=f"Person {number}"))]
    ada = house.admits("Ada")
    sockets: list[WebSocketRoute] = []

    def route(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    ada.page.route_web_socket("**/html5client/socket", route)
    house.goes(ada, house.server.link("Ada", role="MODERATOR")).is_in("meeting")
    ada.page.wait_for_function(_ALL_TILES, arg=CROWD + 1)
    return ada, users, lambda **message: sockets[-1].send(json.dumps(message))


@pytest.mark.parametrize(
    ("costs", "later", "frames"),
    [
        ([1, 1, 1], [], [[0, 1, 2]]),
        # What takes long is drawn alone, the rest in the next frames, each once.
        ([3, 3, 3, 3, 3], [[]], [[0, 1, 2], [3, 4]]),
        ([50, 50, 1], [[], []], [[0], [1], [2]]),
        ([20, 1, 20], [[], []], [[0], [1, 2]]),
        # Who changes in each frame does not keep those who come later from being drawn.
        ([20, 20, 20], [["0"], ["0"], ["0"], []], [[0], [1], [2], [0]]),
    ],
)
def test_what_takes_long_is_drawn_over_several_frames(
    browser: Browser, costs: list[int], later: list[list[str]], frames: list[list[int]]
) -> None:
    page = browser.new_page()
    assert page.evaluate(_FRAMES, [_STORE, costs, later]) == [frames, True]
    page.close()


def test_what_is_drawn_seldom_waits_for_the_next_frame_too(browser: Browser) -> None:
    page = browser.new_page()
    assert page.evaluate(_SELDOM, _STORE) == [1, 1, 1, 2]
    page.close()


def test_a_message_draws_nobody_anew(house: House) -> None:
    house.server.creates()
    ada, ben = house.moderates("Ada"), house.joins("Ben")
    ada.opens("People")
    expect(ada.row("Ben")).to_be_visible()
    ada.opens("Chat")
    ben.writes("The first")
    ada.reads("The first")
    ada.page.evaluate(_COUNT)
    ben.writes("The second")
    ada.reads("The second")
    assert ada.page.evaluate("changes") == 0
    ben.button("Raise hand").click()
    expect(ada.page.locator("#tiles .flag")).to_be_visible()
    assert ada.page.evaluate("changes") > 0


def test_who_speaks_out_of_sight_takes_one_place_and_nobody_else_moves(house: House) -> None:
    ada, users, tells = crowded(house)
    page = ada.page
    before = page.evaluate(_SHOWN)
    speaker = next(user for user in users if user not in before)
    page.evaluate(_COUNT_TILES)
    tells(t="now", k="talking", users=[speaker])
    expect(page.locator(f"#tiles [data-user='{speaker}'].talking")).to_be_visible()
    after = page.evaluate(_SHOWN)
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [speaker]
    assert page.evaluate("tiles") == {"added": 1, "removed": 1}
    # Who falls silent keeps the place, and so does the next who speaks while in sight.
    tells(t="now", k="talking", users=[after[3]])
    expect(page.locator(f"#tiles [data-user='{after[3]}'].talking")).to_be_visible()
    expect(page.locator("#tiles .talking")).to_have_count(1)
    assert page.evaluate(_SHOWN) == after
    assert page.evaluate("tiles") == {"added": 1, "removed": 1}


def test_a_hand_of_somebody_in_sight_moves_no_tile(house: House) -> None:
    ada, users, _tells = crowded(house)
    page = ada.page
    name = {user: f"Person {number}" for number, user in enumerate(users)}
    # The first hand makes the card above the tiles higher.
    done(house.server.act(name[page.evaluate(_SHOWN)[1]], "raise hand"))
    expect(page.get_by_role("list", name="Raised hands (1), in order")).to_be_visible()
    expect(page.locator("#tiles .flag")).to_have_count(1)
    page.evaluate(_FRAMES_GO_BY)
    page.wait_for_function(_ALL_TILES, arg=CROWD + 1)
    before = page.evaluate(_SHOWN)
    page.evaluate(_COUNT_TILES)
    done(house.server.act(name[before[-1]], "raise hand"))
    expect(page.locator(f"#tiles [data-user='{before[-1]}'] .flag")).to_be_visible()
    assert page.evaluate(_SHOWN) == before
    assert page.evaluate("tiles") == {"added": 0, "removed": 0}


def test_a_tile_with_the_keyboard_stays_and_keeps_it(house: House) -> None:
    ada, users, tells = crowded(house)
    page = ada.page
    last = page.evaluate(_SHOWN)[-1]
    page.evaluate("user => document.querySelector(`[data-user='${user}']`).setAttribute('tabindex', '0')", last)
    page.locator(f"[data-user='{last}']").focus()
    # So many speak that nobody else's place is safe; and who presents changes places with the first.
    tells(t="now", k="talking", users=users[-20:])
    expect(page.locator(f"[data-user='{users[-1]}'].talking")).to_be_visible()
    expect(page.locator(f"[data-user='{last}']")).to_be_focused()
    tells(t="events", list=[{"e": "PresenterChanged", "user": last}])
    expect(page.locator("#tiles .tile").first).to_have_attribute("data-user", last)
    expect(page.locator(f"[data-user='{last}']")).to_be_focused()


@pytest.mark.parametrize(
    ("shown", "held", "then"),
    [
        ("abc", "b", "abc"),
        ("abc", "d", "abd"),
        ("ABc", "d", "ABd"),
        # No more cameras are seen than before; one's own is not received.
        ("ABc", "D", "ADc"),
        ("AMc", "D", "DMc"),
        ("abc", "D", "abD"),
    ],
)
def test_who_must_stay_in_sight_takes_the_last_place(browser: Browser, shown: str, held: str, then: str) -> None:
    page = browser.new_page()
    assert page.evaluate(_HOLD, [_TILE_ORDER, shown, held]) == then
    page.close()


def in_pages(house: House) -> tuple[Guest, str, Callable[..., None]]:
    """Have somebody see the second page of tiles; return them, where the last menu is, and a function as above."""
    ada, _users, tells = crowded(house)
    page = ada.page
    # As of a server with an engine: tiles have menus then, and come in pages.
    tells(t="media", **MEDIA)
    expect(ada.dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(ada.dialog).to_have_count(0)
    page.get_by_role("button", name="More people").click()
    expect(page.locator("#tiles .turner")).to_contain_text("2 /")
    page.evaluate(_FRAMES_GO_BY)
    page.wait_for_function("document.querySelectorAll('#tiles .tile-menu').length > 7")
    last = page.evaluate(_SHOWN)[-1]
    return ada, f"#tiles [data-user='{last}'] .tile-menu", tells


def test_a_tile_with_the_keyboard_stays_on_its_page(house: House) -> None:
    ada, menu, tells = in_pages(house)
    page = ada.page
    before = page.evaluate(_SHOWN)
    page.locator(f"#tiles [data-user='{before[-2]}'] .tile-menu").focus()
    page.keyboard.press("Tab")
    expect(page.locator(menu)).to_be_focused()
    page.evaluate(_COUNT_TILES)
    # Everything is drawn anew, and then somebody comes to the front: the others move on by one, but not this one.
    for talking in (before[:1], before[1:2]):
        tells(t="now", k="talking", users=talking)
        expect(page.locator(f"#tiles [data-user='{talking[0]}'].talking")).to_be_visible()
        page.evaluate(_FRAMES_GO_BY)
        expect(page.locator(menu)).to_be_focused()
    assert page.evaluate(_SHOWN) == before
    assert page.evaluate("tiles") == {"added": 0, "removed": 0}
    tells(t="events", list=[{"e": "PresenterChanged", "user": before[-1]}])
    tells(t="now", k="talking", users=before[:1])
    expect(page.locator(f"#tiles [data-user='{before[0]}'].talking")).to_be_visible()
    expect(page.locator(menu)).to_be_focused()
    # Who turns the page goes away from it.
    page.get_by_role("button", name="Earlier people").click()
    expect(page.locator("#tiles .turner")).to_contain_text("1 /")
    page.get_by_role("button", name="More people").click()
    expect(page.locator(menu)).to_have_count(0)


def test_who_turns_to_the_last_page_keeps_the_keyboard(house: House) -> None:
    ada, _menu, _tells = in_pages(house)
    page = ada.page
    after, place = page.get_by_role("button", name="More people"), page.locator("#tiles .turner bdi")
    after.focus()
    for _ in range(int(place.inner_text().partition("/")[2]) - 2):
        page.keyboard.press("Enter")
        page.evaluate(_FRAMES_GO_BY)
    expect(after).to_have_attribute("aria-disabled", "true")
    expect(after).to_be_focused()
    before = page.evaluate(_SHOWN)
    page.keyboard.press("Enter")
    page.evaluate(_FRAMES_GO_BY)
    assert page.evaluate(_SHOWN) == before
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.evaluate(_FRAMES_GO_BY)
    assert page.evaluate(_SHOWN) != before


def test_a_tile_whose_menu_is_closed_stays_on_its_page(house: House) -> None:
    ada, menu, tells = in_pages(house)
    page = ada.page
    before = page.evaluate(_SHOWN)
    page.locator(menu).click()
    expect(ada.dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(ada.dialog).to_have_count(0)
    tells(t="now", k="talking", users=before[:1])
    expect(page.locator(f"#tiles [data-user='{before[0]}'].talking")).to_be_visible()
    page.evaluate(_FRAMES_GO_BY)
    expect(page.locator(menu)).to_be_focused()
    assert page.evaluate(_SHOWN) == before


@pytest.mark.parametrize("tab", ["Chat", "People"])
def test_nothing_is_set_to_what_it_is(house: House, tab: str) -> None:
    ada, _users, _tells = crowded(house)
    ada.opens(tab)
    ada.page.evaluate(_COUNT_VAIN)
    deeds: tuple[tuple[str, dict[str, str]], ...] = (
        ("raise hand", {}),
        ("speak", {}),
        ("chat", {"text": "Yes"}),
        ("react", {}),
        ("lower hand", {}),
    )
    for number, (does, more) in enumerate(2 * deeds):
        done(house.server.act(f"Person {CROWD - number // 5 - 1}", does, **more))
    done(house.server.act("Person 0", "raise hand"))
    expect(ada.page.get_by_role("list", name="Raised hands (1), in order")).to_be_visible()
    ada.page.evaluate(_FRAMES_GO_BY)
    assert ada.page.evaluate("vain") == []


def test_many_events_at_once_are_one_drawing(house: House) -> None:
    ada, users, tells = crowded(house)
    session = ada.page.context.new_cdp_session(ada.page)
    session.send("Performance.enable")

    def layouts() -> int:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return int(next(one["value"] for one in metrics if one["name"] == "LayoutCount"))

    number = ada.page.evaluate("Number.MAX_SAFE_INTEGER") - 1000
    said = [
        {"e": "Chatted", "n": number + at, "at": at, "user": users[at], "name": "Ben", "text": f"No. {at}"}
        for at in range(CROWD)
    ]
    before = layouts()
    tells(t="events", list=said)
    expect(ada.chat.get_by_role("article")).to_have_count(CROWD)
    ada.page.evaluate(_FRAMES_GO_BY)
    # A layout for the messages and their scrolling, one for what is read, and the seconds of the clock.
    assert layouts() - before < CROWD / 4
