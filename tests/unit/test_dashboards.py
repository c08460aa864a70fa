"""The dashboard for Grafana and the alerts for Prometheus ask for metrics, labels and values that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bbbd.api.calls import CALLS
from bbbd.api.problems import Notice, Problem
from bbbd.metrics.declarations import METRICS, Metric, MetricType

ETC = Path(__file__).parent.parent.parent / "etc"
ALERTS, DASHBOARD = ETC / "alerts.yml", ETC / "grafana-dashboard.json"
#: Labels that Prometheus adds itself, and the bound of a bucket.
OF_PROMETHEUS = {"instance", "job", "le"}
#: Metrics that Prometheus makes itself.
MADE = {"up"}
_ENDINGS = {
    MetricType.HISTOGRAM: ("_bucket", "_sum", "_count"),
    MetricType.GAUGE_HISTOGRAM: ("_bucket", "_gsum", "_gcount"),
}
#: Every name of a sample, with its metric.
SAMPLES = {metric.name + ending: metric for metric in METRICS for ending in _ENDINGS.get(metric.type, ("",))}
OUTCOMES = {"ok"} | {problem.key for problem in Problem} | {notice.value[0] for notice in Notice}


def expressions() -> dict[str, str]:
    """Return all expressions by the name of the alert or the panel."""
    alerts = re.findall(r"alert: (\w+)\n(?:\s+#.*\n)?\s+expr: (.*)", ALERTS.read_text())
    panels = json.loads(DASHBOARD.read_text())["panels"]
    targets = [
        (f"{panel['title']} {target['refId']}", target["expr"])
        for panel in panels
        for target in panel.get("targets", ())
    ]
    return dict([*alerts, *targets])


def test_every_alert_is_looked_at() -> None:
    assert sum(name.startswith("Bbbd") for name in expressions()) == ALERTS.read_text().count("- alert:") > 15


@pytest.mark.parametrize("name", expressions())
def test_an_expression_asks_for_what_there_is(name: str) -> None:
    expression = expressions()[name]
    asked = set(re.findall(r"\b(?:bbbd?|process)_\w+|\bup\b", expression))
    assert asked
    assert asked <= SAMPLES.keys() | MADE
    metrics = [SAMPLES[one] for one in asked - MADE]
    labels = {label.name: label for metric in metrics for label in metric.labels}
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        assert set(re.split(r",\s*", group)) <= labels.keys() | OF_PROMETHEUS
    for label, values in re.findall(r'(\w+)[!=]~?"([^"]*)"', expression):
        if label not in OF_PROMETHEUS:
            assert set(values.split("|")) <= allowed(label, metrics)


def allowed(label: str, metrics: list[Metric]) -> set[str]:
    """Return the values that a label of a metric may have."""
    by_source = {"outcome": OUTCOMES, "call": set(CALLS)}
    found = {value for metric in metrics for one in metric.labels if one.name == label for value in one.values}
    return found or by_source[label]


@pytest.mark.parametrize("metric", [one for one in METRICS if one.name.startswith("bbbd_")], ids=lambda one: one.name)
def test_the_dashboard_shows_every_metric_of_bbbd(metric: Metric) -> None:
    assert re.search(rf"\b{metric.name}(_bucket)?\b", DASHBOARD.read_text())


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed: Debian's package is prometheus")
def test_prometheus_reads_the_rules_and_the_expressions(tmp_path: Path) -> None:
    panels = [one.replace("$__rate_interval", "5m") for one in expressions().values()]
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(panels)]
    # JSON is YAML as well.
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS), str(tmp_path / "panels.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
