"""What slides of one server are made of, tied together."""

from __future__ import annotations

from bbbd.api.server import Server
from bbbd.egress.agent import OutgoingAgent
from bbbd.egress.download import Downloader
from bbbd.egress.response_limits import MOST_BYTES
from bbbd.egress.ssrf_guard import Purpose, SsrfGuard
from bbbd.environment import Environment
from bbbd.settings.settings import Settings
from bbbd.slides.conversion_process import ConversionProcesses
from bbbd.slides.default_presentation import DefaultPresentation
from bbbd.slides.document_source import DocumentSource
from bbbd.slides.page_store import PageStore
from bbbd.slides.references import PageReferences
from bbbd.slides.service import SlideParts, Slides, SlideThreads


def _largest(settings: Settings) -> int:
    """Return how many bytes a download may take on the wire: chunks make it longer than the document."""
    return 2 * settings.max_document + MOST_BYTES


def slides_of(server: Server, machine: Environment, places: tuple[PageStore, PageReferences]) -> Slides:
    """Return the slides of a server."""
    store, holdings = places
    sockets = machine.sockets or machine.timer
    current = server.current

    outgoing = OutgoingAgent(
        machine.network.reactor,
        SsrfGuard(current, Purpose.SLIDES),
        machine.network.names,
        machine.network.lookup,
        current,
        _largest,
    )
    sources = DocumentSource(
        machine.disk,
        server.documents,
        Downloader(outgoing, sockets, machine.disk, machine.worker, current),
        machine.worker,
        current,
    )
    parts = SlideParts(
        store,
        holdings,
        sources,
        ConversionProcesses(current),
        DefaultPresentation(holdings, machine.clock, current),
    )
    threads = SlideThreads(machine.thread, machine.worker, machine.jobs)
    return Slides(server.meetings, parts, threads, sockets, server.free_disk)
