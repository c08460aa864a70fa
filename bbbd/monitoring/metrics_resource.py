"""``/metrics``: the metrics for Prometheus, for callers in ``bbbd.metricsFrom`` alone."""

from __future__ import annotations

import ipaddress

from bbbd.http.request import Request
from bbbd.http.responses import not_found
from bbbd.metrics.counting import Metrics
from bbbd.monitoring.gauges import Gauges
from bbbd.monitoring.health import ProbeResource
from bbbd.settings.current import CurrentSettings

#: Headers that show that a proxy has passed a request on.
_OF_PROXIES = (b"Forwarded", b"Via", b"X-Forwarded-Host", b"X-Forwarded-Proto", b"X-Real-IP")


class MetricsResource(ProbeResource):
    """Answers with all metrics of one server; to callers that may not read them there is no such page."""

    def __init__(self, current: CurrentSettings, metrics: Metrics, gauges: Gauges) -> None:
        super().__init__()
        self._current = current
        self._metrics, self._gauges = metrics, gauges

    def respond(self, request: Request) -> None:
        """Answer a request."""
        if not self._may_read(request):
            not_found(request)
            return
        from bbbd.monitoring.exposition import written  # noqa: PLC0415 - a megabyte that not every server needs

        text, content_type = written(self._metrics, self._gauges, request.header(b"Accept") or "")
        request.answer(text, content_type)

    def _may_read(self, request: Request) -> bool:
        """Return whether the caller's real address may read metrics.

        An address that only a proxy could know, but does not tell, is none of them: without this, whatever a proxy on
        this machine passes on would seem to come from this machine.
        """
        if b"X-Forwarded-For" in request.headers:
            is_told = request.caller != (request.channel.host or "unix")
        else:
            is_told = not any(name in request.headers for name in _OF_PROXIES)
        try:
            address = ipaddress.ip_address(request.caller)
        except ValueError:
            # A unix socket tells no address.
            return False
        return is_told and any(address in network for network in self._current.settings.metrics_from)
