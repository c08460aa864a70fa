"""People with fake microphones and cameras in browsers, and what comes through their links."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from browser_harness import Guest, House, Server, done
from environment_reset import PATIENCE
from harness import Daemon
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DEVICES = (
    # Few pictures: encoding them is most of the work.
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)
CHANGED = re.compile("net::ERR_NETWORK_CHANGED")
#: Keeps the page's links where a test can count what comes through them, and has a screen to share, which the headless
#: build has not.
WATCHED = """
(() => {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const screen = Object.assign(document.createElement("canvas"), {width: 320, height: 180});
    const pen = screen.getContext("2d");
    const draw = () => {
      pen.fillStyle = `hsl(${Date.now() / 10 % 360} 50% 50%)`;
      pen.fillRect(0, 0, screen.width, screen.height);
    };
    draw();
    setInterval(draw, 200);
    return screen.captureStream(5);
  };
  const links = (window.links = []);
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(given) {
      super({...given, ...(window.isBehindWall && {iceTransportPolicy: "relay"})});
      links.push(this);
    }
  };
  window.ways = async () => {
    const found = [];
    for (const link of links) {
      const stats = await link.getStats();
      for (const one of stats.values()) {
        if (one.type === "transport" && one.selectedCandidatePairId) {
          found.push(stats.get(stats.get(one.selectedCandidatePairId).localCandidateId).candidateType);
        }
      }
    }
    return found;
  };
  window.counted = async () => {
    const found = {frames: 0, energy: 0, audio: 0, links: links.length};
    for (const link of links) {
      if (link.connectionState === "closed") continue;
      for (const one of (await link.getStats()).values()) {
        if (one.type !== "inbound-rtp") continue;
        if (one.kind === "video") found.frames += one.framesDecoded || 0;
        else { found.energy += one.totalAudioEnergy || 0; found.audio += one.packetsReceived || 0; }
      }
    }
    return found;
  };
})();
"""


def open_house(browser_with_devices: Browser, daemon: Daemon) -> Iterator[House]:
    """Open a house at a module's own daemon, and end the meeting afterwards."""
    opened = House(Server(daemon=daemon), browser_with_devices)
    yield opened
    opened.shuts()
    done(opened.server.call("end", meetingID="demo"))


def comes(house: House, name: str, **pairs: Any) -> Guest:
    """Have somebody with a microphone and a camera follow a link."""
    guest = house.admits(name, permissions=["local-network-access", "microphone", "camera"])
    guest.page.add_init_script(WATCHED)
    arrives(house, guest, **pairs)
    return guest


def arrives(house: House, guest: Guest, state: str = "meeting", **pairs: Any) -> None:
    """Follow a link; a browser drops what it loads when some network of the machine changes."""
    house.expected.append(CHANGED)
    house.goes(guest, house.server.link(guest.name, **pairs))
    while any(CHANGED.search(report) for report in guest.reports):
        guest.reports.clear()
        guest.page.reload()
    guest.is_in(state)


def goes_in(guest: Guest, *, muted: bool = False) -> None:
    """Answer the first dialog."""
    guest.dialog.get_by_label("Go in muted").set_checked(muted)
    guest.dialog.get_by_role("button", name="Go in", exact=True).click()
    expect(guest.button("Unmute" if muted else "Mute", exact=True)).to_be_visible()


def starts_camera(guest: Guest) -> None:
    """Start the camera for the first time: one sees oneself before others do."""
    guest.button("Start camera").click()
    expect(guest.dialog.locator("video")).to_be_visible()
    guest.dialog.get_by_role("button", name="Start camera").click()
    expect(guest.button("Stop camera")).to_be_visible()


def counted(guest: Guest) -> dict[str, float]:
    """Return what came through a page's links so far."""
    found: dict[str, float] = guest.page.evaluate("counted()")
    return found


def receives(guest: Guest, what: str, more: float = 5) -> None:
    """Wait until so many more frames or packets, or more energy of sound, arrived."""
    least = counted(guest)[what] + more
    guest.page.wait_for_function("async ([what, least]) => (await counted())[what] > least", arg=[what, least])


def knows(house: House, **counts: int) -> None:
    """Wait until getMeetingInfo has these counts."""
    end = time.monotonic() + PATIENCE
    while (found := _counts(house, *counts)) != counts:
        assert time.monotonic() < end, found
        house.guests[0].page.wait_for_timeout(50)


def _counts(house: House, *names: str) -> dict[str, int]:
    info = done(house.server.info("demo"))
    return {name: int(info.text(name) or "") for name in names}


def turns_lock(guest: Guest, name: str) -> None:
    """Change a lock."""
    guest.chooses("Locks")
    guest.dialog.get_by_label(name, exact=True).click()
    guest.dialog.get_by_role("button", name="Save").click()


def waits(guest: Guest, so: Callable[[], bool]) -> None:
    """Wait until something is so, while the pages go on."""
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end
        guest.page.wait_for_timeout(100)


def goes_by(guest: Guest, *ways: str) -> None:
    """Wait until the page's links go such ways: a browser counts the pairs of a link now and then."""
    guest.page.wait_for_function("async (wanted) => String(await ways()) === String(wanted)", arg=list(ways))
