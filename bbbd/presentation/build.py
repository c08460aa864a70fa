"""Makes the playback format ``presentation`` of a recording's raw files.

``raw`` is ``recording/raw/<id>``: it has bbbd's own ``journal.jsonl``, or the ``events.xml`` of another server; the
journal counts when both are there. Whoever calls these functions limits the process: the files may come from anybody.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from bbbd.clock import wall
from bbbd.history.events_xml import events_xml
from bbbd.history.from_events_xml import read_events_file
from bbbd.history.from_journal import read_journal_file
from bbbd.history.happenings import DeckShared, History, PageShown, UnreadableHistory
from bbbd.presentation.chat import chat_xml
from bbbd.presentation.cursor import cursor_xml
from bbbd.presentation.drawings import Drawings
from bbbd.presentation.external_videos import external_videos_json
from bbbd.presentation.films import Films, deskshare_xml, put_films, read_films
from bbbd.presentation.foreign_decks import convert_decks
from bbbd.presentation.metadata import Description, Preview, metadata_xml
from bbbd.presentation.notes import notes_html
from bbbd.presentation.pages import Pages
from bbbd.presentation.panzooms import panzooms_xml
from bbbd.presentation.people import Names, participants
from bbbd.presentation.polls import polls_json
from bbbd.presentation.previews import preview_pages
from bbbd.presentation.shapes import PLACEHOLDER, PLACEHOLDER_SIZE, shapes_svg
from bbbd.presentation.silent_media import NoMediaLibrary, write_film
from bbbd.presentation.stage import Interval, Page, intervals, scenes
from bbbd.presentation.timeline import Segment, Timeline, recorded_segments
from bbbd.slides.page_names import page_file, thumbnail_file
from bbbd.storage.disk import Disk

#: Directories of sound and pictures among the raw files of another server.
_MEDIA = ("audio", "video", "deskshare")
JOURNAL, EVENTS = "journal.jsonl", "events.xml"
#: Things that may happen in one meeting.
MOST_HAPPENINGS = 1_000_000
#: Milliseconds of a recording: a film for them takes a minute and a gigabyte.
LONGEST = 7 * 24 * 3600 * 1000
#: BigBlueButton's player takes no other.
_RECORD_ID = re.compile(r"[0-9a-f]{40}-[0-9]{13}")
_MODE = 0o644
#: Characters that are written at once.
_PIECE = 1 << 16


class NothingRecorded(ValueError):
    """The meeting has no recording marks, or recording was never on for any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """The options of a build.

    ``public_url`` begins the links in ``metadata.xml``. With ``whole_meeting`` a meeting without recording marks is
    recorded from its begin to its end. Without ``record_names`` people appear as ``Viewer 3``. ``films`` is a directory
    with those of the recording (``films.py``).
    """

    public_url: str
    record_names: bool = True
    whole_meeting: bool = False
    most_happenings: int = MOST_HAPPENINGS
    most_pages: int = 200
    films: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A recording that was built: its times in milliseconds, ``start`` and ``end`` since 1970; sizes in bytes.

    ``segments`` are the recorded stretches of the meeting. ``has_media`` is False when PyAV is not installed: then only
    bbbd's own player plays the recording. ``warnings`` says what the recording lacks.
    """

    start: int
    end: int
    duration: int
    segments: tuple[Segment, ...]
    participants: int
    size: int
    raw_size: int
    has_media: bool
    warnings: tuple[str, ...] = ()


def read_history(raw: Path, most: int = MOST_HAPPENINGS) -> History:
    """Return the history of raw files. Raises ``UnreadableHistory`` and ``OSError``."""
    if not _RECORD_ID.fullmatch(raw.name):
        raise UnreadableHistory(f"{raw.name[:60]} is no id of a meeting that players know")
    if (raw / JOURNAL).exists():
        return read_journal_file(raw / JOURNAL, raw.name, most)
    if (raw / EVENTS).exists():
        return read_events_file(raw / EVENTS, raw.name, most)
    raise UnreadableHistory(f"there is neither {JOURNAL} nor {EVENTS}")


def has_marks(raw: Path) -> bool:
    """Return whether anything of a meeting was recorded. Raises ``UnreadableHistory`` and ``OSError``."""
    return bool(recorded_segments(read_history(raw)))


def write_events_xml(raw: Path, disk: Disk | None = None) -> None:
    """Write ``events.xml`` beside a journal, in BigBlueButton's vocabulary; another server's own stays.

    Raises ``UnreadableHistory`` and ``OSError``.
    """
    if (raw / JOURNAL).exists():
        disk = disk or Disk()
        # A kill may have left an unfinished one.
        disk.sweep(raw)
        _write(disk, raw / EVENTS, events_xml(read_history(raw)))
        disk.sync_directory(raw)


def build(
    raw: Path, target: Path, wanted: BuildOptions, *, disk: Disk | None = None, now: Callable[[], float] = wall
) -> Built:
    """Fill the directory ``target`` with the format. It is whole and synced when this returns.

    Raises ``UnreadableHistory``, ``NothingRecorded`` and ``OSError``.
    """
    return _Build(raw, target, wanted, disk or Disk()).run(now)


class _Build:
    """One build: what was read, and where it goes."""

    def __init__(self, raw: Path, target: Path, wanted: BuildOptions, disk: Disk) -> None:
        self._raw = raw
        self._target = target
        self._wanted = wanted
        self._disk = disk
        self._pages = Pages(raw, {})
        self._warnings: list[str] = []

    def run(self, now: Callable[[], float]) -> Built:
        begun = now()
        history = read_history(self._raw, self._wanted.most_happenings)
        timeline = Timeline(recorded_segments(history, whole_meeting=self._wanted.whole_meeting))
        if not timeline.segments:
            raise NothingRecorded("recording was never on")
        if timeline.duration > LONGEST:
            raise UnreadableHistory(f"more than {LONGEST // 86_400_000} days were recorded")
        self._disk.mkdir(self._target, 0o755)
        workplace = self._disk.unfinished(self._target)
        self._make_pages(history, workplace)
        found = scenes(history, timeline, self._pages.exists)
        shown = intervals(found) if any(scene.page for scene in found) else []
        drawings = Drawings(history, timeline)
        films = read_films(self._wanted.films) if self._wanted.films is not None else Films()
        names = Names(history, own=self._wanted.record_names)
        self._write_texts(
            {
                "shapes.svg": shapes_svg(shown, self._pages, drawings),
                "panzooms.xml": panzooms_xml(shown, self._pages),
                "cursor.xml": cursor_xml(history, timeline, found),
                "slides_new.xml": chat_xml(history, timeline, names),
                "deskshare.xml": deskshare_xml(films),
                "presentation_text.json": [_json(self._texts(shown))],
                "captions.json": [_json([])],
                "polls.json": [_json(polls_json(history, timeline))],
                "external_videos.json": [_json(external_videos_json(history, timeline))],
            }
        )
        self._warnings += films.faults
        if self._wanted.films is None and any(
            path.is_file() for name in _MEDIA for path in (self._raw / name).rglob("*")
        ):
            self._warnings.append("sound, cameras and shared screens of the raw files are left out")
        if drawings.left_out:
            self._warnings.append("some drawings are left out: there are too many")
        if notes := notes_html(self._raw):
            self._write_texts({"notes.html": [notes]})
        self._copy_pages(shown)
        previews = tuple(self._preview(page) for page in preview_pages(shown))
        self._disk.remove_tree(workplace)
        has_media = self._write_film(timeline.duration)
        start = int(history.facts.record_id.rpartition("-")[2])
        people = participants(history)
        described = Description(
            start=start,
            end=start + history.end - history.begin,
            duration=timeline.duration,
            participants=people,
            processing_time=max(0, int((now() - begun) * 1000)),
            raw_size=size_of_tree(self._raw),
            previews=previews,
        )
        size = size_of_tree(self._target)
        self._write_texts({"metadata.xml": [metadata_xml(history.facts, described, self._wanted.public_url, size)]})
        self._sync_directories()
        return Built(
            start=start,
            end=described.end,
            duration=timeline.duration,
            segments=timeline.segments,
            participants=people,
            size=size,
            raw_size=described.raw_size,
            has_media=has_media,
            warnings=tuple(self._warnings),
        )

    def _make_pages(self, history: History, workplace: Path) -> None:
        """Have the pages of all decks that came on the stage."""
        decks = dict.fromkeys(one.deck for one in history.happenings if isinstance(one, (DeckShared, PageShown)))
        source = self._raw / "presentation"
        made, faults = convert_decks(self._disk, source, decks, workplace, self._wanted.most_pages)
        self._warnings += faults
        self._pages = Pages(self._raw, made)

    def _write_texts(self, files: dict[str, Iterable[str]]) -> None:
        for name, pieces in files.items():
            _write(self._disk, self._target / name, pieces)

    def _texts(self, shown: list[Interval]) -> dict[str, dict[str, str]]:
        texts: dict[str, dict[str, str]] = {}
        for page in _pages_of(shown):
            texts.setdefault(page.deck, {})[f"slide-{page.page}"] = self._pages.text(page)
        return texts

    def _copy_pages(self, shown: list[Interval]) -> None:
        for page in _pages_of(shown):
            self._pages.copy(self._disk, page, self._target)
        if any(interval.page is None for interval in shown):
            picture = io.BytesIO()
            Image.new("1", PLACEHOLDER_SIZE, 1).save(picture, "PNG", optimize=True)
            unfinished = self._disk.prepare(self._target, picture.getvalue(), _MODE)
            self._disk.mkdir((self._target / PLACEHOLDER).parent, 0o755)
            self._disk.rename(unfinished, self._target / PLACEHOLDER)

    def _write_film(self, duration: int) -> bool:
        if self._wanted.films is not None:
            put_films(self._disk, self._wanted.films, self._target)
            return True
        try:
            write_film(self._disk, self._target, duration)
        except NoMediaLibrary as fault:
            self._warnings.append(f"only bbbd's own player can play it: {fault}")
            return False
        return True

    def _preview(self, page: Page) -> Preview:
        directory = f"presentation/{page.deck}/"
        size = self._pages.thumbnail_size(page)
        path = thumbnail_file(page.page) if size else page_file(page.page)
        width, height = size or self._pages.size(page)
        return Preview(path=directory + path, width=width, height=height, text=self._pages.text(page))

    def _sync_directories(self) -> None:
        for directory, _names, _files in os.walk(self._target, topdown=False):
            self._disk.sync_directory(Path(directory))


def _pages_of(shown: list[Interval]) -> list[Page]:
    """Return the pages that are shown, each once, in the order of their first appearance."""
    return list(dict.fromkeys(interval.page for interval in shown if interval.page is not None))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _write(disk: Disk, path: Path, pieces: Iterable[str]) -> None:
    disk.rename(disk.fill(path.parent, _gathered(pieces), _MODE), path)


def _gathered(pieces: Iterable[str]) -> Iterable[bytes]:
    """Give texts as fewer and larger pieces of bytes."""
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length > _PIECE:
            yield "".join(waiting).encode()
            waiting.clear()
            length = 0
    yield "".join(waiting).encode()


def size_of_tree(directory: Path) -> int:
    """Return the bytes of all files in a directory; links are not followed."""
    return sum((Path(root) / name).lstat().st_size for root, _names, files in os.walk(directory) for name in files)
