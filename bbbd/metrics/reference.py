"""The reference of metrics: ``docs/metrics.md``, made from the declarations."""

from __future__ import annotations

from bbbd.metrics.declarations import METRICS, Label, Metric, MetricType
from bbbd.values.markdown import MADE, cell, code

_INTRODUCTION = (
    "# Metrics",
    "",
    "`GET /metrics` answers in the text format of Prometheus, to the addresses in `bbbd.metricsFrom` alone; everybody"
    " else gets 404. [operating.md](operating.md#monitoring) tells how to scrape it. All values come from memory, and"
    " counters begin at 0 with each start. The names of the bigbluebutton-exporter (`bbb_*`) are kept, so its"
    " dashboards work.",
    "",
    "| metric | type | labels | meaning |",
    "|---|---|---|---|",
)


def metrics_page() -> str:
    """Return the page of all metrics."""
    return "\n".join((MADE, *_INTRODUCTION, *map(_row, METRICS), ""))


def _row(metric: Metric) -> str:
    labels = "<br>".join(map(_label, metric.labels))
    buckets = f" Buckets: {', '.join(f'{bound:g}' for bound in metric.buckets)}." if metric.buckets else ""
    kind = "gauge histogram" if metric.type is MetricType.GAUGE_HISTOGRAM else metric.type.value
    return f"| {code(metric.name)} | {kind} | {labels} | {cell(metric.meaning)}{buckets} |"


def _label(label: Label) -> str:
    return f"{code(label.name)}: {', '.join(map(code, label.values)) or cell(label.source)}"
