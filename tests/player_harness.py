"""People who watch recordings: a daemon with one of every kind, and the player's page in a browser."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from browser_harness import HANG, WIDE
from harness import Daemon
from playable_recording import (
    MEDIA,
    board_shapes,
    chat_of,
    make_board,
    make_classic,
    make_oldest,
    make_playable,
    make_recording,
    make_rich,
    presentation_files,
    slide_pictures,
    timed_slides,
)
from playwright.sync_api import expect
from sample_recordings import metadata, put, record_id

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SHARED_SCREEN = (
    '<recording id="deskshare_events"><event start_timestamp="5.0" stop_timestamp="30.0" video_width="320"'
    ' video_height="240"/></recording>'
)
#: Shapes of a whiteboard of BigBlueButton 3; the last is of a kind that there is not.
SHAPES: tuple[dict[str, object], ...] = (
    {
        "id": "shape:pen",
        "type": "draw",
        "x": 100,
        "y": 100,
        "props": {
            "segments": [{"type": "free", "points": [{"x": 0, "y": 0}, {"x": 60, "y": 80}, {"x": 150, "y": 20}]}],
            "color": "red",
            "size": "m",
        },
    },
    {
        "id": "shape:box",
        "type": "geo",
        "x": 300,
        "y": 100,
        "rotation": 0.2,
        "props": {"geo": "rectangle", "w": 200, "h": 120, "color": "url(//evil)", "fill": "semi", "text": "<b>Box</b>"},
    },
    {"id": "shape:odd", "type": "hologram", "x": 0, "y": 0, "props": {}},
)


def _kind(kind: str, **props: object) -> dict[str, object]:
    return {"id": f"shape:{kind}{sorted(props)}", "type": kind, "x": 50, "y": 60, "rotation": 0.1, "props": props}


def _old_kind(kind: str, **facts: object) -> dict[str, object]:
    style = {"color": "indigo", "size": "small", "dash": "dotted", "isFilled": True, "scale": 1}
    return {"id": f"old-{kind}", "type": kind, "point": [20, 30], "rotation": 0.5, "style": style} | facts


_LINE = [{"x": 0, "y": 0}, {"x": 90, "y": 30}]
_HANDLES = {"start": {"point": [0, 0]}, "bend": {"point": [60, 10]}, "end": {"point": [100, 50]}}
_RICH = {
    "type": "doc",
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": one}]} for one in ("Rich", "text")],
}
#: A shape of every kind of BigBlueButton 3, and of 2.6 and 2.7.
KINDS = (
    _kind("draw", segments=[{"points": _LINE}], isClosed=True, fill="solid", size="xl", dash="dashed"),
    _kind("highlight", segments=[{"points": _LINE}], color="yellow"),
    *(
        _kind("geo", geo=geo, w=80, h=60, growY=5, fill="semi", text=geo, **{geo: 1})
        for geo in ("rectangle", "ellipse", "oval", "cloud", "triangle", "diamond", "pentagon", "hexagon", "octagon")
    ),
    *(
        _kind("geo", geo=geo, w=80, h=60, richText=_RICH, align="start", **{geo: 1})
        for geo in ("rhombus", "rhombus-2", "trapezoid", "star", "x-box", "check-box", "arrow-left", "arrow-right")
    ),
    *(_kind("geo", geo=geo, w=80, h=60, align="end", text="x", **{geo: 1}) for geo in ("arrow-up", "arrow-down")),
    _kind("arrow", start={"x": 0, "y": 0}, end={"x": 90, "y": 40}, bend=20, arrowheadEnd="arrow"),
    _kind(
        "arrow",
        start={
            "type": "binding",
            "boundShapeId": "shape:note['color', 'richText']",
            "normalizedAnchor": {"x": 0.5, "y": 0.5},
        },
        end={"type": "point", "x": 400, "y": 100},
        bend=0,
        bound=1,
    ),
    _kind("line", points={"b": {"index": "a2", "x": 90, "y": 9}, "a": {"index": "a1", "x": 0, "y": 0}}),
    _kind("line", handles={"start": {"index": "a1", "x": 0, "y": 0}, "end": {"index": "a2", "x": 90, "y": 9}}),
    _kind("text", text="Some longer text that is wrapped", w=80, autoSize=False),
    _kind("note", richText=_RICH, color="light-violet"),
    _kind("frame", w=200, h=100),
    _kind(
        "poll",
        w=200,
        h=100,
        question="Ok?",
        numResponders=3,
        answers=[{"key": "Yes", "numVotes": 2}, {"key": "No", "numVotes": 1}],
    ),
)
OLD_KINDS = (
    _old_kind("draw", points=[[0, 0, 0.5], [40, 20, 0.5]]),
    _old_kind("rectangle", size=[60, 40]),
    _old_kind("triangle", size=[60, 40]),
    _old_kind("ellipse", radius=[30, 20]),
    _old_kind("arrow", handles=_HANDLES, decorations={"end": "arrow"}),
    _old_kind("line", handles=_HANDLES),
    _old_kind("text", text="Old text"),
    _old_kind("sticky", size=[100, 100], text="Old note"),
)
#: Shapes that are not what they should be.
HOSTILE: tuple[object, ...] = (
    "text",
    {"type": "constructor", "props": {}},
    {"type": "__proto__", "props": {"__proto__": 1}},
    {"type": "draw", "style": None},
    {"type": "geo", "props": {"geo": "constructor", "w": "1e999", "h": None, "text": {"a": 1}}},
    {"type": "geo", "props": {"geo": "star", "w": "x", "h": [], "color": "__proto__", "size": "constructor"}},
    {"type": "draw", "props": {"segments": {"points": 3}, "color": "javascript:1"}},
    {"type": "draw", "props": {"segments": [None, 3, {"points": [None, 1, {"x": "a"}]}]}},
    {"type": "arrow", "props": {"start": {"type": "binding"}, "end": None}},
    {"type": "line", "props": {"points": [None, 3]}},
    {"type": "poll", "props": {"answers": "[", "w": -5}},
    {"type": "poll", "props": {"answers": [None, 3, {"key": {}, "numVotes": "x"}]}},
    {"type": "image", "props": {"w": 5, "h": 5}, "meta": {"bbbImageSrc": "https://evil.example.org/x.png"}},
    {"type": "image", "props": {}, "meta": {"bbbImageSrc": "/presentation/x/file-uploads/../../x.png"}},
    {"type": "text", "props": {"text": "<script>document.title='owned'</script>", "richText": {"content": "x"}}},
    {"id": {}, "type": {}, "props": {}},
)


@dataclass
class Recordings:
    """A daemon, and the recordings that it has."""

    daemon: Daemon
    root: Path

    def url(self, meeting_id: str, query: str = "") -> str:
        """Return the link of a meeting's recording."""
        return f"http://127.0.0.1:{self.daemon.port}/playback/presentation/2.3/{record_id(meeting_id)}{query}"


