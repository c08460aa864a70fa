"""Firefox, driven by WebDriver BiDi, which it speaks itself: JSON over a WebSocket.

https://www.w3.org/TR/webdriver-bidi/; a window for each person, with cookies and storage of its own.
"""

from __future__ import annotations

import itertools
import json
import re
import select
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from driven_browsers import Protocol
from environment_reset import PATIENCE
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping, Request, TextMessage

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
_PREFERENCES = {
    # A microphone and a camera that nobody is asked for.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.volume_scale": "0.0",
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "remote.active-protocols": 1,
    "intl.accept_languages": "en-GB",
    "intl.locale.requested": "en-GB",
    # Nothing leaves the machine.
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "app.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "dom.disable_beforeunload": True,
}


class BidiError(Exception):
    """What the browser could not do, as it says it."""


class Firefox:
    """A Firefox without a screen, started with a profile of its own."""

    def __init__(self, directory: Path) -> None:
        assert FIREFOX
        profile = directory / "profile"
        profile.mkdir()
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items())
        (profile / "user.js").write_text("".join(lines))
        log = directory / "firefox.log"
        with log.open("w") as written:
            self._process = subprocess.Popen(
                [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)],
                stdout=written,
                stderr=written,
            )
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r"WebDriver BiDi listening on ws://([\d.]+):(\d+)", log.read_text())):
            assert self._process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            select.select([], [], [], 0.1)
        self._ids = itertools.count(1)
        self.logged: dict[str, list[str]] = {}
        self._connect(found[1], int(found[2]))
        capabilities = self.ask("session.new", capabilities={})["capabilities"]
        self.version: str = f"{capabilities['browserName']} {capabilities['browserVersion']}"
        self.ask("session.subscribe", events=["log.entryAdded"])

    def _connect(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), 2 * PATIENCE)
        self._frames = WSConnection(ConnectionType.CLIENT)
        self._socket.sendall(self._frames.send(Request(host=f"{host}:{port}", target="/session")))
        self._text, self._answers = "", dict[int, dict[str, Any]]()
        self._accepted = False
        while not self._accepted:
            self._read()

    def _read(self) -> None:
        data = self._socket.recv(65_536)
        assert data, "Firefox has closed the connection"
        self._frames.receive_data(data)
        for event in self._frames.events():
            if isinstance(event, AcceptConnection):
                self._accepted = True
            elif isinstance(event, Ping):
                self._socket.sendall(self._frames.send(event.response()))
            elif isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self._take(json.loads(self._text))
                    self._text = ""

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "event":
            entry = message["params"]
            if message["method"] == "log.entryAdded" and entry["level"] == "error":
                self.logged.setdefault(entry["source"].get("context", ""), []).append(entry["text"])
        else:
            self._answers[message["id"]] = message

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Have something done, and return the result."""
        asked = next(self._ids)
        self._socket.sendall(
            self._frames.send(TextMessage(data=json.dumps({"id": asked, "method": method, "params": params})))
        )
        while asked not in self._answers:
            self._read()
        answer = self._answers.pop(asked)
        if answer["type"] == "error":
            raise BidiError(f"{answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def opens(self, width: int, height: int) -> FirefoxWindow:
        """Open a window for somebody."""
        return FirefoxWindow(self, width, height)

    def ends(self) -> None:
        """Close it."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(PATIENCE)


class FirefoxWindow(Protocol):
    """A window of Firefox, with storage of its own."""

    def __init__(self, firefox: Firefox, width: int, height: int) -> None:
        self._firefox = firefox
        self._user = firefox.ask("browser.createUserContext")["userContext"]
        self.context: str = firefox.ask("browsingContext.create", type="window", userContext=self._user)["context"]
        firefox.ask("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def goes(self, url: str) -> None:
        self._firefox.ask("browsingContext.navigate", context=self.context, url=url, wait="interactive")

    def before(self, function: str) -> None:
        """Have a function run in each page before its own scripts."""
        self._firefox.ask("script.addPreloadScript", functionDeclaration=function, contexts=[self.context])

    def _call(self, body: str, *, wait: bool) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._firefox.ask(
                    "script.callFunction",
                    functionDeclaration=f"{'async ' if wait else ''}() => {{ {body} }}",
                    awaitPromise=wait,
                    target={"context": self.context},
                    userActivation=True,
                )
            except BidiError as fault:
                # The page has just given way to another.
                if time.monotonic() > end or not re.search("no such frame|AbortError|discarded", str(fault)):
                    raise
                continue
            if answer["type"] == "exception":
                raise AssertionError(answer["exceptionDetails"]["text"])
            result: dict[str, Any] = answer["result"]
            return result

    def run(self, body: str) -> Any:
        found = self._call(f"return JSON.stringify(await (async () => {{ {body} }})()) ?? 'null'", wait=True)
        return json.loads(found["value"])

    def _element(self, body: str) -> dict[str, str]:
        return {"sharedId": self._call(body, wait=False)["sharedId"]}

    def clicks(self, body: str) -> None:
        element = self._element(
            f"const it = (() => {{ {body} }})()" + "; it.scrollIntoView({block: 'center'}); return it"
        )
        self._acts(
            type="pointer",
            actions=[
                {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": element}},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ],
        )

    def types(self, text: str) -> None:
        keys = text.replace("\n", "\ue007")
        self._acts(type="key", actions=[{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")])

    def _acts(self, **source: Any) -> None:
        self._firefox.ask("input.performActions", context=self.context, actions=[{"id": source["type"], **source}])

    def gives(self, body: str, path: Path) -> None:
        self._firefox.ask("input.setFiles", context=self.context, element=self._element(body), files=[str(path)])

    def reports(self) -> list[str]:
        return self._firefox.logged.get(self.context, [])

    def ends(self) -> None:
        self._firefox.ask("browser.removeUserContext", userContext=self._user)
