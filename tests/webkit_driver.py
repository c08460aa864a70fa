"""WebKit, driven by its own WebDriver: requests of HTTP, on a screen that nobody sees.

https://www.w3.org/TR/webdriver2/; one driver has one window, so each person has a driver, and a browser, of their own.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from driven_browsers import Protocol
from environment_reset import PATIENCE
from harness import free_port

DRIVER = shutil.which("WebKitWebDriver")
_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)
_OPTIONS = (
    "--enable-media-stream=true",
    "--enable-webrtc=true",
    "--enable-mock-capture-devices=true",
    "--features=-MockCaptureDevicesPrompt",
    "--enable-write-console-messages-to-stdout=true",
)
#: How its log has the errors of a page.
_FAULT = re.compile(r"^CONSOLE \S+ ERROR .*", re.MULTILINE)
#: What stands for an element in what is sent and what comes.
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def missing() -> str:
    """Return why there can be no WebKit here, "" if there can be."""
    needed = {"WebKitWebDriver": DRIVER, "MiniBrowser": _BROWSER, "Xvfb": shutil.which("Xvfb")}
    needed["dbus-run-session"] = shutil.which("dbus-run-session")
    absent = [name for name, found in needed.items() if not found]
    return f"there is no {absent[0]}: apt-get install webkit2gtk-driver xvfb dbus" if absent else ""


class Screen:
    """A screen that nobody sees."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = f":{told.readline().strip()}"

    def ends(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


class WebKitWindow(Protocol):
    """A browser with one window, and its driver."""

    def __init__(self, screen: Screen, directory: Path, width: int, height: int) -> None:
        directory.mkdir(mode=0o700)
        self._port = free_port()
        # A sandbox in a sandbox, and a graphics card, are not to be had in a container.
        environment = os.environ | {
            "DISPLAY": screen.name,
            "XDG_RUNTIME_DIR": str(directory),
            "HOME": str(directory),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "LANGUAGE": "en_GB",
            "GTK_A11Y": "none",
            "NO_AT_BRIDGE": "1",
        }
        self.log = directory / "driver.log"
        with self.log.open("w") as written:
            self._process = subprocess.Popen(
                ["dbus-run-session", "--", "WebKitWebDriver", f"--port={self._port}"],
                env=environment,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
        self._session = ""
        # An option that it does not know makes it end at once, and the driver waits for ever.
        options = {"binary": str(_BROWSER), "args": ["--automation", *_OPTIONS]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        end = time.monotonic() + PATIENCE
        while True:
            try:
                made = self.ask("POST", "", wanted)
            except ConnectionRefusedError:
                assert time.monotonic() < end, self.log.read_text()
                select.select([], [], [], 0.1)
            else:
                break
        self._session = f"/{made['sessionId']}"
        self.version = f"WebKitGTK {made['capabilities']['browserVersion']}"
        self.ask("POST", "/timeouts", {"script": 2000 * PATIENCE})
        self.ask("POST", "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})

    def ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        """Have something done, and return the answer's value."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=3 * PATIENCE)
        try:
            connection.request(method, f"/session{self._session}{what}", json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise AssertionError(f"{method} {what}: {value['error']}: {value['message']}")
        return value

    def goes(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})

    def run(self, body: str) -> Any:
        script = f"""
            const done = arguments[0];
            (async () => {{ {body} }})().then((found) => done({{found: JSON.stringify(found) ?? "null"}}),
              (fault) => done({{fault: String(fault)}}));"""
        while True:
            try:
                answer = self.ask("POST", "/execute/async", {"script": script, "args": []})
            except AssertionError as fault:
                # The page has just given way to another.
                if not re.search("unload|navigat|no such window", str(fault)):
                    raise
                continue
            assert "fault" not in answer, answer["fault"]
            return json.loads(answer["found"])

    def _element(self, body: str) -> str:
        found: str = self.ask("POST", "/execute/sync", {"script": body, "args": []})[_ELEMENT]
        return found

    def clicks(self, body: str) -> None:
        self.ask("POST", f"/element/{self._element(body)}/click", {})

    def types(self, text: str) -> None:
        focused = self._element("return document.activeElement")
        self.ask("POST", f"/element/{focused}/value", {"text": text.replace("\n", "\ue007")})

    def gives(self, body: str, path: Path) -> None:
        self.ask("POST", f"/element/{self._element(body)}/value", {"text": str(path)})

    def reports(self) -> list[str]:
        return _FAULT.findall(self.log.read_text(errors="replace"))

    def ends(self) -> None:
        try:
            self.ask("DELETE", "")
        finally:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(PATIENCE)
