"""The units in etc/, examined by systemd's own programs, and their system calls tried with a real daemon."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import ROOT, Daemon, awaited, environment
from process_fork import BIN, Files, Process
from sample_documents import body, document, pdf
from system_calls import HEADER

ETC = ROOT / "etc"
#: The highest exposure that is accepted, of 10.
MOST_EXPOSED = 1.5
examined = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def analyze(*arguments: str) -> str:
    """Run ``systemd-analyze`` and return all that it says."""
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def exposure(unit: Path) -> float:
    found = re.search(
        r"Overall exposure level for bbbd.service: ([0-9.]+)", analyze("security", "--offline=true", str(unit))
    )
    assert found
    return float(found[1])


def installed(directory: Path, *drop_ins: str) -> Path:
    """Install the units in a directory, with a program that exists."""
    unit = (ETC / "bbbd.service").read_text().replace("/opt/bbbd/bin/bbbd", str(BIN / "bbbd"))
    (directory / "bbbd.service").write_text(unit)
    shutil.copy(ETC / "bbbd.socket", directory)
    (directory / "bbbd.service.d").mkdir()
    for name in drop_ins:
        shutil.copy(ETC / "bbbd.service.d" / f"{name}.conf", directory / "bbbd.service.d")
    return directory / "bbbd.service"


@examined
def test_the_service_is_hardly_exposed(tmp_path: Path) -> None:
    assert exposure(ETC / "bbbd.service") <= MOST_EXPOSED
    # The measure is one: without its sandbox the service is far above.
    unit = tmp_path / "bbbd.service"
    unit.write_text(
        re.sub(r"^(Private|Protect|Restrict|SystemCall).*$", "", (ETC / "bbbd.service").read_text(), flags=re.MULTILINE)
    )
    assert exposure(unit) > MOST_EXPOSED


@examined
@pytest.mark.parametrize(
    "drop_ins", [(), ("socket", "credentials"), ("behind-a-proxy",), ("bigbluebutton",), ("apparmor",)], ids="-".join
)
def test_the_units_are_without_fault(tmp_path: Path, drop_ins: tuple[str, ...]) -> None:
    unit = installed(tmp_path, *drop_ins)
    told = analyze("verify", "--man=no", str(unit), str(tmp_path / "bbbd.socket"))
    assert [line for line in told.splitlines() if "bbbd" in line] == []
    # The check is one: a mistake is found in what was just read.
    target = tmp_path / "bbbd.service.d" / f"{drop_ins[0]}.conf" if drop_ins else unit
    target.write_text(target.read_text().replace("[Service]", "[Service]\nMisspelt=yes"))
    assert "Misspelt" in analyze("verify", "--man=no", str(unit))


def test_every_drop_in_is_tried() -> None:
    names = {path.stem for path in (ETC / "bbbd.service.d").glob("*.conf")}
    assert names == {"socket", "credentials", "behind-a-proxy", "bigbluebutton", "apparmor"}


class Restricted(Daemon):
    """A daemon with the system calls of the unit alone."""

    def launch(self, arguments: list[str], files: Files) -> Process:
        stdin, stdout, stderr = files
        launcher = [sys.executable, str(Path(__file__).parents[1] / "system_calls.py"), str(ETC / "bbbd.service")]
        return subprocess.Popen(
            [*launcher, str(BIN / "twistd"), *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment(),
            cwd=ROOT,
        )


@examined
@pytest.mark.skipif(not HEADER.exists(), reason="the numbers of the system calls are not known (linux-libc-dev)")
@awaited
async def test_the_system_calls_of_the_unit_are_enough(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(kind=Restricted)
    slides = body(document("a.pdf", pdf("One", "Two")))
    headers = {"Content-Type": "application/xml"}
    made = await daemon.query("create", "meetingID=demo&record=true", method="POST", headers=headers, body=slides)
    assert made.code == "SUCCESS"
    assert (await daemon.until_logged("slides_ready"))["level"] == "info"
    assert (await daemon.call("end", meetingID="demo")).code == "SUCCESS"
    assert daemon.end() == 0
    assert daemon.logged("stopped") == 1
