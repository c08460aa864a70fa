"""People who hear and see each other from browser to browser, at a real daemon without Janus."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from browser_harness import CUT, House, done
from browser_media import (
    WATCHED,
    arrives,
    comes,
    counted,
    goes_in,
    knows,
    open_house,
    receives,
    starts_camera,
    turns_lock,
    waits,
)
from clapper import different_pictures, flashes, offsets, tones
from harness import ROOT, Daemon, free_port
from playwright.sync_api import Route, expect

from bbbd.composing.tools import missing_programs

# A network that comes and goes would disturb the browsers.
pytestmark = pytest.mark.xdist_group("network")
SETTINGS = {"bbbd.media": "mesh", "bbbd.meshVideoCopies": "2"}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("mesh") / "data"
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=SETTINGS)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def test_three_people_hear_and_see_each_other_without_a_media_server(house: House) -> None:
    house.server.creates()
    ada = comes(house, "Ada", role="MODERATOR")
    # What it means is said, and to moderators what it cannot.
    expect(ada.dialog).to_contain_text("the others can see the network address of this device")
    expect(ada.dialog).to_contain_text("a changed browser can still send")
    goes_in(ada)
    ben = comes(house, "Ben")
    expect(ben.dialog).not_to_contain_text("a changed browser can still send")
    goes_in(ben)
    receives(ada, "energy", 0)
    receives(ben, "energy", 0)
    starts_camera(ada)
    receives(ben, "frames")
    starts_camera(ben)
    receives(ada, "frames")
    cleo = comes(house, "Cleo")
    cleo.dialog.get_by_role("button", name="Listen only").click()
    receives(cleo, "frames")
    receives(cleo, "energy", 0)
    cleo.page.wait_for_function("() => document.querySelectorAll('.tile .seen').length === 2")
    knows(house, listenerCount=1, voiceParticipantCount=2, videoCount=2)
    # Who speaks is seen, though no server hears it.
    cleo.page.wait_for_function("() => document.querySelector('.tile.talking')")
    # One link with each other person, however often a camera goes and comes; the shared screen needs none either.
    for _ in range(5):
        ben.button("Stop camera").click()
        ben.button("Start camera").click()
        expect(ben.button("Stop camera")).to_be_visible()
    receives(cleo, "frames")
    ada.button("Share screen").click()
    expect(cleo.page.locator("#shared")).to_contain_text("Screen of Ada")
    cleo.page.wait_for_function("() => document.querySelector('#shared video').videoWidth > 0")
    ada.button("Stop sharing").first.click()
    expect(cleo.page.locator("#shared")).to_be_hidden()
    assert [counted(one)["links"] for one in (ada, ben, cleo)] == [2, 2, 2]


def test_mutes_locks_and_restarts(house: House, daemon: Daemon) -> None:
    house.server.creates(allowModsToEjectCameras="true")
    ada, ben, cleo = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben"), comes(house, "Cleo")
    for one in (ada, ben):
        goes_in(one)
    cleo.dialog.get_by_role("button", name="Listen only").click()
    starts_camera(ben)
    receives(ada, "frames")
    receives(cleo, "frames")
    # A mute is kept by those who would hear it, whatever the muted page does.
    ada.does("Ben", "Mute")
    expect(ben.page.get_by_text("Ada muted you").first).to_be_visible()
    ben.page.evaluate("links.flatMap((one) => one.getSenders()).forEach(({track}) => track && (track.enabled = true))")
    ada.page.wait_for_function("() => document.querySelectorAll('audio').length === 0")
    cleo.page.wait_for_function("() => document.querySelectorAll('audio').length === 1")
    ben.button("Unmute").click()
    ada.page.wait_for_function("() => document.querySelectorAll('audio').length === 1")
    ada.does("Ben", "Stop the camera")
    expect(ben.button("Start camera")).to_be_visible()
    expect(ada.page.locator(".tile .seen")).to_have_count(0)
    # A restart of the server is not heard: the links go on.
    house.expected.append(CUT)
    daemon.end(signal.SIGKILL)
    daemon.start()
    expect(ada.page.locator("#strip")).to_be_hidden()
    ben.button("Start camera").click()
    receives(ada, "frames")
    receives(cleo, "audio")
    assert [counted(one)["links"] for one in (ada, ben, cleo)] == [2, 2, 2]
    knows(house, listenerCount=1, voiceParticipantCount=2, videoCount=1)
    # Who loads the page anew is in again.
    ben.page.reload()
    expect(ben.button("Stop camera")).to_be_visible()
    receives(ada, "frames")
    receives(ben, "audio")
    turns_lock(ada, "Camera")
    expect(ben.page.locator("#tool-camera")).to_have_attribute("title", "A moderator has turned off cameras")
    expect(cleo.page.locator(".tile .seen")).to_have_count(0)
    turns_lock(ada, "Camera")
    # The lock ended it; after it, who wants to be seen begins again.
    ben.button("Start camera").click()
    receives(ada, "frames")
    # A fourth person is more than two copies of a camera reach.
    dan = comes(house, "Dan")
    goes_in(dan, muted=True)
    receives(dan, "audio")
    expect(dan.page.get_by_text("You do not see all cameras").first).to_be_visible()
    expect(dan.page.locator("#tool-camera")).to_have_attribute("aria-disabled", "true")
    expect(dan.page.locator("#tool-camera")).to_have_attribute(
        "title", "Without a media server, cameras work with at most 3 people"
    )


#: A camera that flashes and a microphone that beeps whenever the clock is at whole two seconds.
CLAPPER = """
(() => {
  const rest = () => (2000 - Date.now() % 2000) % 2000;
  navigator.mediaDevices.getUserMedia = async ({audio, video}) => {
    const tracks = [];
    if (video) {
      const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 240});
      const pen = canvas.getContext("2d");
      setInterval(() => {
        pen.fillStyle = Date.now() % 2000 < 300 ? "#fff" : "#222";
        pen.fillRect(0, 0, 320, 240);
      }, 20);
      tracks.push(...canvas.captureStream(30).getTracks());
    }
    if (audio) {
      const context = new AudioContext();
      await context.resume();
      const [tone, height] = [context.createOscillator(), context.createGain()];
      const out = context.createMediaStreamDestination();
      height.gain.value = 0;
      tone.connect(height).connect(out);
      tone.start();
      let next = 0;
      setInterval(() => {
        const at = context.currentTime + rest() / 1000;
        if (rest() > 1000 || at - next < 1) return;
        next = at;
        height.gain.setValueAtTime(0.5, at);
        height.gain.setValueAtTime(0, at + 0.1);
      }, 100);
      tracks.push(...out.stream.getTracks());
    }
    return new MediaStream(tracks);
  };
})();
"""
BOTH = "microphone+camera"
NO_TOOLS = missing_programs(of_janus=False)


def uploads(daemon: Daemon) -> list[tuple[dict[str, Any], bytes]]:
    """Return what pages have sent of themselves: heads and lines."""
    heads = sorted((daemon.directory / "recording/raw").glob("*/uploads/*.json"))
    return [(json.loads(head.read_bytes()), head.with_suffix(".slices").read_bytes()) for head in heads]


@pytest.mark.skipif(bool(NO_TOOLS), reason=f"not installed: {', '.join(NO_TOOLS)}")
def test_a_recording_has_sound_and_pictures_of_those_who_agreed(house: House, daemon: Daemon) -> None:
    house.server.creates(record="true")
    ada, ben = comes(house, "Ada", role="MODERATOR"), comes(house, "Ben")
    expect(ada.dialog).to_contain_text("each browser records what it sends itself")
    for one in (ada, ben):
        goes_in(one)
        starts_camera(one)
    ada.button("Record").click()
    ben.is_in("recorded")
    expect(ben.dialog).to_contain_text("Your sound, camera and screen are kept only if you agree.")
    ben.button("Keep no sound or picture of me").click()
    ben.is_in("meeting")
    # One sees that one is recorded when the server has something, and nobody else does.
    expect(ada.page.locator(".tile .kept")).to_have_count(1)
    expect(ben.page.locator(".tile .kept")).to_have_count(0)
    # A reload costs what was not yet handed out; the rest is sent by the page that comes.
    ada.page.reload()
    expect(ada.button("Stop camera")).to_be_visible()
    waits(ada, lambda: [one for one in uploads(daemon)[1:] if one[0]["kind"] == BOTH and one[1].count(b"\n") > 2] != [])
    expect(ada.page.locator(".tile .kept")).to_have_count(1)
    assert uploads(daemon)[0][0]["size"] > 0
    ada.button("Stop recording").click()
    expect(ada.page.locator(".tile .kept")).to_have_count(0)
    waits(ada, lambda: all("size" in head for head, _lines in uploads(daemon)))
    you = ada.events("RecordingMarked")[-1]["by"]
    # The devices of a page that is loaded anew come one after the other.
    assert {head["user"] for head, _lines in uploads(daemon)} == {you}
    assert [head["kind"] for head, _lines in uploads(daemon)].count(BOTH) == 2
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    published = daemon.directory / "published/presentation"
    waits(ada, lambda: bool(list(published.glob("*/metadata.xml"))))
    [film] = published.glob("*/video/webcams.webm")
    # The fake microphone beeps, and in the picture of the fake camera something turns.
    assert len(tones(film)) > 2
    assert different_pictures(film) > 3
    [raw] = (daemon.directory / "recording/raw").iterdir()
    for place in ("audio", f"video/{raw.name}"):
        assert len(list((raw / place).glob(f"{raw.name}_{you}_*-0.webm"))) >= 2
    assert not list(raw.glob("uploads/*.media"))


@pytest.mark.skipif(bool(NO_TOOLS), reason=f"not installed: {', '.join(NO_TOOLS)}")
def test_who_is_alone_is_seen_and_recorded_in_time(house: House, daemon: Daemon) -> None:
    before = set((daemon.directory / "published/presentation").glob("*"))
    house.server.creates(record="true")
    ada = house.admits("Ada", permissions=["local-network-access", "microphone", "camera"])
    ada.page.add_init_script(WATCHED + CLAPPER)
    arrives(house, ada, role="MODERATOR")
    goes_in(ada)
    starts_camera(ada)
    expect(ada.page.locator(".tile video")).to_be_visible()
    ada.button("Record").click()
    expect(ada.page.locator(".tile .kept")).to_be_visible()
    waits(ada, lambda: uploads(daemon)[-1][1].count(b"\n") > 5)
    ada.button("Stop recording").click()
    waits(ada, lambda: len(ada.events("RecordingMarked")) == 2)
    marks = [one["at"] for one in ada.events("RecordingMarked")]
    waits(ada, lambda: "size" in uploads(daemon)[-1][0])
    ada.button("Stop camera").click()
    expect(ada.page.locator("#tiles")).to_be_hidden()
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    published = daemon.directory / "published/presentation"
    waits(ada, lambda: bool(set(published.glob("*")) - before) and bool(list(published.glob("*/metadata.xml"))))
    [made] = set(published.glob("*")) - before
    film = made / "video/webcams.webm"
    for late in (offsets(found, [(marks[0], marks[1])]) for found in (tones(film), flashes(film))):
        assert len(late) >= 4
        # Of it a tenth of a second is the film's; a busy browser is late with its clap.
        assert max(map(abs, late)) <= 250, late


def test_a_page_that_sends_too_fast_waits_and_loses_nothing(house: House, daemon: Daemon) -> None:
    house.server.creates(record="true")
    house.expected.append(re.compile("status of 429"))
    ada, refused = comes(house, "Ada", role="MODERATOR"), list[float]()

    def answer(route: Route) -> None:
        if route.request.method == "PATCH" and len(refused) < 3:
            refused.append(time.monotonic())
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"why": "A person sends too many pieces."})
        else:
            route.continue_()

    ada.page.route("**/html5client/media/*", answer)
    goes_in(ada)
    ada.button("Record").click()
    waits(ada, lambda: bool(uploads(daemon)) and uploads(daemon)[-1][1].count(b"\n") > 1)
    ada.button("Stop recording").click()
    waits(ada, lambda: "size" in uploads(daemon)[-1][0])
    head, lines = uploads(daemon)[-1]
    assert int(lines.split(b"\n")[-2].split()[0]) == head["size"]
    assert len(refused) == 3
    assert min(refused[2] - refused[1], refused[1] - refused[0]) > 0.9


#: Buttons of the bar that cannot be pressed in their middle, or whose words do not fit.
COVERED = """() => [...document.querySelectorAll("#tools > button, #leave")].filter((node) => {
    const {left, top, width, height} = node.getBoundingClientRect();
    const isPressed = node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    const spills = node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    return node.offsetParent && (!isPressed || spills);
}).map((node) => node.textContent)"""


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt-BR", "ar"])
def test_a_bar_with_all_its_buttons_fits(house: House, language: str) -> None:
    house.server.creates(record="true")
    ada = comes(house, "Ada", role="MODERATOR", **{"userdata-bbb_override_default_locale": language})
    expect(ada.page.locator("html")).to_have_attribute("lang", language)
    words = json.loads((ROOT / f"bbbd/page/languages/{language}.json").read_text(encoding="utf-8"))
    expect(ada.dialog).to_contain_text(words["mesh.recorded"])
    ada.page.keyboard.press("Escape")
    expect(ada.dialog).to_have_count(0)
    for width in (900, 1120, 1280, 1600):
        ada.page.set_viewport_size({"width": width, "height": 800})
        assert ada.page.evaluate(COVERED) == [], width
