"""BBBLB, the other whole BigBlueButton endpoint in Python, as a peer to compare with.

It wants Python 3.13 and has its own virtual environment, ``build/bench/peer``. ``PEER_PYTHON`` names an interpreter
where none is found by its usual name. Its answer is about a meeting that it does not know, so it asks no other server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "BBBLB, signed isMeetingRunning"
SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
#: SQLAlchemy's asyncio wants greenlet, which BBBLB 0.0.18 does not name.
PACKAGES = ("bbblb[server] >=0.0.18,<0.1", "greenlet >=3,<4")
PLACE = Path(__file__).resolve().parent.parent / "build" / "bench" / "peer"


def _is_new_enough(program: str) -> bool:
    code = "import sys; sys.exit(sys.version_info < (3, 13))"
    return subprocess.run([program, "-c", code], capture_output=True, check=False).returncode == 0


def _interpreter() -> str | None:
    names = (os.environ.get("PEER_PYTHON"), "python3.13", "python3.14", sys.executable)
    found = (shutil.which(name) for name in names if name)
    return next((program for program in found if program and _is_new_enough(program)), None)


def python() -> tuple[Path | None, str]:
    """Return the interpreter that has BBBLB, which is installed at the first time, or why there is none."""
    own = PLACE / "bin" / "python"
    made = PLACE / "made"
    if made.exists():
        return own, ""
    program = _interpreter()
    if program is None:
        return None, "it wants Python 3.13, which is not here (PEER_PYTHON names one)"
    subprocess.run([program, "-m", "venv", "--clear", str(PLACE)], check=True)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    if subprocess.run(pip, check=False).returncode:
        return None, "it could not be installed"
    made.touch()
    return own, ""


def prepare(program: Path, port: int, directory: Path) -> dict[str, str]:
    """Make its database, with one tenant; return its settings."""
    settings = {
        "BBBLB_DOMAIN": "127.0.0.1",
        "BBBLB_SECRET": SECRET,
        "BBBLB_DB": f"sqlite:///{directory}/bbblb.db",
        "BBBLB_PATH_DATA": str(directory),
    }
    make = [str(program), "-m", "bbblb", "tenant", "create", "--realm", f"127.0.0.1:{port}", "--secret", SECRET, "one"]
    subprocess.run(make, env=os.environ | settings, capture_output=True, check=True)
    return settings


def command(program: Path, port: int) -> list[str]:
    """Return the command that runs it."""
    words = ["uvicorn", "--port", str(port), "--no-access-log", "--log-level", "error", "bbblb.asgi:app"]
    return [str(program), "-m", *words]
