"""People who watch recordings: a daemon with one of every kind, and the player's page in a browser."""

from __future__ import annotations

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
    make_oldest,
    make_playable,
    make_recording,
    make_rich,
    presentation_files,
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
        put(
            root,
            record_id("lesson"),
            metadata(record_id("lesson"), meeting_id="lesson", form="podcast"),
            form="podcast",
        )
        make_rich(root)
        make_oldest(root)
        make_board(root, "board", board_shapes(*SHAPES))
        make_recording(root, "silent", presentation_files())
        make_recording(root, "broken", presentation_files() | {"video/webcams.webm": b"no video"})
        make_recording(
            root,
            "shared",
            presentation_files()
            | {"deskshare.xml": SHARED_SCREEN, "deskshare/deskshare.webm": MEDIA, "video/webcams.webm": MEDIA},
        )
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
