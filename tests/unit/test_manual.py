"""Man pages and completions, made from the parser of the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bbbd.cli.main import SUBCOMMANDS

ROOT = Path(__file__).parent.parent.parent


def test_every_subcommand_has_a_page_and_shells_complete_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "packaging/manual.py"), str(tmp_path)], cwd=ROOT, check=True)
    pages = {path.name: path.read_text() for path in (tmp_path / "man").iterdir()}
    assert set(pages) == {"bbbd.1", *(f"bbbd-{name}.1" for name in SUBCOMMANDS)}
    assert r"bbbd\-meetings \- lists and ends the meetings" in pages["bbbd-meetings.1"]
    assert r"\-\-keep\-old" in pages["bbbd-secret.1"]
    bash = tmp_path / "completions/bbbd"
    subprocess.run(["bash", "-n", str(bash)], check=True)
    for completion in (bash, tmp_path / "completions/_bbbd"):
        assert "--keep-old" in completion.read_text()
