"""The files of the playback format, of histories that are made up: what is in each, and what is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from playable_recording import png
from sample_documents import pdf, picture, svg

from bbbd.history import happenings as seen
from bbbd.history.happenings import Facts, Happening, History, UnreadableHistory
from bbbd.presentation.build import BuildOptions, Built, NothingRecorded, build, has_marks, write_events_xml
from bbbd.presentation.chat import chat_xml
from bbbd.presentation.cursor import cursor_xml
from bbbd.presentation.external_videos import external_videos_json
from bbbd.presentation.notes import notes_html
from bbbd.presentation.people import Names, participants
from bbbd.presentation.polls import polls_json
from bbbd.presentation.previews import preview_pages
from bbbd.presentation.stage import WHOLE, Interval, Page, Scene, View, intervals, scenes
from bbbd.presentation.timeline import Segment, Timeline
from bbbd.values.enums import Role

T0 = 1_531_155_809_613
ID = f"{'0' * 40}-{T0}"
DECK, OTHER = f"{'a' * 40}-{T0}", f"{'b' * 40}-{T0}"
#: On from 10 s to 20 s and from 30 s to 40 s of the meeting.
TIMELINE = Timeline((Segment(10_000, 20_000), Segment(30_000, 40_000)))


def history(*happened: Happening, **metadata: str) -> History:
    facts = Facts(record_id=ID, external_id="m", name="M", metadata=metadata)
    return History(facts=facts, begin=0, end=60_000, happenings=happened)


def shared(at: int, deck: str = DECK) -> Happening:
    return seen.DeckShared(at=at, deck=deck)


def shown(at: int, page: int, deck: str = DECK) -> Happening:
    return seen.PageShown(at=at, deck=deck, page=page)


def viewed(at: int, *view: float) -> Happening:
    x, y, w, h = view
    return seen.PartViewed(at=at, deck=DECK, page=1, x=x, y=y, w=w, h=h)


def staged(*happened: Happening) -> list[tuple[int, int, int | None, tuple[float, ...]]]:
    found = scenes(history(*happened), TIMELINE, lambda page: page.page < 90)
    return [(one.begin, one.end, one.page and one.page.page, tuple(one.view)) for one in found]


FULL = (0, 0, 100, 100)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ((), [(0, 200, None, FULL)]),
        # The last state before the recording is the one at its begin.
        ((shared(0), shown(0, 1), shown(5000, 2)), [(0, 200, 2, FULL)]),
        ((shared(0), shown(15_000, 2)), [(0, 50, 1, FULL), (50, 200, 2, FULL)]),
        # Of the changes in a pause the last one counts.
        ((shared(0), shown(22_000, 5), shown(25_000, 2)), [(0, 100, 1, FULL), (100, 200, 2, FULL)]),
        # A page that goes and comes in a pause was never away.
        ((shared(0), shown(22_000, 5), shown(25_000, 1)), [(0, 200, 1, FULL)]),
        # In the same tenth of a second as well.
        ((shared(0), shown(15_010, 5), shown(15_040, 2)), [(0, 50, 1, FULL), (50, 200, 2, FULL)]),
        # A deck that comes again shows the page that it showed.
        (
            (shared(0), shown(0, 3), shared(12_000, OTHER), shared(14_000)),
            [(0, 20, 3, FULL), (20, 40, 1, FULL), (40, 200, 3, FULL)],
        ),
        # Nothing is shown after a deck was removed, and of a page without a picture.
        ((shared(0), seen.DeckRemoved(at=15_000, deck=DECK)), [(0, 50, 1, FULL), (50, 200, None, FULL)]),
        ((shared(0), seen.DeckRemoved(at=15_000, deck=OTHER)), [(0, 200, 1, FULL)]),
        ((shared(0), shown(15_000, 99)), [(0, 50, 1, FULL), (50, 200, None, FULL)]),
        # Views.
        ((shared(0), viewed(12_000, 25, 10, 50, 40)), [(0, 20, 1, FULL), (20, 200, 1, (25, 10, 50, 40))]),
        ((shared(0), viewed(12_000, 5, 5, 0, 40)), [(0, 200, 1, FULL)]),
        ((shared(0), viewed(12_000, float("nan"), 5, 50, 40)), [(0, 200, 1, FULL)]),
        ((shared(0), viewed(12_000, -1e9, 1e9, 1e9, 1e-9)), [(0, 20, 1, FULL), (20, 200, 1, (-1000, 1000, 1000, 0.1))]),
        # What comes after the recording is none of it.
        ((shared(0), shown(45_000, 7)), [(0, 200, 1, FULL)]),
    ],
)
def test_the_stage_over_time(
    happened: tuple[Happening, ...], expected: list[tuple[int, int, int | None, tuple[float, ...]]]
) -> None:
    assert staged(*happened) == expected


def test_scenes_of_one_page_are_one_picture() -> None:
    page = Page(DECK, 1)
    found = [Scene(0, 10, page, WHOLE), Scene(10, 20, page, View(1, 2, 3, 4)), Scene(20, 30, None, WHOLE)]
    assert intervals(found) == [
        Interval(0, 20, page, ((0, WHOLE), (10, View(1, 2, 3, 4)))),
        Interval(20, 30, None, ((20, WHOLE),)),
    ]


def test_previews_are_the_pages_that_were_longest_on_the_stage() -> None:
    lengths = [(1, 5), (2, 30), (1, 5), (3, 10), (4, 20), (5, 9)]
    found, now = [], 0
    for page, length in lengths:
        found.append(Interval(now, now + length, Page(DECK, page), ()))
        now += length
    found.append(Interval(now, now + 999, None, ()))
    # The pages 1 and 3 are equally long: the earlier one counts.
    assert [page.page for page in preview_pages(found)] == [1, 2, 4]


def said(at: int, text: str, user: str = "w_a", name: str = "Ada", role: Role = Role.VIEWER) -> Happening:
    return seen.Chatted(at=at, user=user, name=name, role=role, text=text)


def chat_of(story: History, *, own: bool = True) -> list[tuple[str | None, ...]]:
    root = etree.fromstring("".join(chat_xml(story, TIMELINE, Names(story, own=own))).encode())
    return [tuple(line.get(key) for key in ("in", "out", "name", "message")) for line in root]


@pytest.mark.parametrize(
    ("happened", "lines"),
    [
        ((said(9999, "a"), said(20_001, "b"), said(29_999, "c"), said(40_001, "d")), []),
        ((said(10_000, "a"), said(20_000, "b")), [("0.0", None, "Ada", "a"), ("10.0", None, "Ada", "b")]),
        # Cleared while recording, and in a pause.
        (
            (said(12_000, "a"), seen.ChatCleared(at=15_000), said(16_000, "b"), seen.ChatCleared(at=25_000)),
            [("2.0", "5.0", "Ada", "a"), ("6.0", "10.0", "Ada", "b")],
        ),
        # What goes as it comes was never there.
        ((said(12_000, "a"), seen.ChatCleared(at=12_020)), []),
        ((said(31_000, "\x07\x1b<&\u202e"),), [("11.0", None, "Ada", "&lt;&amp;\u202e")]),
    ],
)
def test_chat_over_time(happened: tuple[Happening, ...], lines: list[tuple[str | None, ...]]) -> None:
    assert chat_of(history(*happened)) == lines


PEOPLE = tuple(
    seen.PersonJoined(at=0, user=user, external_id=user, name=name, role=role)
    for user, name, role in (
        ("w_a", "Ada", Role.MODERATOR),
        ("w_b", "Bob", Role.VIEWER),
        ("w_a_2", "Ada", Role.MODERATOR),
        ("w_12", "Cleo", Role.VIEWER),
    )
)


def test_people_are_counted_once_and_named_as_wanted() -> None:
    people = history(*PEOPLE)
    assert participants(people) == 3
    users = ("w_a_2", "w_b", "w_12", "w_unknown", "")
    assert [Names(people, own=True).of(user, "Name", Role.VIEWER) for user in users] == ["Name"] * 5
    without = [Names(people, own=False).of(user, "Name", Role.VIEWER) for user in users]
    assert without == ["Moderator 1", "Viewer 2", "Viewer 3", "Viewer", "Application"]


@pytest.mark.parametrize(
    ("meta", "names"),
    [
        ({}, ["Ada", "Bob"]),
        ({"bbb-anonymize-chat": "TRUE"}, ["Ada", "Viewer 2"]),
        ({"bbb-anonymize-chat": "true", "bbb-anonymize-chat-moderators": "true"}, ["Moderator 1", "Viewer 2"]),
        ({"bbb-anonymize-chat-moderators": "true"}, ["Ada", "Bob"]),
    ],
)
def test_a_meeting_may_ask_for_chat_without_names(meta: dict[str, str], names: list[str]) -> None:
    lines = (said(12_000, "x", role=Role.MODERATOR), said(13_000, "y", "w_b", "Bob"))
    assert [line[2] for line in chat_of(history(*PEOPLE, *lines, **meta))] == names


def poll(at: int) -> Happening:
    answers = (seen.PollAnswer(number=0, text="Yes", votes=2), seen.PollAnswer(number=1, text="No", votes=0))
    return seen.PollPublished(
        at=at, poll=str(at), kind="YN", question="Why?", answers=answers, respondents=3, responders=2
    )


def test_polls_count_when_they_were_published_while_recording_was_on() -> None:
    assert polls_json(history(poll(5000), poll(16_000), poll(25_000)), TIMELINE) == [
        {
            "timestamp": 6.0,
            "type": "YN",
            "question": "Why?",
            "answers": [{"id": 0, "key": "Yes", "numVotes": 2}, {"id": 1, "key": "No", "numVotes": 0}],
            "respondents": 3,
            "responders": 2,
        }
    ]


def test_videos_of_other_sites_count_when_a_part_of_them_was_recorded() -> None:
    def started(at: int, url: str) -> Happening:
        return seen.ExternalVideoStarted(at=at, url=url)

    story = history(
        started(1000, "https://a.example/gone"),
        seen.ExternalVideoStopped(at=2000),
        started(8000, "https://a.example/1"),
        started(15_000, "javascript:alert(1)"),
        started(22_000, "https://a.example/pause"),
        seen.ExternalVideoStopped(at=25_000),
        started(38_000, "http://a.example/2"),
    )
    assert external_videos_json(story, TIMELINE) == [
        {"timestamp": 0.0, "external_video_url": "https://a.example/1"},
        {"timestamp": 18.0, "external_video_url": "http://a.example/2"},
    ]


def test_the_pointer_is_the_presenters_and_within_the_view() -> None:
    def moved(at: int, user: str, x: float, y: float) -> Happening:
        return seen.CursorMoved(at=at, user=user, x=x, y=y)

    story = history(
        seen.PresenterChanged(at=0, user="w_a", name="Ada"),
        shared(0),
        moved(11_000, "w_a", 50, 25),
        moved(12_000, "w_b", 1, 1),
        viewed(13_000, 50, 0, 50, 50),
        moved(14_000, "w_a", 75, 25),
        moved(14_010, "w_a", 100, 50),
        moved(15_000, "w_a", 10, 10),
        moved(16_000, "w_a", -50, 200),
    )
    found = scenes(story, TIMELINE, lambda _page: True)
    root = etree.fromstring("".join(cursor_xml(story, TIMELINE, found)).encode())
    assert [(one.get("timestamp"), one.findtext("cursor")) for one in root] == [
        ("1.0", "0.5 0.25"),
        ("4.0", "1.0 1.0"),
        ("5.0", "-1.0 -1.0"),
    ]


@pytest.mark.parametrize(
    ("page", "line"),
    [
        (
            "<html><head><title>T</title></head><body class='x'>\n<p>One\n</p>\n<b>two</b></body></html>",
            "<p>One </p> <b>two</b>",
        ),
        ("<b onclick='x()'>a</b><script>alert(1)</script><img src=x onerror=y>", "<b>a</b>"),
        ("<a href='javascript:x'>a</a><a href='https://b.example'>b</a>", 2),
        ("<body>\n \n</body>", ""),
        ("<body", ""),
    ],
)
def test_notes_are_one_harmless_line(tmp_path: Path, page: str, line: str | int) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/notes.html").write_text(page)
    found = notes_html(tmp_path)
    if line == 2:
        assert "javascript" not in found
        assert 'href="https://b.example"' in found
    elif line:
        assert f"<body>\n{line}\n</body>\n" in found
    else:
        assert found == ""


def test_a_meeting_without_notes_has_no_file_of_them(tmp_path: Path) -> None:
    assert notes_html(tmp_path) == ""


OPTIONS = BuildOptions(public_url="https://bbb.example.org/")


def event_xml(at: int, module: str, name: str, **children: Any) -> str:
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in children.items())
    return f'<event timestamp="{at}" module="{module}" eventname="{name}">{inner}</event>'


def foreign(tmp_path: Path, *decks: str, marks: bool = True) -> Path:
    """Return the raw files of another server, on whose stage some decks were, for a second each."""
    raw = tmp_path / "raw" / ID
    raw.mkdir(parents=True)
    events = [event_xml(1000, "CONFIG", "MeetingConfigurationEvent")]
    if marks:
        events.append(event_xml(1000, "PARTICIPANT", "RecordStatusEvent", status="true"))
    events += [
        event_xml(1000 + number * 1000, "PRESENTATION", "SharePresentationEvent", presentationName=deck)
        for number, deck in enumerate(decks)
    ]
    events.append(event_xml(9000, "PARTICIPANT", "EndAndKickAllEvent", reason="x"))
    (raw / "events.xml").write_text(f'<recording meeting_id="{ID}" bbb_version="2.5.0">{"".join(events)}</recording>')
    return raw


def hrefs(directory: Path) -> list[tuple[str, str]]:
    root = etree.parse(directory / "shapes.svg").getroot()
    name = "{http://www.w3.org/1999/xlink}href"
    return [(str(one.get("in")), str(one.get(name)).removeprefix("presentation/")) for one in root]


def deck(number: int) -> str:
    return f"{number:040x}-{T0}"


def test_decks_of_another_server_become_pages(tmp_path: Path) -> None:
    raw = foreign(tmp_path, *[deck(number) for number in range(1, 7)])
    files = {
        f"{deck(1)}/{deck(1)}.pdf": pdf("First"),
        f"{deck(2)}/{deck(2)}": pdf("Second"),
        f"{deck(3)}/{deck(3)}.png": picture(),
        f"{deck(4)}/svgs/slide1.svg": svg(),
        f"{deck(5)}/{deck(5)}.pdf": b"%PDF-broken",
        f"{deck(6)}/slide-1.png": png(20, 10, (1, 2, 3)),
    }
    for name, data in files.items():
        path = raw / "presentation" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    built = build(raw, tmp_path / "made", OPTIONS)
    pages = [(str(float(place)), f"{deck(place + 1)}/slide-1.png") for place in (0, 1, 2, 3, 5)]
    assert hrefs(tmp_path / "made") == [*pages[:4], ("4.0", "logo.png"), pages[4]]
    for _begin, name in hrefs(tmp_path / "made"):
        assert (tmp_path / "made/presentation" / name).read_bytes().startswith(b"\x89PNG")
    texts = json.loads((tmp_path / "made/presentation_text.json").read_text())
    assert (texts[deck(1)], texts[deck(2)]) == ({"slide-1": "First"}, {"slide-1": "Second"})
    metadata = etree.parse(tmp_path / "made/metadata.xml").getroot()
    previews = [str(one.text).rpartition("/presentation/")[2] for one in metadata.iter("image")]
    assert previews == [f"{deck(number)}/thumbnails/thumb-1.png" for number in (1, 2)] + [f"{deck(6)}/slide-1.png"]
    [warning] = built.warnings
    assert warning.startswith(f"the slides {deck(5)} cannot be shown: ")
    # Nothing is left of the work.
    assert not list((tmp_path / "made").rglob(".bbbd-*"))
    # The raw files are as they were.
    assert sum(path.is_file() for path in raw.rglob("*")) == len(files) + 1


@pytest.mark.parametrize("name", ["../../secret", "/etc", "..", ".", "a/b", "", "x" * 300, "é"])
def test_no_deck_leads_out_of_its_directory(tmp_path: Path, name: str) -> None:
    raw = foreign(tmp_path, name)
    for directory in (tmp_path / "secret", tmp_path / "raw"):
        directory.mkdir(exist_ok=True)
        (directory / "slide-1.png").write_bytes(png(20, 10, (1, 2, 3)))
    build(raw, tmp_path / "made", OPTIONS)
    assert hrefs(tmp_path / "made") == []
    assert not list((tmp_path / "made").rglob("*.png"))


def test_no_link_leads_out_of_the_raw_files(tmp_path: Path) -> None:
    raw = foreign(tmp_path, deck(1), deck(2))
    (tmp_path / "secret.png").write_bytes(png(20, 10, (1, 2, 3)))
    (tmp_path / "secret.pdf").write_bytes(pdf("Secret"))
    for number, (name, target) in enumerate([("slide-1.png", "secret.png"), (f"{deck(2)}.pdf", "secret.pdf")], 1):
        directory = raw / "presentation" / deck(number)
        directory.mkdir(parents=True)
        (directory / name).symlink_to(tmp_path / target)
    build(raw, tmp_path / "made", OPTIONS)
    assert hrefs(tmp_path / "made") == []


def test_without_marks_nothing_is_recorded_unless_the_whole_meeting_is_wanted(tmp_path: Path) -> None:
    raw = foreign(tmp_path, marks=False)
    assert not has_marks(raw)
    with pytest.raises(NothingRecorded):
        build(raw, tmp_path / "made", OPTIONS)
    assert not (tmp_path / "made").exists()
    whole = BuildOptions(public_url="https://bbb.example.org", whole_meeting=True)
    assert build(raw, tmp_path / "made", whole).segments == (Segment(1000, 9000),)


def test_a_recording_of_weeks_is_refused(tmp_path: Path) -> None:
    raw = foreign(tmp_path)
    text = (raw / "events.xml").read_text()
    (raw / "events.xml").write_text(text.replace('timestamp="9000"', f'timestamp="{8 * 24 * 3600 * 1000}"'))
    with pytest.raises(UnreadableHistory, match="more than 7 days"):
        build(raw, tmp_path / "made", OPTIONS)


def test_without_the_media_library_a_recording_is_whole_for_bbbds_own_player(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    built = build(foreign(tmp_path), tmp_path / "made", OPTIONS)
    assert not built.has_media
    assert "PyAV is not installed" in built.warnings[0]
    names = {path.name for path in (tmp_path / "made").iterdir()}
    assert names == {
        "captions.json",
        "cursor.xml",
        "deskshare.xml",
        "external_videos.json",
        "metadata.xml",
        "panzooms.xml",
        "polls.json",
        "presentation_text.json",
        "shapes.svg",
        "slides_new.xml",
    }


def test_media_that_is_left_out_is_told(tmp_path: Path) -> None:
    raw = foreign(tmp_path)
    (raw / "video" / ID).mkdir(parents=True)
    assert build(raw, tmp_path / "one", OPTIONS).warnings == ()
    (raw / "video" / ID / "camera.webm").write_bytes(b"x")
    [warning] = build(raw, tmp_path / "two", OPTIONS).warnings
    assert "cameras" in warning


def test_the_events_of_another_server_stay_as_they_are(tmp_path: Path) -> None:
    raw = foreign(tmp_path)
    before = (raw / "events.xml").read_bytes()
    write_events_xml(raw)
    assert (raw / "events.xml").read_bytes() == before


@pytest.mark.parametrize("name", ["x", ID[:-1], ID.upper().replace("0", "A"), f"{ID}-1"])
def test_raw_files_need_the_id_of_a_meeting(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UnreadableHistory, match="is no id of a meeting"):
        has_marks(tmp_path / name)


def test_raw_files_need_a_journal_or_events(tmp_path: Path) -> None:
    (tmp_path / ID).mkdir()
    with pytest.raises(UnreadableHistory, match=r"neither journal\.jsonl nor events\.xml"):
        build(tmp_path / ID, tmp_path / "made", OPTIONS)


def test_two_builds_of_the_same_files_are_the_same(tmp_path: Path) -> None:
    raw = foreign(tmp_path, deck(1), deck(2))
    path = raw / "presentation" / deck(1) / f"{deck(1)}.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(pdf("First"))
    made: list[Built] = [build(raw, tmp_path / name, OPTIONS, now=lambda: 0.0) for name in ("one", "two")]
    assert made[0] == made[1]
    files = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*")}
    assert files == {path.relative_to(tmp_path / "two") for path in (tmp_path / "two").rglob("*")}
    for name in files:
        if (tmp_path / "one" / name).is_file():
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
            assert (tmp_path / "one" / name).stat().st_mode & 0o777 == 0o644, name
