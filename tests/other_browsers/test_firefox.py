"""A lesson in Firefox: coming, waiting, writing, hands, slides, sound and cameras, leaving."""

from __future__ import annotations

from pathlib import Path

from driven_browsers import Visitor
from firefox_bidi import Firefox
from reception import Reception

#: Keeps the page's links where a test can count what comes through them.
WATCHED = """
() => {
  const links = (window.links = []);
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(given) {
      super(given);
      links.push(this);
    }
  };
  window.arrived = async (kind, what) => {
    let sum = 0;
    for (const link of links) {
      for (const one of (await link.getStats()).values()) {
        if (one.type === "inbound-rtp" && one.kind === kind) sum += one[what] || 0;
      }
    }
    return sum;
  };
}
"""


def visitor(reception: Reception, firefox: Firefox, name: str, width: int = 1280, **pairs: str) -> Visitor:
    window = firefox.opens(width, 800)
    window.before(WATCHED)
    return reception.invites(window, name, **pairs)


def test_a_lesson_in_firefox(reception: Reception, firefox: Firefox, tmp_path: Path) -> None:
    reception.server.creates(guestPolicy="ASK_MODERATOR")
    ada = visitor(reception, firefox, "Ada", role="MODERATOR")
    ada.is_in("meeting")
    ada.presses("Not now")
    ben = visitor(reception, firefox, "Ben", width=390, guest="true")
    ben.is_in("waiting")
    ada.presses("Admit Ben")
    ben.is_in("meeting")
    ben.presses("Not now")
    reception.lesson(ada, ben, tmp_path)
    for one in (ada, ben):
        one.presses("Join with sound")
        one.presses("Go in")
        one.has("Mute")
    for one in (ada, ben):
        one.presses("Start camera")
        one.presses("Try the camera")
        one.until("document.querySelector('dialog[open] video')?.videoWidth > 0")
        one.presses("Start camera", "dialog[open]")
        one.has("Stop camera")
    for one in (ada, ben):
        one.until("await arrived('audio', 'totalAudioEnergy') > 0")
        one.until("await arrived('video', 'framesDecoded') > 5")
        one.until("document.querySelectorAll('.tile video.seen').length === 2")
    ada.presses("Mute")
    ada.has("Unmute")
    ben.presses("Stop camera")
    ada.until("document.querySelectorAll('.tile video.seen').length === 1")
    reception.parting(ben, ada)
