"""Polls of a recording: ``polls.json``, the results that were published while recording was on."""

from __future__ import annotations

from typing import Any

from bbbd.history.happenings import History, PollPublished
from bbbd.presentation.timeline import Timeline, tenths


def polls_json(history: History, timeline: Timeline) -> list[dict[str, Any]]:
    """Return the content of ``polls.json``."""
    return [
        {
            "timestamp": tenths(timeline.time(one.at)) / 10,
            "type": one.kind,
            "question": one.question,
            "answers": [{"id": answer.number, "key": answer.text, "numVotes": answer.votes} for answer in one.answers],
            "respondents": one.respondents,
            "responders": one.responders,
        }
        for one in history.happenings
        if isinstance(one, PollPublished) and timeline.is_recorded(one.at)
    ]
