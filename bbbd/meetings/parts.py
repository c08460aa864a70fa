"""Makes the parts of a server that keep its meetings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bbbd.environment import Environment
from bbbd.meetings.config_documents import ConfigDocuments
from bbbd.meetings.creating import create_planned_room
from bbbd.meetings.documents import Documents, Pages, Recorder
from bbbd.meetings.expired_tokens import ExpiredTokens
from bbbd.meetings.journal import Journals
from bbbd.meetings.registry import Meetings, Publisher
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import GroupCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingParts:
    """The meetings of one server, and the files that belong to them."""

    documents: Documents
    configs: ConfigDocuments
    journals: Journals
    meetings: Meetings
    expired_tokens: ExpiredTokens


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    rounds: GroupCommit,
    pages: Pages,
    recorder: Recorder,
    publisher: Publisher,
    compact_past: int,
) -> MeetingParts:
    """Return the parts for one server. ``publisher`` writes what an event makes due before it happens."""
    settings = current.settings
    documents = Documents(environment.disk, settings.directory)
    journals = Journals(
        environment.disk,
        rounds,
        settings,
        documents=documents,
        pages=pages,
        metrics=environment.metrics,
        recorder=recorder,
        compact_past=compact_past,
    )
    rounds.mend = journals.mend
    meetings = Meetings(environment.clock, journals, current, publisher)
    meetings.make_room = partial(create_planned_room, meetings, current)
    return MeetingParts(
        documents=documents,
        configs=ConfigDocuments(settings.configs),
        journals=journals,
        meetings=meetings,
        expired_tokens=ExpiredTokens(meetings, current),
    )