@contextmanager
def serving() -> Iterator[Recordings]:
    """Serve a recording of every kind."""
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        root = Path(directory) / "bigbluebutton"
        (root / "published").mkdir(parents=True)
        make_playable(root)
        make_rich(root)
        make_rich(root, "short", **{"slides_new.xml": chat_of(10)})
        make_oldest(root)
        make_classic(root)
        make_board(root, "board", board_shapes(*SHAPES))
        make_board(root, "kinds", board_shapes(*KINDS, *OLD_KINDS, between=0.5))
        make_board(root, "hostile", board_shapes(*HOSTILE))
        make_recording(root, "silent", presentation_files())
        make_recording(root, "broken", presentation_files() | {"video/webcams.webm": b"no video"})
        make_recording(
            root,
            "shared",
            presentation_files()
            | {"deskshare.xml": SHARED_SCREEN, "deskshare/deskshare.webm": MEDIA, "video/webcams.webm": MEDIA},
        )
        peaks = json.dumps({"step": 10, "peaks": [0, 60, 99, 0]})
        make_recording(root, "heard", presentation_files() | {"video/webcams.webm": MEDIA, "loudness.json": peaks})
        for name in ("lesson", "heard"):
            podcast = metadata(record_id(name), meeting_id=name, form="podcast")
            put(root, record_id(name), podcast, form="podcast")
            (root / "published/podcast" / record_id(name) / "audio.ogg").write_bytes(MEDIA)
        make_recording(root, "long", slide_pictures(40) | {"shapes.svg": timed_slides(*range(40))})
        make_recording(root, "chatty", {"slides_new.xml": chat_of(300, 0.01)}, duration=0)
        settings = {"publishedDir": str(root / "published"), "bbbd.recordingDownloads": "true"}
        daemon = Daemon(directory=Path(directory) / "data", settings=settings)
        yield Recordings(daemon, root)
        assert daemon.end() == 0
        assert not [line for line in daemon.log if line["level"] in ("error", "critical")]


@dataclass
class Player:
    """Somebody who watches; the page may report no error but those that are expected."""

    page: Page
    recordings: Recordings
    reports: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.context.set_default_timeout(HANG)
        self.page.on("console", lambda message: self.reports.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.reports.append(str(fault)))
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " (event) => console.error('CSP', event.violatedDirective, event.blockedURI))"
        )

    def opens(self, meeting_id: str, query: str = "") -> Player:
        """Open the link of a recording."""
        self.page.goto(self.recordings.url(meeting_id, query))
        return self.sees_it()

    def sees_it(self) -> Player:
        """Wait until the recording is there."""
        expect(self.page.locator("body")).to_have_attribute("data-state", "ready")
        return self

    def seeks(self, seconds: float) -> None:
        """Move the timeline to a time."""
        # It has its length once the media says so.
        self.page.wait_for_function("(at) => Number(document.getElementById('seek').max) >= at", arg=seconds)
        self.page.locator("#seek").fill(str(seconds))
        self.is_at(seconds)

    def is_at(self, seconds: float) -> None:
        """See the time come to a second."""
        self.page.wait_for_function(
            "(at) => Math.abs(Number(document.getElementById('seek').value) - at) < 0.5", arg=seconds
        )

    @property
    def time(self) -> str:
        return self.page.inner_text("#time")

    def plays(self) -> None:
        self.button("Play").click()
        expect(self.button("Pause")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def opens_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()


@contextmanager
def watching(
    browser: Browser, recordings: Recordings, size: tuple[int, int] = WIDE, **more: object
) -> Iterator[Player]:
    """Give somebody a browser of their own."""
    given = {"locale": "en-GB", "viewport": {"width": size[0], "height": size[1]}} | more
    context = browser.new_context(**given)  # type: ignore[arg-type]
    player = Player(context.new_page(), recordings)
    yield player
    context.close()
    assert not player.reports, player.reports
