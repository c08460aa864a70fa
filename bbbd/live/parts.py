"""Makes the parts of a server that connect people to their meetings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bbbd.environment import Environment
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.limits import Refused
from bbbd.live.document_uploads import DocumentUploads
from bbbd.live.hub import Hub
from bbbd.live.slide_files import SlideFiles
from bbbd.meetings.parts import MeetingParts
from bbbd.settings.current import CurrentSettings
from bbbd.slides.page_store import PageStore
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParts:
    """The connections of one server, and the slides over HTTP."""

    hub: Hub
    document_uploads: DocumentUploads
    slide_files: SlideFiles


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    rounds: GroupCommit,
    meetings: MeetingParts,
    page_store: PageStore,
    free_disk: FreeDisk,
    guesses: TokenRateLimit,
    page_version: str,
    refused: Refused,
    join_link: Callable[[Mapping[str, str]], str],
) -> LiveParts:
    """Return the parts for one server. ``join_link`` signs a join link with these parameters."""
    hub = Hub(
        meetings=meetings.meetings,
        expired_tokens=meetings.expired_tokens,
        rounds=rounds,
        sockets=environment.socket_timer,
        turns=environment.turns,
        current=current,
        metrics=environment.metrics,
        page=page_version,
        refused=refused,
        join_link=join_link,
    )
    uploads = DocumentUploads(
        hub=hub,
        guesses=guesses,
        disk=environment.disk,
        documents=meetings.documents,
        rounds=rounds,
        worker=environment.worker,
        current=current,
        free_disk=free_disk,
    )
    return LiveParts(hub=hub, document_uploads=uploads, slide_files=SlideFiles(uploads, page_store, environment.worker))
