"""What slides of one server are made of, tied together."""

from __future__ import annotations

from collections.abc import Callable

from bbbd.api.server import Server
from bbbd.assembly.machine import Machine
from bbbd.egress.bounds import MOST_BYTES
from bbbd.egress.destinations import Destinations
from bbbd.egress.fetching import Fetcher, Rules
from bbbd.egress.outgoing import Outgoing
from bbbd.slides.converting import Converter
from bbbd.slides.holdings import Holdings
from bbbd.slides.limits import Limits
from bbbd.slides.slides import Parts, Slides, Threads
from bbbd.slides.sources import Sources
from bbbd.slides.standard import Standard
from bbbd.slides.store import Store


def slides_of(server: Server, machine: Machine, places: tuple[Store, Holdings], free: Callable[[], int]) -> Slides:
    """Return the slides of a server. ``free`` says how many bytes the disk has."""
    store, holdings = places
    sockets = machine.sockets or machine.timer

    def limits() -> Limits:
        now = server.settings
        return Limits(now.worker_memory, now.worker_seconds, now.max_pages, now.office_memory)

    def rules() -> Rules:
        now = server.settings
        return Rules(now.slides_schemes, now.slides_blocked_hosts, now.max_document)

    outgoing = Outgoing(
        machine.network.reactor,
        Destinations(
            lambda: server.settings.slides_networks, lambda: server.settings.own_ports, setting="bbbd.slidesNetworks"
        ),
        machine.network.names,
        machine.network.lookup,
        lambda: server.settings.callback_authorities,
        # A body that comes in pieces is longer on its way than it is.
        lambda: 2 * server.settings.max_document + MOST_BYTES,
    )
    sources = Sources(
        machine.disk,
        server.documents,
        Fetcher(outgoing, sockets, machine.disk, machine.worker, rules),
        machine.worker,
        lambda: server.settings.default_slides,
        lambda: server.settings.max_document,
    )
    parts = Parts(
        store,
        holdings,
        sources,
        Converter(limits, lambda: server.settings.office),
        Standard(holdings, machine.clock, lambda: server.settings.default_slides),
    )
    threads = Threads(machine.thread, machine.worker, machine.jobs)
    return Slides(server.meetings, parts, threads, sockets, lambda: free() >= server.settings.min_free_disk)
