"""Starts bbbd, Janus and coturn on this machine, for two browser windows: ``make media``."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
PROGRAMS = {"janus": "janus", "turnserver": "coturn"}
#: Seconds between two tries to start Janus, which may end at its start.
PAUSE = 0.5


def main(data: Path) -> int:
    """Start all, until Ctrl+C or the end of bbbd."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        print(f"Not installed: {', '.join(missing)}. On Debian: apt-get install {' '.join(missing)}")
        return 1
    janus, settings = data / "janus", data / "media.properties"
    data.mkdir(0o700, parents=True, exist_ok=True)
    subprocess.run([BIN / "bbbd", "janus-config", janus], check=True, stdout=subprocess.DEVNULL)
    shared = secrets.token_urlsafe(24)
    settings.write_text(
        f"# Made by make media.\nbbbd.dataDir={data}\nbbbd.logFormat=text\nbbbd.janus=unix:{janus}/api.sock\n"
        f"bbbd.turnServers=turn:127.0.0.1:3478\nbbbd.turnSecret={shared}\n"
    )
    turn = data / "turn.conf"
    turn.write_text(
        "listening-ip=127.0.0.1\nlistening-port=3478\nrealm=bbbd\nuse-auth-secret\nno-tls\nno-cli\n"
        f"allow-loopback-peers\nstatic-auth-secret={shared}\nlog-file={data}/coturn.log\nsimple-log\npidfile={data}/turn.pid\n"
    )
    turn.chmod(0o600)
    with (data / "janus.log").open("ab") as log:
        started = [subprocess.Popen(["turnserver", "-c", turn], stdout=log, stderr=log)]
        started.append(_start_janus(janus, log.fileno()))
        print(f"Logs of Janus and coturn: {data}. Ctrl+C stops all. Open in two windows:")
        urls: tuple[tuple[str, ...], ...] = (("create", "meetingID=demo", "name=Demo"),)
        urls += tuple(("join", "meetingID=demo", f"fullName={name}", "role=MODERATOR") for name in ("Ada", "Bob"))
        for url in urls:
            subprocess.run([BIN / "bbbd", "url", *url, "--settings", settings], check=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.run([BIN / "bbbd", "run", "--settings", settings], check=False).returncode
        finally:
            for process in started:
                process.terminate()
                process.wait()


def _start_janus(directory: Path, log: int) -> subprocess.Popen[bytes]:
    while True:
        process = subprocess.Popen(["janus", "--configs-folder", directory], stdout=log, stderr=log)
        time.sleep(PAUSE)
        if process.poll() is None:
            return process


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
