"""The pytest plugin, as the author of another project's tests meets it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import ROOT, environment

from bbbd.values.durations import parse_duration


def run_example(directory: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "bbbd.testing", "-p", "no:cacheprovider", "-q", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=environment(PYTHONPATH=str(ROOT), **more),
    )


@pytest.mark.fresh
def test_the_documented_example_runs_green(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "developer.md").read_text()
    example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert example
    (tmp_path / "test_plugin.py").write_text(example[0])
    told = run_example(tmp_path, http_proxy="http://127.0.0.1:1")
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"[3-9] passed", told.stdout)


@pytest.mark.fresh
def test_each_test_has_a_server_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        """
import pytest
from bbbd.testing import Refused

@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_is_left(bbb, turn):
    assert bbb.call("getMeetings").findtext("messageKey") == "noMeetings"
    bbb.call("create", meetingID="same", name="<&ü>")
    assert [one["call"] for one in bbb.calls] == ["getMeetings", "create"]

def test_what_cannot_be_is_said(bbb):
    with pytest.raises(Refused, match="there is no meeting 'nobody'"):
        bbb.people.add("nobody", viewers=1)

def test_a_wrong_secret_is_refused(bbb):
    from urllib.request import urlopen
    assert b"checksumError" in urlopen(bbb.signed("getMeetings")[:-1] + "x").read()
"""
    )
    told = run_example(tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("90s", 90), ("6m", 360), ("1h30m", 5400), ("2d", 172_800), ("0.5h", 1800)],
)
def test_a_span_of_time_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "6 m", "-1", "1e3", "6x", "1..5s", "nan"])
def test_other_texts_are_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is not a span of time"):
        parse_duration(text)
