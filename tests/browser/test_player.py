"""The page that plays recordings, in a real browser, on files that BigBlueButton's scripts would write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import Daemon
from playable_recording import make_playable
from sample_recordings import metadata, put, record_id

import bbbd.playback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def shown(start_daemon: Callable[..., Daemon], tmp_path: Path) -> tuple[Daemon, Path]:
    root = tmp_path / "bigbluebutton"
    (root / "published").mkdir(parents=True)
    settings = {"publishedDir": str(root / "published"), "bbbd.recordingDownloads": "true"}
    make_playable(root)
    put(root, record_id("lesson"), metadata(record_id("lesson"), meeting_id="lesson", form="podcast"), form="podcast")
    return start_daemon(settings=settings), root


def play(page: Page, daemon: Daemon, record_id_: str) -> None:
    page.goto(f"http://127.0.0.1:{daemon.port}/playback/presentation/2.3/{record_id_}")
    page.wait_for_function("() => document.body.dataset.state !== 'loading'")


def seek(page: Page, seconds: float) -> None:
    page.evaluate("(at) => { document.getElementById('media').currentTime = at; }", seconds)
    page.wait_for_function("(at) => Math.abs(document.getElementById('media').currentTime - at) < 0.3", arg=seconds)
    page.wait_for_function(
        "(text) => document.getElementById('time').textContent.startsWith(text)", arg=f"0:{int(seconds):02d}"
    )


def test_slides_drawings_chat_and_captions_follow_the_timeline(shown: tuple[Daemon, Path], page: Page) -> None:
    daemon, _root = shown
    play(page, daemon, record_id("lesson"))
    assert page.title() == "Biology & <b>101</b>"
    assert page.inner_text("#title") == "Biology & <b>101</b>"
    assert page.get_attribute("body", "data-state") == "ready"
    page.wait_for_function("() => document.getElementById('media').duration > 30")
    page.select_option("#tracks", label="English")
    seek(page, 4)
    assert (page.get_attribute("#picture", "href") or "").endswith("/slide-1.png")
    assert page.get_attribute("#slide", "viewBox") == "0 0 1600 1200"
    assert page.get_attribute("#slide", "aria-label") == "Slide: Cells and their parts"
    assert page.locator("#drawings line").count() == 1
    assert page.locator("#drawings script").count() == 0
    assert (
        page.locator("#drawings tspan").all_inner_texts()[:2] == ["first", "second\n"]
        or page.locator("#drawings tspan").count() == 2
    )
    assert page.get_attribute("#cursor", "cx") == "800"
    assert page.locator("#chat li:visible").count() == 1
    assert "Hello & welcome" in page.inner_text("#chat")
    page.wait_for_function("() => document.getElementById('cue').textContent === 'Good morning & welcome'")
    seek(page, 10)
    assert page.get_attribute("#slide", "viewBox") == "100 100 800 600"
    assert page.locator("#drawings tspan").count() == 0
    assert page.get_attribute("#cursor", "hidden") == ""
    page.wait_for_function("() => document.getElementById('cue').textContent === 'Second cue'")
    seek(page, 16)
    assert (page.get_attribute("#picture", "href") or "").endswith("/slide-2.png")
    assert page.locator("#drawings > *").count() == 0
    assert page.locator("#chat li:visible").count() == 2
    assert "See https://example.org" in page.inner_text("#chat")
    assert page.title() == "Biology & <b>101</b>"


#: Texts that made an expression look at the same characters again and again.
GROWING = {
    "plainText": ["<a ", "<a href=x", "<br ", "<br", "<u\t", "&", "&amp", "<", "</a"],
    "trailingDigits": ["1", "12x"],
    "unstyled": [" style", " style ", " ", "style="],
    "words": [" ", "a ", "\t\n"],
    "slideOf": ["presentation/", "presentation/x/slide-", "presentation/x/", "1"],
    "leadsOut": ["a", "a:", "."],
    "refers": ["url", "url ", " ", "url("],
}
MEASURE = """async ([name, piece, end]) => {
  const tested = (await import("/playback/player/texts.js"))[name];
  const time = (length, times) => {
    const text = piece.repeat(length) + end;
    let least = Infinity;
    for (let round = 0; round < 7; round += 1) {
      const begin = performance.now();
      for (let one = 0; one < times; one += 1) tested(text);
      least = Math.min(least, performance.now() - begin);
    }
    return least;
  };
  return [time(500, 512), time(4000, 64)];
}"""


def test_texts_of_a_recording_take_time_in_proportion_to_their_length(shown: tuple[Daemon, Path], page: Page) -> None:
    daemon, _root = shown
    play(page, daemon, record_id("lesson"))
    static = Path(bbbd.playback.__file__).parent / "static"
    assert set(re.findall(r"export (?:const|function) (\w+)", (static / "texts.js").read_text())) == set(GROWING)
    assert not re.search(
        r"\.(?:replace|match|matchAll|split|search)\(/|/[gi]*\.(?:exec|test)\(", without_own_texts(static)
    )
    for name, pieces in GROWING.items():
        for piece in pieces:
            for end in ("", "x", "\n"):
                assert any(is_linear(page, name, piece, end) for _try in range(5)), (name, piece, end)


def is_linear(page: Page, name: str, piece: str, end: str) -> bool:
    """Return whether as many characters take as long in longer texts; by the square it would be eight times as long."""
    short, long = page.evaluate(MEASURE, [name, piece, end])
    return bool(long < 4 * short + 5)


def without_own_texts(static: Path) -> str:
    """Return the player's script without its expressions for the page's own short texts."""
    text = (static / "player.js").read_text()
    for own in (
        "/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)",
        "/slide-?\\d/.test(slide.href)",
        r"sentences[key].replace(/\{(\w+)\}/g",
    ):
        assert own in text
        text = text.replace(own, "")
    return text


def test_it_is_played_by_buttons_and_keys(shown: tuple[Daemon, Path], page: Page) -> None:
    daemon, _root = shown
    play(page, daemon, record_id("lesson"))
    page.click("#play")
    page.wait_for_function("() => document.getElementById('media').currentTime > 0.3")
    assert page.inner_text("#play") == "Pause"
    page.keyboard.press("k")
    page.wait_for_function("() => document.getElementById('media').paused")
    page.click("#stage")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('media').currentTime > 9")
    page.keyboard.press("Home")
    page.wait_for_function("() => document.getElementById('media').currentTime === 0")
    page.locator("#thumbnails button").nth(1).click()
    page.wait_for_function("() => Math.abs(document.getElementById('media').currentTime - 13.7) < 0.1")
    page.keyboard.press("c")
    assert page.input_value("#tracks") == "0"
    page.select_option("#speed", "2")
    assert page.evaluate("document.getElementById('media').playbackRate") == 2
    page.click("#downloads summary")
    assert page.inner_text("#links") == "Sound"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_cannot_be_played_says_so(shown: tuple[Daemon, Path], page: Page) -> None:
    daemon, root = shown
    own = record_id("lesson")
    (root / "published" / "presentation" / own / "video" / "webcams.webm").unlink()
    play(page, daemon, own)
    assert page.get_attribute("body", "data-state") == "failed"
    assert "no sound or video" in page.inner_text("#notice")


def test_the_player_speaks_the_browsers_language(shown: tuple[Daemon, Path], browser: Browser) -> None:
    daemon, _root = shown
    for locale, direction, play_, shown_ in (
        ("pt-BR", "ltr", "Reproduzir", "Chat"),
        ("ar-EG", "rtl", "تشغيل", "الدردشة"),
        ("fi-FI", "ltr", "Play", "Chat"),
    ):
        context = browser.new_context(locale=locale)
        page = context.new_page()
        play(page, daemon, record_id("lesson"))
        assert page.get_attribute("html", "dir") == direction
        assert page.inner_text("#play") == play_
        assert page.inner_text("#chat-title") == shown_
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.close()
