"""What slides of one server are made of, tied together."""

from __future__ import annotations

from collections.abc import Callable

from bbbd.api.server import Server
from bbbd.egress.agent import OutgoingAgent
from bbbd.egress.download import Downloader, DownloadRules
from bbbd.egress.response_limits import MOST_BYTES
from bbbd.egress.ssrf_guard import SsrfGuard
from bbbd.environment import Environment
from bbbd.slides.conversion_process import ConversionProcesses
from bbbd.slides.default_presentation import DefaultPresentation
from bbbd.slides.document_source import DocumentSource
from bbbd.slides.page_store import PageStore
from bbbd.slides.process_limits import ProcessLimits
from bbbd.slides.references import PageReferences
from bbbd.slides.service import SlideParts, Slides, SlideThreads


def slides_of(
    server: Server, machine: Environment, places: tuple[PageStore, PageReferences], free: Callable[[], int]
) -> Slides:
    """Return the slides of a server. ``free`` says how many bytes the disk has."""
    store, holdings = places
    sockets = machine.sockets or machine.timer

    def limits() -> ProcessLimits:
        now = server.settings
        return ProcessLimits(now.worker_memory, now.worker_seconds, now.max_pages, now.office_memory)

    def rules() -> DownloadRules:
        now = server.settings
        return DownloadRules(now.slides_schemes, now.slides_blocked_hosts, now.max_document)

    outgoing = OutgoingAgent(
        machine.network.reactor,
        SsrfGuard(
            lambda: server.settings.slides_networks, lambda: server.settings.own_ports, setting="bbbd.slidesNetworks"
        ),
        machine.network.names,
        machine.network.lookup,
        lambda: server.settings.callback_authorities,
        # A body that comes in pieces is longer on its way than it is.
        lambda: 2 * server.settings.max_document + MOST_BYTES,
    )
    sources = DocumentSource(
        machine.disk,
        server.documents,
        Downloader(outgoing, sockets, machine.disk, machine.worker, rules),
        machine.worker,
        lambda: server.settings.default_slides,
        lambda: server.settings.max_document,
    )
    parts = SlideParts(
        store,
        holdings,
        sources,
        ConversionProcesses(limits, lambda: server.settings.office),
        DefaultPresentation(holdings, machine.clock, lambda: server.settings.default_slides),
    )
    threads = SlideThreads(machine.thread, machine.worker, machine.jobs)
    return Slides(server.meetings, parts, threads, sockets, lambda: free() >= server.settings.min_free_disk)
