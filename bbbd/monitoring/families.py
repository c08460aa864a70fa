"""All metrics of one server as families of prometheus_client, which writes them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from bbbd.clock import boot_time
from bbbd.metrics.counting import Histogram, Metrics
from bbbd.metrics.declarations import METRICS, PROCESS, Metric, MetricType
from bbbd.monitoring.gauges import Gauges


class Process(ProcessCollector):
    """The process, also where ``/proc/stat`` is hidden (``ProcSubset=pid`` of systemd)."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        super().__init__(proc=str(proc), registry=None)

    def _boot_time(self) -> float:
        return boot_time()


class ServerCollector(Collector):
    """Collects what was counted and what is true now. A metric without a value is left out."""

    def __init__(self, metrics: Metrics, gauges: Gauges) -> None:
        self._metrics = metrics
        self._gauges = gauges
        self._process = Process()

    def collect(self) -> Iterator[Family]:
        """Give all families."""
        sizes = self._gauges.sizes()
        gauges = {metric: _gauge(metric) for metric in METRICS if metric.type is MetricType.GAUGE}
        for metric, labels, value in self._gauges.samples(sizes):
            gauges[metric].add_metric(labels, value)
        for metric, function in self._metrics.gauges.items():
            gauges[metric].add_metric((), function())
        yield from (family for family in gauges.values() if family.samples)
        for metric, histogram in self._gauges.rooms(sizes):
            rooms = GaugeHistogramMetricFamily(metric.name, metric.meaning)
            rooms.add_metric((), _buckets(metric, histogram), histogram.total)
            yield rooms
        for metric in METRICS:
            if metric.type is MetricType.COUNTER and metric not in PROCESS:
                yield self._counter(metric)
            elif metric.type is MetricType.HISTOGRAM and self._metrics.histograms(metric):
                yield self._histogram(metric)
        yield from self._process.collect()

    def _counter(self, metric: Metric) -> Family:
        family = CounterMetricFamily(metric.name, metric.meaning, labels=_names(metric))
        for labels, count in list(self._metrics.counts(metric).items()):
            family.add_metric(labels, count)
        return family

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(metric.name, metric.meaning, labels=_names(metric))
        for labels, histogram in self._metrics.histograms(metric).items():
            family.add_metric(labels, _buckets(metric, histogram), histogram.total)
        return family


def _gauge(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.meaning, labels=_names(metric))


def _names(metric: Metric) -> tuple[str, ...]:
    return tuple(label.name for label in metric.labels)


def _buckets(metric: Metric, histogram: Histogram) -> list[tuple[str, float]]:
    """Return the upper bounds, each with the number of values up to it."""
    bounds = [floatToGoString(bound) for bound in (*metric.buckets, float("inf"))]
    return list(zip(bounds, accumulate(histogram.in_buckets), strict=True))
