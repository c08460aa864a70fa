"""The site: accepts connections, limits their number, checks their time limits, and finds the callers of requests.

One reaper checks the time limits of all connections, once a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory
from twisted.web.http import datetimeToString
from twisted.web.resource import Resource

from bbbd.http.addresses import address_of, host_of
from bbbd.http.body_budget import BodyBudget
from bbbd.http.channel import Channel
from bbbd.http.head import own_target
from bbbd.http.request import BodyPolicy, Request
from bbbd.limits import Limit, Refused
from bbbd.settings.current import CurrentSettings
from bbbd.short_turns import heard_until, in_slices

#: Limit of connections from one address that is not a trusted proxy.
MOST_OF_ONE_ADDRESS = 1000
#: Connections above all limits, for probes of health and metrics from addresses that the operator names.
MOST_PROBES = 50
#: The paths of probes. A connection above the limits is closed when it asks for another.
PROBE_PATHS = frozenset((b"/healthz", b"/readyz", b"/metrics"))


class Site(Factory):
    """The site of one server: its connections, and the limits on how many there are."""

    noisy = False

    def __init__(
        self,
        resource: Resource,
        clock: IReactorTime,
        current: CurrentSettings,
        bodies: BodyPolicy,
        budget: BodyBudget,
        refused: Refused,
    ) -> None:
        #: The root of the tree of resources.
        self.resource = resource
        self.seconds = clock.seconds
        self._clock = clock
        self.current = current
        self.bodies = bodies
        self.budget = budget
        self.refused = refused
        self.channels: set[Channel] = set()
        #: Whether the server stops: then each connection is closed after its answer.
        self.is_stopping = False
        self._probes: set[Channel] = set()
        self._addresses: Counter[str] = Counter()
        self._date = (-1, b"")

    def buildProtocol(self, addr: IAddress | None) -> Channel | None:
        """Return the protocol of a new connection; None if too many are open, in all or from one address."""
        host = host_of(addr)
        limit = self._limit_of(host)
        if limit is None:
            return Channel(self)
        if len(self._probes) >= MOST_PROBES or not self._may_probe(host):
            self.refused(host, limit)
            return None
        return Channel(self, is_probe=True)

    def _limit_of(self, host: str) -> Limit | None:
        """Return the limit that refuses another connection of an address, None if there is room."""
        most = self.current.settings.max_connections
        if most and len(self.channels) - len(self._probes) >= most:
            return Limit.CONNECTIONS
        full = self._addresses[host] >= MOST_OF_ONE_ADDRESS and not self._trusted(host)
        return Limit.CONNECTIONS_OF_ADDRESS if full else None

    def opened(self, channel: Channel) -> None:
        """Count a connection."""
        self.channels.add(channel)
        if channel.is_probe:
            self._probes.add(channel)
        else:
            self._addresses[channel.host] += 1

    def closed(self, channel: Channel) -> None:
        """Stop counting a connection."""
        self.channels.discard(channel)
        if channel.is_probe:
            self._probes.discard(channel)
            return
        self._addresses[channel.host] -= 1
        if not self._addresses[channel.host]:
            del self._addresses[channel.host]

    @property
    def answers(self) -> bool:
        """Whether there is a connection of requests, other than a WebSocket."""
        return any(channel.upgraded is None for channel in self.channels)

    def close_idle(self, *, new_too: bool) -> None:
        """Close idle connections now, and those of requests in progress after their answer; not WebSockets.

        A new connection, whose first request is on its way, is closed only if ``new_too`` says so.
        """
        for channel in list(self.channels):
            if channel.upgraded is None and (new_too or not channel.is_new):
                channel.close_when_done()

    def close_upgraded(self) -> None:
        """Close the WebSockets: the server will be back."""
        for channel in list(self.channels):
            if channel.upgraded is not None:
                channel.upgraded.stop()

    def reap(self) -> None:
        """Close the connections whose client is too slow. Called once a second."""
        in_slices(self._clock, list(self.channels), self._reap)

    def _reap(self, channels: Sequence[Channel]) -> None:
        now = heard_until(self._clock)
        for channel in channels:
            if channel in self.channels and channel.is_late(now):
                channel.time_out()

    def date(self) -> bytes:
        """Return the date for a header, made once a second."""
        now = int(self.seconds())
        if now != self._date[0]:
            self._date = (now, datetimeToString())
        return self._date[1]

    def own_target(self, target: bytes) -> bytes | None:
        """Return the path and query of a target on this site, None for one that is elsewhere."""
        return own_target(target, self.current.settings)

    def _trusted(self, host: str) -> bool:
        if not host:
            # A unix socket: only a proxy on this machine can use it.
            return True
        return any(address_of(host) in network for network in self.current.settings.trusted_proxies)

    def _may_probe(self, host: str) -> bool:
        """Return whether an address may probe health when no other connection is accepted."""
        return self._trusted(host) or any(address_of(host) in network for network in self.current.settings.metrics_from)

    def is_probe_path(self, path: bytes) -> bool:
        """Return whether a path is one of health or metrics."""
        return path in PROBE_PATHS

    def caller_of(self, request: Request) -> str:
        """Return the caller's address: behind trusted proxies, the right-most one that is not a proxy."""
        caller = request.channel.host
        forwarded = request.headers.select(b"X-Forwarded-For")
        if not forwarded:
            return caller or "unix"
        for address in reversed([part.strip() for part in b",".join(forwarded).decode("latin-1").split(",")]):
            if not self._trusted(caller):
                break
            try:
                caller = str(address_of(address))
            except ValueError:
                break
        return caller or "unix"
