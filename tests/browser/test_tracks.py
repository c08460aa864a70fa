"""Uploaded text tracks in a real browser: what it made of them is what was uploaded, styles included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from harness import Daemon, query_of, signed
from playable_recording import DATA, make_playable
from sample_recordings import record_id
from sample_tracks import CALL, multipart, part

if TYPE_CHECKING:
    from playwright.sync_api import Page

OWN = record_id("lesson")
ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, Bold, Italic, Underline
Style: Default,Arial,20,0,0,0
Style: Loud,Arial,20,-1,0,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:10.00,0:00:14.00,Default,,0,0,0,,{\pos(1,2)}Later, {\i1}slanted{\i0} & plain
Dialogue: 0,0:00:01.00,0:00:05.50,Loud,,0,0,0,,All bold{\p1}m 0 0 l 9 9{\p0}\N<not a tag> --> {\u1}line{\r}
"""
#: What the browser is to have: times, and the cue as HTML.
ASS_CUES = [
    [1, 5.5, "<b>All bold\n&lt;not a tag&gt; --&gt; <u>line</u></b>"],
    [10, 14, "Later, <i>slanted</i> &amp; plain"],
]
SRT_CUES = [
    [0.5, 6, "Good <i>morning</i> &amp; welcome"],
    [6, 12, "Cells have <b>three</b> parts:\n1 &lt; 2 &lt; 3"],
]


@pytest.fixture
def daemon(start_daemon: Callable[..., Daemon], tmp_path: Path) -> Daemon:
    make_playable(tmp_path)
    presentation = tmp_path / "published" / "presentation" / OWN
    (presentation / "captions.json").unlink()
    (presentation / "caption_en.vtt").unlink()
    return start_daemon(directory=tmp_path)


def put(daemon: Daemon, data: bytes, kind: str, lang: str, label: str) -> None:
    """Upload as a page would, without the reactor: the browser's driver has a loop of its own."""
    target = signed(CALL, query_of({"recordID": OWN, "kind": kind, "lang": lang, "label": label}))
    body = multipart(part("file", data, "a"))
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    with urlopen(Request(f"http://127.0.0.1:{daemon.port}{target}", body, headers)) as answer:
        assert json.load(answer)["response"]["returncode"] == "SUCCESS"


def play(page: Page, daemon: Daemon, count: int) -> None:
    """Open the player once so many tracks are there."""
    page.goto(f"http://127.0.0.1:{daemon.port}/playback/presentation/2.3/{OWN}")
    page.evaluate(
        """async ([url, count]) => {
          for (let tries = 0; tries < 5000; tries++) {
            if ((await (await fetch(url)).json()).length === count) return;
          }
          throw new Error("the tracks did not come");
        }""",
        [f"/presentation/{OWN}/text-tracks/", count],
    )
    page.reload()
    page.wait_for_function("() => document.body.dataset.state === 'ready'")


def cues(page: Page) -> list[list[Any]]:
    """Return what the browser parsed of the track that is chosen."""
    found: list[list[Any]] = page.evaluate("""() => {
      const track = [...document.getElementById('media').textTracks].find((one) => one.mode !== 'disabled');
      return [...track.cues].map((cue) => {
        const element = document.createElement('div');
        element.append(cue.getCueAsHTML());
        return [cue.startTime, cue.endTime, element.innerHTML];
      });
    }""")
    return found


def choose(page: Page, label: str, count: int) -> None:
    page.select_option("#tracks", label=label)
    page.wait_for_function(
        "(count) => [...document.getElementById('media').textTracks].some((one) => one.mode !== 'disabled'"
        " && one.cues && one.cues.length === count)",
        arg=count,
    )


def test_the_browser_has_the_cues_that_were_uploaded(page: Page, daemon: Daemon) -> None:
    put(daemon, (DATA / "lecture.srt").read_bytes(), "captions", "en", "English")
    put(daemon, ASS.encode("utf-16"), "subtitles", "en", "English")
    put(daemon, b"WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Ada>Hallo</v>\n", "captions", "de", "Deutsch")
    play(page, daemon, 3)
    listed = page.locator("#tracks option").all_inner_texts()
    assert [text.strip() for text in listed[1:]] == ["English (captions)", "English (subtitles)", "Deutsch"]
    choose(page, "English (captions)", 2)
    assert cues(page) == SRT_CUES
    choose(page, "English (subtitles)", 2)
    assert cues(page) == ASS_CUES
    choose(page, "Deutsch", 1)
    assert [text for _begin, _end, text in cues(page)] == ['<span title="Ada">Hallo</span>']


def test_the_player_shows_a_cue_with_its_styles(page: Page, daemon: Daemon) -> None:
    put(daemon, ASS.encode(), "captions", "en", "English")
    play(page, daemon, 1)
    page.wait_for_function("() => document.getElementById('media').duration > 30")
    choose(page, "English", 2)
    page.evaluate("() => { document.getElementById('media').currentTime = 3; }")
    page.wait_for_function("() => document.querySelector('#cue b')")
    assert page.inner_text("#cue") == "All bold\n<not a tag> --> line"
    assert page.inner_text("#cue u") == "line"
    page.evaluate("() => { document.getElementById('media').currentTime = 7; }")
    page.wait_for_function("() => document.getElementById('cue').textContent === ''")
