"""A recorded meeting from its first click to the player: two browsers and three other people, by a real Janus."""

from __future__ import annotations

import array
import math
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest
from browser_harness import Guest, House, done
from browser_media import WATCHED, arrives, goes_in, open_house, starts_camera, waits
from harness import Daemon, free_port
from media_harness import Attendee, Endpoints, Janus, missing, together
from player_harness import Recordings, watching
from playwright.sync_api import expect

from bbbd.composing.tools import missing_programs

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

NO_TOOLS = missing_programs()
WHY = missing() or (f"not installed: {', '.join(NO_TOOLS)}" if NO_TOOLS else "")
pytestmark = [
    pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs"),
    # A second network that comes and goes would disturb the browsers.
    pytest.mark.xdist_group("network"),
]
#: The pitch of each person's voice; the first two are at browsers.
HERTZ = {"Ada": 700, "Ben": 1100, "Cleo": 1500, "Dan": 1900, "Eve": 2300}
#: Seconds for which each speaks, and those at the begin and end of that which are not listened to.
SPEAKS, EDGE = 4.0, 0.8
RATE = 8000
#: A microphone with a voice of one pitch, which ``speaks`` switches, and a camera with a picture that moves.
PERSON = """
(() => {
  let voice = null;
  window.speaks = (on) => voice.gain.setValueAtTime(on ? 0.4 : 0, voice.context.currentTime);
  navigator.mediaDevices.getUserMedia = async ({audio, video}) => {
    const tracks = [];
    if (video) {
      const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 240});
      const pen = canvas.getContext("2d");
      setInterval(() => {
        pen.fillStyle = `hsl(${Date.now() / 20 % 360} 80% 60%)`;
        pen.fillRect(0, 0, 320, 240);
      }, 100);
      tracks.push(...canvas.captureStream(10).getTracks());
    }
    if (audio) {
      const context = new AudioContext();
      await context.resume();
      const tone = context.createOscillator();
      const out = context.createMediaStreamDestination();
      voice = context.createGain();
      voice.gain.value = 0;
      tone.frequency.value = HERTZ;
      tone.connect(voice).connect(out);
      tone.start();
      tracks.push(...out.stream.getTracks());
    }
    return new MediaStream(tracks);
  };
})();
"""
#: Listens to what the player plays, once; then says the strongest pitch, and the brightness of what is seen.
LISTENS = """() => {
  const media = document.getElementById("media"), context = new AudioContext();
  const analyser = Object.assign(context.createAnalyser(), {fftSize: 8192, smoothingTimeConstant: 0});
  context.createMediaElementSource(media).connect(analyser).connect(context.destination);
  const canvas = Object.assign(document.createElement("canvas"), {width: 64, height: 48});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  window.perceived = () => {
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    pen.drawImage(media, 0, 0, 64, 48);
    const {data} = pen.getImageData(0, 0, 64, 48);
    const hertz = levels[loudest] > -60 ? loudest * context.sampleRate / analyser.fftSize : 0;
    return {at: media.currentTime, hertz, bright: Math.max(...data.filter((_, place) => place % 4 < 3))};
  };
}"""


class Turn(NamedTuple):
    """Somebody spoke, alone, from when to when, in seconds since 1970."""

    name: str
    begin: float
    end: float


@pytest.fixture(scope="module")
def daemon(janus: Janus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("recorded") / "data"
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=janus.settings)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def sits_down(house: House, name: str, **pairs: str) -> Guest:
    """Have somebody with a voice and a camera come in by a browser."""
    guest = house.admits(name, permissions=["local-network-access", "microphone", "camera"])
    guest.page.add_init_script(WATCHED + PERSON.replace("HERTZ", str(HERTZ[name])))
    arrives(house, guest, **pairs)
    goes_in(guest)
    starts_camera(guest)
    return guest


def calls_in(house: House, endpoints: Endpoints, name: str, *kinds: str) -> Attendee:
    """Have somebody come in who has no browser, and send these kinds, silent."""
    one = Attendee(house.server.daemon, house.server.comes(name), name, endpoints)
    endpoints.ask(name, "pitch", hertz=HERTZ[name])
    assert one.send(*kinds)["t"] == "media.up"
    endpoints.ask(name, "speak", on=False)
    return one


