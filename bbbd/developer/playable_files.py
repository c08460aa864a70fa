"""Files of a made-up meeting that BigBlueButton's player and bbbd's own play: pages, a chat, a silent film.

A journal of the meeting is written, and becomes files in the way of every recorded meeting.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from bbbd.api.query import Query
from bbbd.meetings.chat import Chatted
from bbbd.meetings.create_parameters import Create, Document
from bbbd.meetings.event import Created, Ended, EndReason, Event, Joined, PresenterChanged, Registered
from bbbd.meetings.journal_format import Line, write_head, write_line
from bbbd.meetings.recording import RecordingMarked
from bbbd.meetings.slides import DeckAdded, DeckConverted, SlideShown
from bbbd.presentation.build import BuildOptions, build
from bbbd.recordings.status_files import JOURNAL
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import read

#: Limits of the time that the files tell of, in milliseconds: nothing shorter is played, and a film of days is large.
LEAST, MOST = 1000, 3 * 3_600_000
#: The directory of the pages among the files.
DECK = "slides"
_PAGE, _THUMBNAIL = (880, 680), (176, 136)
#: No file tells the id and the beginning of the meeting.
_ID, _BEGIN = "0" * 40 + "-1000000000000", 1_000_000_000_000
_PEOPLE = (("Ada", Role.MODERATOR), ("Ben", Role.VIEWER))
_SAID = ("Hello!", "Welcome, all.", "Can you go back one page?", "Thank you.", "See https://example.org/.", "Goodbye!")


def write_playable_files(disk: Disk, directory: Path, length: int, pages: int, seed: int) -> None:
    """Fill a new directory with everything but a true ``metadata.xml``; ``length`` in milliseconds. Blocks."""
    length = min(max(length, LEAST), MOST)
    raw = directory.parent / _ID
    try:
        disk.mkdir(raw)
        for number in range(1, pages + 1):
            _write_page(disk, raw / "presentation" / DECK, number)
        lines = (
            Line(n, _BEGIN + at, event)
            for n, (at, event) in enumerate(sorted(_events(length, pages, seed), key=lambda one: one[0]), 1)
        )
        disk.create(raw / JOURNAL, write_head(_ID) + b"".join(map(write_line, lines)))
        build(raw, directory, BuildOptions(public_url="http://bbbd"), disk=disk)
    finally:
        disk.remove_tree(raw)


def _write_page(disk: Disk, directory: Path, number: int) -> None:
    picture = Image.new("RGB", _PAGE, "white")
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((20, 20, _PAGE[0] - 20, _PAGE[1] - 20), outline=(40, 90, 160), width=6)
    drawing.text((_PAGE[0] / 2, _PAGE[1] / 2), f"Slide {number}", fill=(30, 30, 30), anchor="mm", font_size=96)
    for path, image in (
        (directory / f"slide-{number}.png", picture),
        (directory / "thumbnails" / f"thumb-{number}.png", picture.resize(_THUMBNAIL)),
    ):
        disk.mkdir(path.parent)
        image.save(path, "PNG")
    disk.mkdir(directory / "textfiles")
    disk.create(directory / "textfiles" / f"slide-{number}.txt", f"Slide {number}".encode())


def _events(length: int, pages: int, seed: int) -> Iterator[tuple[int, Event]]:
    """Give the events of the meeting, each with its time since the beginning, in milliseconds."""
    created = Created(
        internal_id=_ID,
        create_time=_BEGIN,
        wanted=read(Create, Query([("meetingID", "made up")]), Settings()),
        attendee_pw="",
        moderator_pw="",
        voice_bridge="",
        record=True,
    )
    yield 0, created
    for name, role in _PEOPLE:
        user = f"w_{name.lower()}"
        yield (
            0,
            Registered(
                token=user,
                auth_token=user,
                user=user,
                external_id=user,
                name=name,
                role=role,
                guest=False,
                status=GuestStatus.ALLOW,
            ),
        )
        yield 0, Joined(token=user)
    yield 0, PresenterChanged(user="w_ada")
    if pages:
        yield 0, DeckAdded(deck=DECK, document=Document(name="slides.pdf"))
        yield 0, DeckConverted(deck=DECK, key="0" * 40, pages=pages)
    yield 0, RecordingMarked(on=True)
    for page in range(pages):
        yield length * page // pages, SlideShown(deck=DECK, page=page + 1)
    chance = random.Random(seed)
    for at, text in zip(sorted(chance.randrange(length) for _text in _SAID), _SAID, strict=True):
        yield at, Chatted(user=f"w_{chance.choice(_PEOPLE)[0].lower()}", text=text)
    yield length, Ended(why=EndReason.API)
