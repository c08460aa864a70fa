"""A pytest plugin for authors of BigBlueButton plugins: ``pytest -p bbbd.testing`` and the fixture ``bbb``.

The first test that uses the fixture starts a real server in developer mode on a free port of this machine; the server
stops at the end of the run. Each test has its own namespace on the server, so tests share nothing and can run in
parallel. docs/developer.md has an example.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener
from xml.etree import ElementTree as ET

import pytest

from bbbd.storage.disk import Disk
from bbbd.values.durations import parse_duration

#: Seconds that a request may take; a move of the clock causes much work.
_WITHIN = 120
#: A proxy has no way to a server on this machine.
_OPENER = build_opener(ProxyHandler({}))


class Refused(Exception):
    """Developer mode refused a request; the text is the reason."""


@dataclass(frozen=True)
class _Surface:
    """The paths of developer mode in one namespace."""

    url: str

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        """Send a request and return the answer. Raises ``Refused``."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - http to a server of our own
            f"{self.url}/{path}",
            data,
            {"Content-Type": "application/json"},
            method=method or ("POST" if data else "GET"),
        )
        try:
            with _OPENER.open(request, timeout=_WITHIN) as answer:
                return json.load(answer)
        except HTTPError as fault:
            text = fault.read()
            raise Refused(json.loads(text)["error"] if text.startswith(b"{") else str(fault)) from None


@dataclass(frozen=True)
class People:
    """Virtual people."""

    _surface: _Surface

    def add(self, meeting: str, *, moderators: int = 0, viewers: int = 0, guests: int = 0, seed: int = 0) -> list[str]:
        """Add a crowd; return its internal ids."""
        body = {"meetingID": meeting, "moderators": moderators, "viewers": viewers, "guests": guests, "seed": seed}
        users: list[str] = self._surface.ask("people", body)["users"]
        return users

    def join(self, meeting: str, name: str, *, role: str = "VIEWER", user_id: str = "", guest: bool = False) -> str:
        """Add one person; return the internal id."""
        body = {"meetingID": meeting, "name": name, "role": role, "userID": user_id, "guest": guest}
        user: str = self._surface.ask("people", body)["users"][0]
        return user

    def act(self, meeting: str, who: str, does: str, **more: Any) -> None:
        """Make one person act: speak, chat, raise hand, share camera, leave, start recording and so on."""
        self._surface.ask("people/act", {"meetingID": meeting, "who": who, "does": does, **more})

    def bustle(self, meeting: str, actions: int = 100, seed: int = 0) -> None:
        """Make random people in the meeting do random things."""
        self._surface.ask("people/act", {"meetingID": meeting, "bustle": actions, "seed": seed})

    def admit(self, meeting: str, *, admit: bool = True) -> int:
        """Admit or refuse the guests who wait; return their number."""
        answered: int = self._surface.ask("people/act", {"meetingID": meeting, "admit": admit})["answered"]
        return answered


@dataclass(frozen=True)
class BBB:
    """A BigBlueButton server for one test."""

    #: The URL for the configuration of an application: it ends with ``/bigbluebutton/``.
    url: str
    secret: str
    _surface: _Surface
    people: People = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", People(self._surface))

    def signed(self, call: str, **parameters: Any) -> str:
        """Return a call's URL with its checksum."""
        query = urlencode(parameters, quote_via=quote)
        checksum = hashlib.sha256(f"{call}{query}{self.secret}".encode()).hexdigest()
        return f"{self.url}api/{call}?{query}{'&' if query else ''}checksum={checksum}"

    def call(self, call: str, **parameters: Any) -> ET.Element:
        """Call the API, as an application would, and return the answer's root element."""
        with _OPENER.open(self.signed(call, **parameters), timeout=_WITHIN) as answer:
            return ET.fromstring(answer.read())  # noqa: S314 - as above

    def advance(self, span: str | float) -> None:
        """Move the clock by ``"6m"``, ``"1h30m"``, or seconds, and wait until all due work is done."""
        seconds = parse_duration(span) if isinstance(span, str) else span
        self._surface.ask("clock", {"advance": seconds})

    @property
    def state(self) -> dict[str, Any]:
        """The live meetings and their attendees."""
        found: dict[str, Any] = self._surface.ask("state")
        return found

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The received calls with parameters, answers and times, the latest last."""
        found: list[dict[str, Any]] = self._surface.ask("calls")["calls"]
        return found

    @property
    def callbacks(self) -> list[dict[str, Any]]:
        """The tries of callbacks with their results, the latest last."""
        found: list[dict[str, Any]] = self._surface.ask("callbacks")["callbacks"]
        return found

    def send_again(self, callback: dict[str, Any]) -> None:
        """Send a callback again."""
        self._surface.ask("callbacks/again", {"id": callback["id"]})

    def recordings(self, meeting: str, count: int = 1, **more: Any) -> list[str]:
        """Make recordings of a meeting; return their ids. ``notify=True`` notifies applications."""
        ids: list[str] = self._surface.ask("recordings", {"meetingID": meeting, "count": count, **more})["recordIDs"]
        return ids

    def fail(self, fault: str, call: str = "", **more: Any) -> None:
        """Make calls fail: delay, cut, html, malformed, missing, notFound, slow."""
        self._surface.ask("faults", {"fault": fault, "call": call, **more})

    def mend(self) -> None:
        """Remove all faults."""
        self._surface.ask("faults", method="DELETE")

    def reset(self) -> None:
        """Delete everything in the namespace of the test."""
        self._surface.ask("reset", {})


@dataclass(frozen=True)
class _Running:
    url: str
    secret: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if '"event": "started"' in line:
            return
    raise RuntimeError(f"bbbd did not start: {''.join(lines[-20:])}")


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    with process.stderr as lines:
        for _line in lines:
            pass


@pytest.fixture(scope="session")
def bbbd_daemon() -> Iterator[_Running]:
    """The server that all tests of a run share."""
    secret, port = secrets.token_hex(20), _free_port()
    with tempfile.TemporaryDirectory(prefix="bbbd-testing-") as directory:
        settings = Path(directory) / "bbbd.properties"
        Disk().replace(settings, f"securitySalt={secret}\nbbbd.sync=never\n".encode())
        command = [
            str(Path(sys.executable).with_name("twistd")),
            "-n",
            "--pidfile=",
            "bbbd",
            "--developer",
            "--settings",
            str(settings),
            "--data-dir",
            f"{directory}/data",
            "--listen",
            f"tcp:{port}:interface=127.0.0.1",
        ]
        # No setting of the surroundings reaches a server of the tests.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BBBD_")}
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment, cwd=directory
        )
        try:
            _wait(process)
            # A full pipe would stop the server, so a thread keeps reading.
            Thread(target=_drain, args=(process,), daemon=True).start()
            yield _Running(f"http://127.0.0.1:{port}", secret)
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def bbb(bbbd_daemon: _Running) -> Iterator[BBB]:
    """A BigBlueButton server for one test."""
    name = f"test-{secrets.token_hex(8)}"
    base = f"{bbbd_daemon.url}/{name}"
    server = BBB(f"{base}/bigbluebutton/", bbbd_daemon.secret, _Surface(f"{base}/developer"))
    yield server
    server.reset()
