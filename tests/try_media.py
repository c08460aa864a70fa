"""Starts bbbd, Janus and coturn on this machine, for two browser windows: ``make media``."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from janus_process import started

BIN = Path(sys.executable).parent
#: Tries to start Janus, which may end at its start.
TRIES = 20
PROGRAMS = {"janus": "janus", "turnserver": "coturn"}


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
        processes = [subprocess.Popen(["turnserver", "-c", turn], stdout=log, stderr=log)]
        tries = (started(["janus"], janus, data / "janus.log") for _try in range(TRIES))
        running = next((process for process in tries if process is not None), None)
        if running is None:
            processes[0].terminate()
            print(f"Janus does not start: {data}/janus.log says why")
            return 1
        processes.append(running)
        print(f"Logs of Janus and coturn: {data}. Ctrl+C stops all. Open in two windows:")
        urls: tuple[tuple[str, ...], ...] = (("create", "meetingID=demo", "name=Demo"),)
        urls += tuple(("join", "meetingID=demo", f"fullName={name}", "role=MODERATOR") for name in ("Ada", "Bob"))
        for url in urls:
            subprocess.run([BIN / "bbbd", "url", *url, "--settings", settings], check=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.run([BIN / "bbbd", "run", "--settings", settings], check=False).returncode
        finally:
            for process in processes:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
