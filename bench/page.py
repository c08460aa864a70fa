"""The pages in a browser: ``python bench/page.py [coming] [drawing] [memory] [player]``.

*coming*: from a join link, and from a recording's link, to being there, over a network as the browser's own throttling
makes it; cold with an empty cache, warm with what an earlier visit left. *drawing*: the main thread with a processor
that is four times slower, as a browser counts it: a task over 50 ms is one that a person feels. Of a burst also the
processor's time of each task, by the browser's trace: on a busy machine the clock counts what others do. *memory*: the
page's heap after garbage collection. All in Chromium, with a real daemon on loopback, on the same machine.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "contract")]

from browser_harness import FLAGS, Guest, House, Server, done  # noqa: E402
from harness import Daemon  # noqa: E402
from player_harness import serving  # noqa: E402
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright  # noqa: E402

#: Round trip in milliseconds, bits a second.
SLOW, LAN = (150, 1.6e6), (1, 1e8)
NETWORKS = {"1.6 Mbit/s, 150 ms": SLOW, "LAN": LAN}
TRIES = 5
SLOWER = 4
CROWD = 200
#: Events a second of a burst, and its seconds.
BURST, FOR = 20, 12
FELT = 50
#: Milliseconds after which a page that is there loads nothing more.
SETTLED = 1500
_DEEDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("chat", {"text": "The powerhouse of the cell, it says on page four."}),
    ("raise hand", {}),
    ("chat", {"text": "Yes"}),
    ("lower hand", {}),
    ("speak", {}),
)
WATCH = """
globalThis.bench = {tasks: [], states: {}, drawn: 0};
new PerformanceObserver((list) => {
  for (const {startTime, duration} of list.getEntries()) bench.tasks.push([startTime, duration]);
}).observe({type: "longtask", buffered: true});
const note = () => {
  const state = document.body?.dataset.state;
  if (!state || bench.states[state]) return;
  bench.states[state] = performance.now();
  const drawn = () => (bench.drawn = performance.now());
  if (["meeting", "ready"].includes(state)) requestAnimationFrame(() => requestAnimationFrame(drawn));
};
const all = {subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"]};
new MutationObserver(note).observe(document, all);
"""


class Loads:
    """What a page loads, as the browser's debugger counts it."""

    def __init__(self, session: CDPSession) -> None:
        self.began: list[tuple[float, str]] = []
        self.bytes = 0
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.webSocketCreated", lambda event: self.began.append((0, event["url"])))
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.began.append((event["timestamp"], event["request"]["url"]))

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]


def throttled(page: Page, network: tuple[float, float]) -> CDPSession:
    """Make the page's network slow."""
    session: CDPSession = page.context.new_cdp_session(page)
    latency, bits = network
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": bits / 8, "uploadThroughput": bits / 8},
    )
    return session


def arrives(page: Page, session: CDPSession, url: str, state: str) -> tuple[float, float, int, float]:
    """Follow a link. Return ms until there, ms until drawn, requests until there, and KiB of all that was loaded."""
    loads = Loads(session)
    page.goto(url)
    page.wait_for_function("state => bench.states[state] && bench.drawn", arg=state)
    at, drawn = page.evaluate(f"[bench.states[{state!r}], bench.drawn]")
    before = len(loads.began)
    page.wait_for_timeout(SETTLED)
    return at, drawn, before, loads.bytes / 1024


def coming(browser: Browser, name: str, links: Iterator[str], state: str) -> None:
    """Measure how long it takes to be there."""
    for network, conditions in NETWORKS.items():
        for warm in (False, True):
            taken = []
            for _ in range(TRIES):
                context = browser.new_context()
                context.add_init_script(WATCH)
                page = context.new_page()
                if warm:
                    page.goto(next(links))
                    page.wait_for_function("state => bench.states[state]", arg=state)
                    page.wait_for_timeout(SETTLED)
                    page.close()
                    page = context.new_page()
                taken.append(arrives(page, throttled(page, conditions), next(links), state))
                context.close()
            at, drawn, requests, kib = (statistics.median(column) for column in zip(*taken, strict=True))
            what = f"{name}, {network}, {'warm' if warm else 'cold'}"
            print(f"{what:50}{at:8.0f}{drawn:8.0f}{requests:10.0f}{kib:9.0f}", flush=True)


@contextmanager
def a_house(browser: Browser, *, developer: bool = False, **settings: str) -> Iterator[House]:
    """Have a daemon, and guests who come to it."""
    with tempfile.TemporaryDirectory(prefix="bbbd-bench-") as directory:
        arguments = ["--developer"] if developer else []
        daemon = Daemon(directory=Path(directory) / "data", arguments=arguments, settings=settings)
        house = House(Server(daemon=daemon), browser)
        yield house
        for context in house.contexts:
            context.close()
        daemon.end()


def links_of(house: House) -> Iterator[str]:
    """Yield links of people who come."""
    number = 0
    while True:
        number += 1
        yield house.url(house.server.link(f"Person {number}"))


