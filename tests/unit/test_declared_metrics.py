"""Metrics: their declarations, and what counts them."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bbbd.api.calls import CALLS
from bbbd.callbacks.deliveries import CallbackKind
from bbbd.metrics.counting import Histogram, Metrics
from bbbd.metrics.declarations import (
    CALLBACKS,
    EVENTS,
    JOURNAL_FAULTS,
    METRICS,
    PROCESS,
    REQUEST_SECONDS,
    Metric,
    MetricType,
)
from bbbd.metrics.reference import metrics_page
from bbbd.monitoring.families import Process


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_follows_the_rules_of_prometheus(metric: Metric) -> None:
    assert re.fullmatch(r"(bbbd?|process)_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.type is MetricType.COUNTER)
    assert metric.meaning.endswith(".")
    assert all(label.values or label.source for label in metric.labels)
    is_histogram = metric.type in (MetricType.HISTOGRAM, MetricType.GAUGE_HISTOGRAM)
    assert bool(metric.buckets) == is_histogram
    assert list(metric.buckets) == sorted(set(metric.buckets))


def test_every_metric_is_declared_once_and_in_the_reference() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    assert [name for name in names if f"| `{name}` |" not in metrics_page()] == []


def test_the_kinds_of_callbacks_are_those_that_there_are() -> None:
    assert CALLBACKS.labels[0].values == tuple(CallbackKind)


def test_a_counter_of_known_labels_begins_at_zero() -> None:
    metrics = Metrics()
    assert metrics.counts(JOURNAL_FAULTS) == {(what,): 0 for what in JOURNAL_FAULTS.labels[0].values}
    assert metrics.counts(EVENTS) == {}
    metrics.count(EVENTS, "Created")
    metrics.count(EVENTS, "Created")
    assert metrics.counts(EVENTS) == {("Created",): 2}


def test_servers_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.count(EVENTS, "Created")
    one.observe(REQUEST_SECONDS, 0.1, "create")
    assert (other.counts(EVENTS), other.histograms(REQUEST_SECONDS)) == ({}, {})


@given(some.lists(some.floats(0, 20)))
def test_a_histogram_counts_each_value_in_the_first_bucket_that_holds_it(values: list[float]) -> None:
    bounds = REQUEST_SECONDS.buckets
    histogram = Histogram(bounds)
    for value in values:
        histogram.observe(value)
    below = [sum(value <= bound for value in values) for bound in (*bounds, float("inf"))]
    assert [sum(histogram.in_buckets[: end + 1]) for end in range(len(below))] == below
    assert histogram.total == pytest.approx(sum(values))


def test_a_gauge_without_a_function_is_absent() -> None:
    metrics = Metrics()
    assert metrics.gauges == {}
    [gauge] = [one for one in METRICS if one.name == "bbbd_certificate_expiry_seconds"]
    metrics.set_function(gauge, lambda: 60)
    assert [function() for function in metrics.gauges.values()] == [60]


def test_no_call_is_named_as_what_is_none() -> None:
    assert not {"root", "unknown"} & CALLS.keys()


def test_the_process_is_seen_where_systemd_hides_all_but_processes(tmp_path: Path) -> None:
    # ProcSubset=pid: /proc has no file stat.
    (tmp_path / "self").symlink_to("/proc/self")
    found = {sample.name: sample.value for one in Process(tmp_path).collect() for sample in one.samples}
    assert found.keys() == {metric.name for metric in PROCESS}
    assert found["process_start_time_seconds"] == pytest.approx(time.time() - up(), abs=5)


def up() -> float:
    """Return for how many seconds this process has run."""
    begun = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun / os.sysconf("SC_CLK_TCK")
