"""Recordings on disk, as a BigBlueButton server leaves them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator
from pathlib import Path
from xml.sax.saxutils import escape

from bbbd.recordings.index import Index, Recording
from bbbd.recordings.queries import Found, RecordingQuery, selecting

START = 1_700_000_000_000


def record_id(meeting_id: str, start: int = START) -> str:
    return f"{hashlib.sha1(meeting_id.encode()).hexdigest()}-{start}"


def metadata(
    own: str,
    *,
    meeting_id: str = "demo",
    name: str = "Demo",
    form: str = "presentation",
    state: str = "published",
    meta: dict[str, str] | None = None,
    host: str = "https://old.example.org",
    start: int = START,
    duration: int = 3_660_000,
    extra: str = "",
) -> str:
    """Return a metadata.xml as BBB 2.x writes it, an unknown element and a wrapped link included."""
    fields = {"meetingId": meeting_id, "meetingName": name, "isBreakout": "false"} | (meta or {})
    members = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items())
    link = {"podcast": f"/podcast/{own}/audio.ogg", "video": f"/playback/video/{own}/"}.get(
        form, f"/playback/presentation/2.3/{own}"
    )
    image = f"{host}/presentation/{own}/presentation/p/thumbnails/thumb-1.png"
    preview = (
        f'<extensions><preview><images><image width="176" height="136" alt="Welcome &amp; to">{image}</image>'
        "</images></preview></extensions>"
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<recording>\n <id>{own}</id>\n <state>{state}</state>"
        f"<published>{str(state == 'published').lower()}</published>"
        f"<start_time>{start}</start_time><end_time>{start + 90_000}</end_time><participants>3</participants>"
        f'<meeting id="{own}" externalId="{escape(meeting_id)}" name="{escape(name)}" breakout="false"/>'
        f"<breakout/><breakoutRooms/><meta>{members}</meta>"
        f"<playback><format>{form}</format><link>\n   {host}{link}\n  </link><processing_time>4882</processing_time>"
        f"<duration>{duration}</duration>{preview if form == 'presentation' else ''}<size>1000</size></playback>"
        f"<raw_size>871354</raw_size><x-unknown kept='yes'><deep/></x-unknown>{extra}</recording>\n"
    )


def put(root: Path, own: str, text: str, *, place: str = "published", form: str = "presentation") -> Path:
    directory = root / place / form / own
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "metadata.xml").write_text(text, "utf-8")
    return directory


def make(
    root: Path,
    meeting_id: str = "demo",
    *,
    place: str = "published",
    form: str = "presentation",
    start: int = START,
    **more: object,
) -> str:
    """Write a recording's format, and return the recording's id."""
    own = record_id(meeting_id, start)
    text = metadata(own, meeting_id=meeting_id, form=form, start=start, state=place, **more)  # type: ignore[arg-type]
    put(root, own, text, place=place, form=form)
    return own


def places(root: Path, own: str) -> set[str]:
    """Return where a recording's formats lie: ``published/video`` and so on."""
    return {
        str(path.parent.parent.relative_to(root))
        for path in root.glob(f"*/*/{own}/metadata.xml")
        if not re.search(r"/\.bbbd-", str(path))
    }


def select(index: Index, query: RecordingQuery) -> tuple[list[Recording], int]:
    """Return what a query finds, without a pause between its steps."""
    return finished(selecting(index, query))


def finished(steps: Generator[None, None, Found]) -> tuple[list[Recording], int]:
    """Return what a query finds that was begun."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found, total = end.value
            return list(found), total