def slowed(house: House, name: str) -> tuple[Guest, CDPSession]:
    """Give somebody a browser on a slow processor."""
    guest = house.admits(name)
    guest.page.add_init_script(WATCH)
    session: CDPSession = guest.page.context.new_cdp_session(guest.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return guest, session


def tasks_of(guest: Guest) -> str:
    """Return how many tasks were felt, the longest, and their sum in ms."""
    tasks = [duration for _at, duration in guest.page.evaluate("bench.tasks")]
    felt = [task for task in tasks if task > FELT]
    return f"{len(felt):4} tasks over {FELT} ms, longest {max(tasks, default=0):4.0f}, {sum(felt):5.0f} in all"


@contextmanager
def traced(page: Page) -> Iterator[list[float]]:
    """Fill a list with the ms of processor time of each task of the page's main thread."""
    tasks: list[float] = []
    browser = page.context.browser
    assert browser
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    yield tasks
    events = json.loads(browser.stop_tracing())["traceEvents"]
    drawing = Counter((event["pid"], event["tid"]) for event in events if event["name"] == "FireAnimationFrame")
    [(main, _count)] = drawing.most_common(1)
    tasks += [
        event["tdur"] / 1000
        for event in events
        if event["name"] == "ThreadControllerImpl::RunTask" and (event["pid"], event["tid"]) == main and "tdur" in event
    ]


def first_drawing(house: House, name: str) -> Guest:
    """Measure the tasks of coming in."""
    guest, _session = slowed(house, name)
    house.goes(guest, house.server.link(name))
    guest.page.wait_for_function("() => bench.drawn")
    at, drawn = guest.page.evaluate("[bench.states.meeting, bench.drawn]")
    people = house.server.counts()
    guest.page.wait_for_timeout(SETTLED)
    print(f"coming in, {people} people: drawn {drawn - at:.0f} ms after the snapshot; {tasks_of(guest)}", flush=True)
    return guest


def burst(house: House, guest: Guest, tab: str) -> None:
    """Measure a lively meeting with one of its lists open."""
    guest.opens(tab)
    guest.page.wait_for_timeout(1000)
    guest.page.evaluate("bench.tasks.length = 0")
    server, sent = house.server, 0
    with traced(guest.page) as tasks:
        begun = time.monotonic()
        while (now := time.monotonic() - begun) < FOR:
            if sent < now * BURST:
                does, more = _DEEDS[sent % len(_DEEDS)]
                done(server.act(f"Person {sent * 7 % CROWD}", does, **more))
                sent += 1
            else:
                guest.page.wait_for_timeout(5)
    print(f"{sent} events in {FOR} s, {CROWD} people, {tab}: {tasks_of(guest)}", flush=True)
    felt = sum(task > FELT for task in tasks)
    share = sum(tasks) / FOR / 10
    print(f"  of the processor: {felt} over {FELT} ms, longest {max(tasks):.0f}, {share:.0f} % of a core", flush=True)


def drawing(browser: Browser) -> None:
    """Measure the main thread."""
    with a_house(browser, developer=True) as house:
        house.server.creates()
        first_drawing(house, "Ada")
        for number in range(CROWD):
            done(house.server.people(name=f"Person {number}"))
        guest = first_drawing(house, "Ben")
        for tab in ("Chat", "People"):
            burst(house, guest, tab)


def memory(browser: Browser) -> None:
    """Measure the heap, and the elements, after many messages."""
    with a_house(browser, developer=True) as house:
        house.server.creates()
        guest = house.joins("Ada")
        done(house.server.people(name="Ben"))
        session: CDPSession = guest.page.context.new_cdp_session(guest.page)
        session.send("Performance.enable")
        said = 0
        for wanted in (0, 2_000, 20_000):
            for number in range(said + 1, wanted + 1):
                done(house.server.act("Ben", "chat", text=f"Message {number} of many, as long as people write them"))
            said = wanted
            guest.page.wait_for_function(
                "text => !text || document.querySelector('#logs').textContent.includes(text)",
                arg=f"Message {wanted} " if wanted else "",
            )
            session.send("HeapProfiler.collectGarbage")
            found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
            heap, nodes = found["JSHeapUsedSize"] / 1e6, found["Nodes"]
            print(f"{wanted:6} messages: {heap:.1f} MB, {nodes:.0f} nodes", flush=True)


def arriving(browser: Browser) -> None:
    """Measure the ways in."""
    print(f"{'':50}{'ms':>8}{'drawn':>8}{'requests':>10}{'KiB':>9}")
    with a_house(browser) as house:
        house.server.creates()
        coming(browser, "meeting", links_of(house), "meeting")


def player(browser: Browser) -> None:
    """Measure the player."""
    with serving() as recordings:
        coming(browser, "player", iter(lambda: recordings.url("rich"), None), "ready")


PARTS = {"coming": arriving, "drawing": drawing, "memory": memory, "player": player}


def main(names: list[str]) -> None:
    """Run these parts, all without one."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(FLAGS))
        for name in names or PARTS:
            PARTS[name](browser)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
