"""Videos of other sites in a recording: ``external_videos.json``, those that were on the stage while recording was on.

A video that began before counts from the begin of the segment in which it first was to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bbbd.history.happenings import ExternalVideoStarted, ExternalVideoStopped, History
from bbbd.presentation.timeline import Timeline, tenths

_WEB = ("http://", "https://")


def external_videos_json(history: History, timeline: Timeline) -> list[dict[str, Any]]:
    """Return the content of ``external_videos.json``."""
    return [
        {"timestamp": tenths(timeline.time(begin)) / 10, "external_video_url": url}
        for begin, end, url in _shown(history)
        if url.startswith(_WEB) and timeline.overlaps(begin, end)
    ]


def _shown(history: History) -> Iterator[tuple[int, int, str]]:
    """Give each video's begin, end and URL."""
    current: ExternalVideoStarted | None = None
    for one in history.happenings:
        if isinstance(one, (ExternalVideoStarted, ExternalVideoStopped)):
            if current is not None:
                yield current.at, one.at, current.url
            current = one if isinstance(one, ExternalVideoStarted) else None
    if current is not None:
        yield current.at, history.end, current.url
