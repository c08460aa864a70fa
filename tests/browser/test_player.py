"""The page that plays recordings, in a real browser, on files that BigBlueButton's scripts would write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from player_harness import Player, Recordings, watching
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: How often the shared screen was moved, and how fast it ran.
WATCH_SCREEN = """() => {
  const screen = document.getElementById('screen');
  window.seeks = 0;
  screen.addEventListener('seeking', () => { window.seeks += 1; });
}"""


def test_slides_drawings_chat_and_captions_follow_the_timeline(either_player: Player) -> None:
    player, page = either_player, either_player.page
    player.opens("lesson")
    assert page.title() == "Biology & <b>101</b>"
    assert page.inner_text("#title") == "Biology & <b>101</b>"
    page.select_option("#tracks", label="English")
    player.seeks(4)
    expect(page.locator("#picture")).to_have_attribute("href", re.compile(r"/slide-1.png$"))
    expect(page.locator("#slide")).to_have_attribute("viewBox", "0 0 1600 1200")
    assert page.get_attribute("#slide", "aria-label") == "Slide: Cells and their parts"
    assert page.locator("#drawings line").count() == 1
    assert page.locator("#drawings script").count() == 0
    assert page.locator("#drawings tspan").all_text_contents() == ["first", "second\n"]
    assert page.get_attribute("#cursor", "cx") == "800"
    expect(page.locator("#lines li:visible")).to_have_count(1)
    expect(page.locator("#lines")).to_contain_text("Hello & welcome <img src=x")
    expect(page.locator("#cue")).to_have_text("Good morning & welcome")
    player.seeks(10)
    expect(page.locator("#slide")).to_have_attribute("viewBox", "100 100 800 600")
    assert page.locator("#drawings tspan").count() == 0
    assert page.get_attribute("#cursor", "hidden") == ""
    expect(page.locator("#cue")).to_have_text("Second cue")
    player.seeks(16)
    expect(page.locator("#picture")).to_have_attribute("href", re.compile(r"/slide-2.png$"))
    assert page.locator("#drawings > *").count() == 0
    expect(page.locator("#lines li:visible")).to_have_count(2)
    expect(page.get_by_role("link", name="https://example.org")).to_have_attribute("href", "https://example.org")
    assert page.title() == "Biology & <b>101</b>"


def test_it_is_played_by_buttons_and_keys(player: Player) -> None:
    page = player.opens("lesson").page
    player.plays()
    page.wait_for_function("() => document.getElementById('media').currentTime > 0.3")
    page.keyboard.press("k")
    expect(player.button("Play")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('media').currentTime > 9")
    page.keyboard.press("Home")
    player.is_at(0)
    page.keyboard.press("l")
    player.is_at(10)
    page.keyboard.press("c")
    assert page.input_value("#tracks") == "0"
    page.keyboard.press(">")
    assert page.evaluate("document.getElementById('media').playbackRate") == 1.25
    page.keyboard.press("m")
    expect(player.button("Mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next captions, or none")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("k")
    expect(player.button("Play")).to_be_visible()
    page.click("#downloads summary")
    assert page.inner_text("#links") == "Sound"


def test_letters_are_no_keys_for_those_who_do_not_want_them(player: Player) -> None:
    page = player.opens("silent").page
    player.button("Settings").click()
    page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    player.is_at(10)
    expect(player.button("Play")).to_be_visible()


def test_a_recording_without_media_is_played_by_a_clock_of_its_own(player: Player) -> None:
    page = player.opens("silent").page
    expect(page.get_by_role("status").first).to_have_text(
        "This recording has no sound or video. Slides, drawings and chat are played."
    )
    assert player.time == "0:00 / 0:40"
    assert page.locator("#camera").is_hidden()
    page.select_option("#tracks", label="English")
    player.plays()
    expect(page.locator("#time")).to_have_text("0:02 / 0:40")
    expect(page.locator("#cue")).to_have_text("Good morning & welcome")
    expect(page.locator("#drawings line")).to_have_count(1)
    player.button("Pause").click()
    page.keyboard.press("End")
    assert player.time == "0:40 / 0:40"
    expect(player.button("Play")).to_be_visible()
    player.plays()
    expect(page.locator("#time")).to_have_text("0:00 / 0:40")


def test_a_recording_whose_length_is_not_said_ends_with_its_last_message(player: Player) -> None:
    page = player.opens("chatty").page
    assert player.time == "0:00 / 0:04"
    assert page.locator("#board").is_hidden()
    player.seeks(3.5)
    player.plays()
    expect(player.button("Play")).to_be_visible()
    assert player.time == "0:04 / 0:04"
    expect(page.locator("#lines li:visible")).to_have_count(300)


def test_media_that_cannot_be_played_stop_nothing(player: Player) -> None:
    page = player.opens("broken").page
    expect(page.get_by_role("status").first).to_contain_text("cannot play the sound and video")
    player.plays()
    expect(page.locator("#time")).to_have_text("0:01 / 0:40")
    assert page.locator("#camera").is_hidden()


def test_media_that_break_off_can_be_tried_again(player: Player) -> None:
    page = player.opens("lesson").page
    player.seeks(12)
    player.plays()
    # A browser tries for minutes before it says so; this is what it says.
    page.evaluate("document.getElementById('media').dispatchEvent(new Event('error'))")
    expect(page.locator("#notice")).to_have_text("The connection was lost. Press Play to try again.")
    expect(player.button("Play")).to_be_visible()
    player.seeks(20)
    player.plays()
    expect(page.locator("#notice")).to_be_hidden()
    page.wait_for_function("() => document.getElementById('media').currentTime > 20")


def test_a_shared_screen_keeps_the_chosen_speed(player: Player) -> None:
    page = player.opens("shared").page
    page.select_option("#speed", "2")
    player.seeks(6)
    expect(page.locator("#screen")).to_be_visible()
    page.wait_for_function("() => Math.abs(document.getElementById('screen').currentTime - 6) < 0.2")
    page.evaluate(WATCH_SCREEN)
    player.plays()
    expect(page.locator("#time")).to_have_text(re.compile(r"0:(1[2-9]|2\d) / 0:40"))
    rate, moved, apart = page.evaluate(
        "() => { const [a, b] = ['screen', 'media'].map((id) => document.getElementById(id));"
        " return [a.playbackRate, window.seeks, Math.abs(a.currentTime - b.currentTime)]; }"
    )
    assert 1.8 < rate < 2.2
    # A crowded machine may stop one of the videos, and it is put right once.
    assert moved <= 2
    assert apart < 2
    player.seeks(35)
    expect(page.locator("#screen")).to_be_hidden()


def test_speed_loudness_and_captions_are_remembered(player: Player) -> None:
    page = player.opens("lesson").page
    page.select_option("#speed", "1.5")
    page.select_option("#tracks", label="English")
    page.locator("#volume").fill("0.4")
    page.reload()
    player.sees_it()
    assert page.input_value("#speed") == "1.5"
    assert page.evaluate("document.getElementById('media').playbackRate") == 1.5
    assert page.evaluate("document.getElementById('media').volume") == 0.4
    assert page.input_value("#tracks") == "0"
    player.plays()
    assert page.evaluate("document.getElementById('media').playbackRate") == 1.5


def test_slides_and_cameras_change_places(player: Player) -> None:
    page = player.opens("lesson").page

    def width(place: str) -> float:
        box = page.locator(place).bounding_box()
        assert box
        return box["width"]

    assert width("#board") > width("#camera")
    player.button("Swap slides and cameras").click()
    assert width("#camera") > width("#board")
    page.keyboard.press("s")
    assert width("#board") > width("#camera")


def test_the_page_asks_for_each_file_once_and_for_all_at_once(player: Player) -> None:
    page = player.page
    asked: list[tuple[str, str, int]] = []
    page.on("response", lambda answer: asked.append((answer.request.method, answer.url, answer.status)))
    player.opens("rich")
    page.wait_for_function("() => document.getElementById('media').readyState > 0")
    assert {method for method, _url, _status in asked} == {"GET"}
    assert not [url for _method, url, status in asked if status >= 400]
    files = [url for _method, url, status in asked if status == 200]
    assert sorted(files) == sorted(set(files))
    # The page has the words, the icons and the small files of the recording, and asks for a style sheet and a script at
    # once: then it can play. What it asks for after these are the film and the pictures that it shows.
    own = [url.rpartition("/")[2] for url in files if "/playback/player/" in url]
    assert sorted(own) == ["main.js", "player.css"]
    early = page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter((one) => /[.](?:xml|json|html)$|shapes[.]svg$/.test(one.name))"
        ".map(({name, initiatorType}) => [name.split('/').at(-1), initiatorType])"
    )
    # Of the recording's ten files a long chat is not in the page, which has it asked for before any module runs.
    assert early == [["slides_new.xml", "link"]]


def test_the_player_speaks_the_browsers_language(browser: Browser, recordings: Recordings) -> None:
    for locale, direction, play, chat in (
        ("pt-BR", "ltr", "Reproduzir", "Chat"),
        ("ar-EG", "rtl", "تشغيل", "الدردشة"),
        ("fi-FI", "ltr", "Play", "Chat"),
    ):
        with watching(browser, recordings, locale=locale) as player:
            page = player.opens("lesson").page
            assert page.get_attribute("html", "dir") == direction
            assert page.inner_text("#play") == play
            assert page.inner_text("#tab-chat") == chat


def test_a_page_that_cannot_begin_says_so(player: Player) -> None:
    page = player.page
    page.route("**/strings.*.json", lambda route: route.abort())
    page.goto(player.recordings.url("silent", "?locale=de"))
    expect(page.locator("#notice")).to_have_text("The recording could not be loaded. Reload this page.")
    assert any("Failed to fetch" in report for report in player.reports)
    player.reports.clear()


def test_language_and_colours_are_those_chosen_in_meetings(player: Player) -> None:
    page = player.opens("silent").page
    page.evaluate("localStorage.setItem('bbbd.choices', JSON.stringify({language: 'de', theme: 'dark', sounds: true}))")
    page.reload()
    player.sees_it()
    assert page.inner_text("#play") == "Abspielen"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    player.button("Einstellungen").click()
    page.get_by_label("Farben").select_option("light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    with page.expect_navigation():
        page.get_by_label("Sprache").select_option("fr")
    player.sees_it()
    assert page.inner_text("#play") == "Lire"
    kept = page.evaluate("JSON.parse(localStorage.getItem('bbbd.choices'))")
    assert kept == {"language": "fr", "theme": "light", "sounds": True}
