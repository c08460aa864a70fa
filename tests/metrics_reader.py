"""Reads metrics as Prometheus does."""

from __future__ import annotations

from harness import Caller, Memory, parse
from prometheus_client.parser import text_string_to_metric_families

#: The value of each series, by the name of its sample and its labels.
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def series_of(text: str) -> Series:
    """Return all series of a scrape; each may be there once."""
    found: Series = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


async def scrape(caller: Caller) -> Series:
    """Read the metrics of a server: of one in memory from its own machine."""
    if isinstance(caller, Memory):
        wire = caller.connect("127.0.0.1")
        wire.send(b"GET /metrics HTTP/1.1\r\nHost: bbb.example.org\r\n\r\n")
        answer = parse(wire.got())
        wire.hang_up()
    else:
        answer = await caller.fetch("/metrics")
    assert answer.status == 200
    return series_of(answer.body.decode())


def value(series: Series, name: str, **labels: str) -> float:
    """Return the value of one series."""
    return series[name, frozenset(labels.items())]


def names(series: Series) -> set[str]:
    """Return the names of all samples."""
    return {name for name, _labels in series}


def labelled(series: Series, name: str) -> dict[tuple[str, ...], float]:
    """Return the series of one name that are not 0, by their label values in the order of the labels' names."""
    return {
        tuple(value for _name, value in sorted(labels)): number
        for (one, labels), number in series.items()
        if one == name and number
    }
