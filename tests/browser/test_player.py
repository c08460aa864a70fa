"""The page that plays recordings, in a real browser, on files that BigBlueButton's scripts would write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kit import Daemon
from playable import make_playable
from recorded import metadata, put, record_id

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
