"""Makes the parts of a server that turn documents into slides."""

from __future__ import annotations

from bbbd.egress.agent import OutgoingAgent
from bbbd.egress.download import Downloader
from bbbd.egress.response_limits import MOST_BYTES
from bbbd.egress.ssrf_guard import Purpose, SsrfGuard
from bbbd.environment import Environment
from bbbd.limits import Refused
from bbbd.meetings.parts import MeetingParts
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.slides.conversion_process import ConversionProcesses
from bbbd.slides.default_presentation import DefaultPresentation
from bbbd.slides.document_source import DocumentSource
from bbbd.slides.page_store import PageStore
from bbbd.slides.references import PageReferences
from bbbd.slides.service import Slides
from bbbd.storage.free_disk import FreeDisk


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    meetings: MeetingParts,
    store: PageStore,
    references: PageReferences,
    free_disk: FreeDisk,
    refused: Refused,
) -> Slides:
    """Return the slides of one server."""
    disk, worker, network, timer = environment.disk, environment.worker, environment.network, environment.socket_timer
    outgoing = OutgoingAgent(
        reactor=network.reactor,
        guard=SsrfGuard(current, Purpose.SLIDES),
        names=network.names,
        lookup=network.lookup,
        current=current,
        largest=_largest,
    )
    downloader = Downloader(outgoing, timer, disk, worker, current, free_disk)
    return Slides(
        meetings=meetings.meetings,
        store=store,
        references=references,
        source=DocumentSource(disk, meetings.documents, downloader, worker, current),
        processes=ConversionProcesses(current),
        default_presentation=DefaultPresentation(references, environment.clock, current),
        timer=timer,
        thread=environment.thread,
        worker=worker,
        jobs=environment.jobs,
        free_disk=free_disk,
        refused=refused,
    )


def _largest(settings: Settings) -> int:
    """Return how many bytes a download may take on the wire: chunks make it longer than the document."""
    return 2 * settings.max_document + MOST_BYTES