def take_turns(attendees: list[Attendee], voices: dict[str, Callable[[bool], object]]) -> list[Turn]:
    """Let each speak alone."""
    turns: list[Turn] = []
    for name, speak in voices.items():
        begin = time.time()
        speak(True)
        together(attendees, lambda begin=begin: time.time() > begin + SPEAKS)  # type: ignore[misc]
        speak(False)
        turns.append(Turn(name, begin, time.time()))
    return turns


def heard(film: Path, begin: float, end: float) -> str:
    """Return whose voice is the loudest in a part of a film, and "" if it is not far louder than all others."""
    words = ["ffmpeg", "-v", "error", "-ss", f"{begin:.3f}", "-t", f"{end - begin:.3f}", "-i", str(film)]
    data = subprocess.run(
        [*words, "-vn", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"], capture_output=True, check=True
    ).stdout
    samples = array.array("h", data)
    powers = {
        name: abs(sum(one * complex(math.cos(turn * n), math.sin(turn * n)) for n, one in enumerate(samples)))
        for name, turn in ((name, math.tau * hertz / RATE) for name, hertz in HERTZ.items())
    }
    first, second = sorted(powers, key=lambda name: -powers[name])[:2]
    return first if powers[first] > 10 * powers[second] else ""


def perceives(page: Page, turn: Turn, begin: float) -> float:
    """Wait until the player shows something and has somebody's voice, and goes on; return its time."""
    so = (
        f"() => {{ const one = perceived(); return one.bright > 80 && Math.abs(one.hertz - {HERTZ[turn.name]}) < 30; }}"
    )
    page.wait_for_function(so)
    at = page.evaluate("perceived().at")
    assert turn.begin - begin - 0.5 < at < turn.end - begin + 0.5
    page.wait_for_function("(at) => perceived().at > at + 0.5", arg=at)
    return float(at)


def test_a_recorded_meeting_is_seen_and_heard_in_the_player(house: House, daemon: Daemon, endpoints: Endpoints) -> None:
    house.server.creates(record="true")
    ada, ben = sits_down(house, "Ada", role="MODERATOR"), sits_down(house, "Ben")
    others = [calls_in(house, endpoints, name, "microphone") for name in ("Cleo", "Eve")]
    others.append(calls_in(house, endpoints, "Dan", "microphone", "camera"))
    ada.button("Record").click()
    ben.is_in("recorded")
    ben.button("I agree and stay").click()
    for one in others:
        assert one.request("record.consent", agrees=True)["t"] == "ok"
    kept = daemon.directory / "recording/media"
    waits(ada, lambda: (len([*kept.glob("*-audio-*.mjr")]), len([*kept.glob("*-video-*.mjr")])) == (5, 3))
    voices: dict[str, Callable[[bool], object]] = {}
    for guest in (ada, ben):
        voices[guest.name] = lambda on, guest=guest: guest.page.evaluate("(on) => speaks(on)", on)  # type: ignore[misc]
    for one in others:
        voices[one.name] = lambda on, one=one: endpoints.ask(one.name, "speak", on=on)  # type: ignore[misc]
    turns = take_turns(others, voices)
    ada.button("Stop recording").click()
    waits(ada, lambda: len(ada.events("RecordingMarked")) == 2)
    begin, end = (one["at"] / 1000 for one in ada.events("RecordingMarked"))
    for one in others:
        one.socket.close()
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    published = daemon.directory / "published/presentation"
    waits(ada, lambda: any(published.glob("*/metadata.xml")))
    [made] = published.iterdir()
    found = {
        turn.name: heard(made / "video/webcams.webm", turn.begin - begin + EDGE, turn.end - begin - EDGE)
        for turn in turns
    }
    assert found == {name: name for name in voices}
    with watching(house.browser, Recordings(daemon, daemon.directory)) as player:
        player.page.goto(f"http://127.0.0.1:{daemon.port}/playback/presentation/2.3/{made.name}")
        player.sees_it()
        player.plays()
        player.page.evaluate(LISTENS)
        seen = []
        for turn in (turns[0], turns[len(turns) // 2], turns[-1]):
            player.seeks(round(turn.begin - begin + EDGE, 1))
            seen.append(perceives(player.page, turn, begin))
        assert seen == sorted(seen)
        assert abs(float(player.page.evaluate("document.getElementById('media').duration")) - (end - begin)) < 0.5
        expect(player.page.locator("#media")).to_be_visible()
