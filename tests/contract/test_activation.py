"""Socket activation: the daemon listens on sockets that systemd opened."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from activation import Activated, listening
from environment_reset import PATIENCE
from harness import ROOT, SECRET, Daemon, awaited, environment, free_port, signed
from process_fork import BIN

from bbbd.daemon.activation import activated


def ask(opened: socket.socket) -> bytes:
    """Send a request over a connection and return the whole answer."""
    opened.sendall(f"GET {signed('getMeetings')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = b""
    while piece := opened.recv(65536):
        answer += piece
    return answer


@awaited
async def test_every_socket_of_the_name_is_answered_and_stays_open(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    port, path = free_port(), tmp_path / "socket"
    by_path = socket.socket(socket.AF_UNIX)
    by_path.bind(str(path))
    by_path.listen()
    sockets = [("https", listening(port)), ("https", listening(port, "::1")), ("https", by_path)]
    sockets.append(("other", listening(free_port())))
    daemon = start_daemon(kind=Activated, port=port, sockets=sockets, settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    assert isinstance(daemon, Activated)
    assert (await daemon.until_logged("socket_unused"))["name"] == "other"
    for address in (("127.0.0.1", port), ("::1", port)):
        with socket.create_connection(address, timeout=PATIENCE) as opened:
            assert b"SUCCESS" in ask(opened)
    with socket.socket(socket.AF_UNIX) as opened:
        opened.connect(str(path))
        assert b"SUCCESS" in ask(opened)
    # It does not call itself, though no setting names its port.
    own = f"http://127.0.0.1:{port}/end"
    await daemon.call("create", meetingID="demo", meta_endCallbackUrl=own)
    assert f"port {port} is bbbd itself" in (await daemon.until_logged("callback_refused"))["message"]
    assert daemon.end() == 0
    # Nobody is refused while there is no daemon: connections wait for the next one.
    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    with socket.socket(socket.AF_UNIX) as opened:
        opened.connect(str(path))
    daemon.close()


@pytest.mark.parametrize(
    ("listen", "names", "says"),
    [
        ("systemd:name=https", "http:x", "no socket called https was handed over (LISTEN_FDNAMES=http:x)"),
        (
            "systemd:name=https",
            None,
            "no socket called https was handed over (LISTEN_FDNAMES is not set: is the socket",
        ),
        ("systemd:domain=INET:index=1", "https", "no socket number 1 was handed over (LISTEN_FDNAMES=https)"),
        ("systemd:https", "https", "it wants a name or an index, such as systemd:name=https"),
        ("systemd:name=https:index=0", "https", "it wants a name or an index"),
        ("systemd:index=first", "https", "it wants a name or an index"),
    ],
)
def test_a_socket_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, listen: str, names: str | None, says: str
) -> None:
    if names is not None:
        monkeypatch.setenv("LISTEN_FDNAMES", names)
    with pytest.raises(ValueError, match=re.escape(says)):
        activated(None, listen)


def test_a_wrong_socket_ends_the_start(tmp_path: Path) -> None:
    sockets = [("https", socket.socket(type=socket.SOCK_DGRAM))]
    daemon = Activated(directory=tmp_path / "data", sockets=sockets)
    assert daemon.wait() == 78
    daemon.close()
    (line,) = daemon.log
    assert line["message"].startswith(
        "bbbd.listen: systemd:name=https: the socket that was handed over is not one that"
    )


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not installed")
def test_the_first_request_starts_the_daemon_and_is_answered(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "data"
    data.mkdir()
    (data / "secret").write_text(f"{SECRET}\n")
    command = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", "--fdname=https", "-E", f"PATH={BIN}"]
    command += [str(BIN / "bbbd"), "run", "--settings", "/dev/null", "--data-dir", str(data)]
    command += ["--listen", "systemd:domain=INET:name=https"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(), cwd=ROOT, text=True)
    assert process.stderr is not None
    assert "Listening on" in process.stderr.readline()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as opened:
        assert b"SUCCESS" in ask(opened)
    process.terminate()
    lines = process.stderr.readlines()
    process.stderr.close()
    assert process.wait(PATIENCE) == 0
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"started", "server_url_unknown", "stopped"} <= {line["event"] for line in told}
