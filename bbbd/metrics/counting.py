"""The counters and histograms of one server. They count in memory only; ``bbbd.monitoring`` writes them.

An increment is one addition in a dictionary: it is done for every call and every event. All of them are done in the
reactor's thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from itertools import product

from bbbd.metrics.declarations import METRICS, Metric, MetricType

#: The values of a metric's labels, in the order of its declaration.
LabelValues = tuple[str, ...]


class Histogram:
    """The values that one series of a histogram has observed: how many in each bucket, and their sum."""

    __slots__ = ("_bounds", "in_buckets", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        #: The last one is that of values above all bounds.
        self.in_buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.in_buckets[bisect_left(self._bounds, value)] += 1
        self.total += value


class Metrics:
    """The metrics of one server that are counted when something happens, and gauges of parts outside of it."""

    def __init__(self) -> None:
        self._counters: dict[Metric, Counter[LabelValues]] = {}
        self._histograms: dict[Metric, dict[LabelValues, Histogram]] = {}
        #: Functions that return the values of gauges without labels; a gauge without one is absent.
        self.gauges: dict[Metric, Callable[[], float]] = {}
        for metric in METRICS:
            known = [label.values for label in metric.labels]
            if metric.type is MetricType.COUNTER:
                self._counters[metric] = Counter(dict.fromkeys(product(*known), 0) if all(known) else {})
            elif metric.type is MetricType.HISTOGRAM:
                self._histograms[metric] = {}

    def count(self, metric: Metric, *labels: str) -> None:
        """Increase a counter by one."""
        self._counters[metric][labels] += 1

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Have a histogram observe a value."""
        histogram = self._histograms[metric].get(labels) or self.series(metric, *labels)
        histogram.observe(value)

    def series(self, metric: Metric, *labels: str) -> Histogram:
        """Return one series of a histogram."""
        series = self._histograms[metric]
        histogram = series.get(labels)
        if histogram is None:
            histogram = series[labels] = Histogram(metric.buckets)
        return histogram

    def set_function(self, metric: Metric, function: Callable[[], float]) -> None:
        """Have a gauge without labels computed at each scrape."""
        self.gauges[metric] = function

    def counts(self, metric: Metric) -> dict[LabelValues, int]:
        """Return the series of a counter."""
        return self._counters[metric]

    def histograms(self, metric: Metric) -> dict[LabelValues, Histogram]:
        """Return the series of a histogram."""
        return self._histograms[metric]
