"""All metrics of one server as a text, which prometheus_client writes. It is loaded when they are first asked for."""

from __future__ import annotations

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from bbbd.metrics.counting import Metrics
from bbbd.monitoring.families import ServerCollector
from bbbd.monitoring.gauges import Gauges


def written(metrics: Metrics, gauges: Gauges, accept: str) -> tuple[bytes, bytes]:
    """Return the text in the form that a caller accepts, and its type."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry()
    registry.register(ServerCollector(metrics, gauges))
    return encode(registry), content_type.encode()
