"""Janus in a network namespace of its own, and people who send and receive through it.

libnice passes over loopback, so Janus stands behind a pair of virtual devices; people are on this side of it.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from environment_reset import PATIENCE
from harness import Daemon, run
from janus_process import started
from websocket_clients import Connected

Come = Callable[..., Awaitable["Attendee"]]
#: Networks of four addresses each, of which a test run takes one that is free.
_NETWORKS = 240


def missing() -> str:
    """Return why there can be no Janus here, "" if there can be."""
    if shutil.which("janus") is None:
        return "there is no Janus: apt-get install janus"
    if os.geteuid() != 0:
        return "a network namespace needs root"
    made = subprocess.run(["ip", "netns", "list"], capture_output=True, check=False) if shutil.which("ip") else None
    return "" if made is not None and made.returncode == 0 else "network namespaces are not allowed here"


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


class Network:
    """A namespace, the address in it that this side reaches, and that of this side, ``here``."""

    def __init__(self) -> None:
        for number in range(os.getpid(), os.getpid() + _NETWORKS):
            self.name = f"bbbd{number % _NETWORKS}"
            if _ip("netns", "add", self.name):
                break
        else:
            raise RuntimeError("no network namespace can be made")
        last = int(self.name.removeprefix("bbbd"))
        self.address, self.here = f"10.213.{last}.1", f"10.213.{last}.2"
        self.device = f"bbbdv{last}"
        for words in (
            ("link", "add", self.device, "type", "veth", "peer", "name", "inside", "netns", self.name),
            ("addr", "add", f"{self.here}/24", "dev", self.device),
            ("link", "set", self.device, "up"),
            ("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "inside"),
            ("-n", self.name, "link", "set", "inside", "up"),
            ("-n", self.name, "link", "set", "lo", "up"),
        ):
            assert _ip(*words), words

    def end(self) -> None:
        """Take it away."""
        _ip("link", "del", self.device)
        _ip("netns", "del", self.name)


class Janus:
    """A real Janus, configured by ``bbbd janus-config``."""

    def __init__(self, network: Network, directory: Path, ports: str = "20000-24999") -> None:
        self.network, self.directory = network, directory
        self._asked = itertools.count()
        made = run("janus-config", str(directory), "--address", network.address, "--ports", ports)
        assert made.returncode == 0, made.stderr
        # The tests count handles by Janus' own administration.
        transport = directory / "janus.transport.pfunix.jcfg"
        admin = f'admin: {{ admin_enabled = true; admin_path = "{directory}/admin.sock"; admin_type = "SOCK_DGRAM"; }}'
        transport.write_text(transport.read_text().replace("admin: { admin_enabled = false; }", admin))
        self.start()

    @property
    def settings(self) -> dict[str, str]:
        return {"bbbd.janus": f"unix:{self.directory}/api.sock", "bbbd.media": "janus"}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        end, log = time.monotonic() + PATIENCE, self.directory / "log"
        command = ("ip", "netns", "exec", self.network.name, "janus")
        while (process := started(command, self.directory, log)) is None:
            assert time.monotonic() < end, log.read_text()
        self.process = process

    def handles(self, daemon: Daemon) -> int:
        """Return how many handles a daemon's session has, as Janus' own administration counts them."""
        session = json.loads((daemon.directory / "media.links").read_bytes().partition(b"\n")[0])["session"]
        return len(self._administer(janus="list_handles", session_id=session)["handles"])

    def _administer(self, **request: Any) -> dict[str, Any]:
        here = self.directory / f"asks-{next(self._asked)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(PATIENCE)
            sender.bind(str(here))
            asked = {**request, "admin_secret": "admin", "transaction": "x"}
            sender.sendto(json.dumps(asked).encode(), str(self.directory / "admin.sock"))
            answer: dict[str, Any] = json.loads(sender.recv(1 << 18))
        here.unlink()
        return answer

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(how)
        self.process.wait(PATIENCE)


class Endpoints:
    """The process of the people's ends."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("media_endpoints.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ids = itertools.count(1)

    def ask(self, who: str, do: str, **fields: Any) -> dict[str, Any]:
        """Have something done, and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = next(self._ids)
        self._process.stdin.write(json.dumps({"id": asked, "who": who, "do": do, **fields}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer.pop("id") == asked
        assert "fault" not in answer, answer["fault"]
        return answer

    def end(self) -> None:
        """End it."""
        with self._process:
            self._process.kill()


class Attendee(Connected):
    """Somebody in a meeting with sound and a camera: answers the server's offers by themselves."""

    def __init__(self, daemon: Daemon, token: str, name: str, endpoints: Endpoints, page: str = "") -> None:
        self.name, self.page, self.endpoints = name, page or name, endpoints
        #: The feed of each mid, as the server said last, and the offers that came.
        self.feeds: dict[str, dict[str, str]] = {}
        self.offers = 0
        #: What came over links that are gone.
        self._earlier: dict[tuple[str, str], int] = {}
        self._ids = itertools.count(1)
        self._seen = 0
        super().__init__(daemon, token)
        self.hello()
        self.until(lambda: bool(self.all("snapshot") or self.all("resumed")))
        self.user: str = self.all("welcome")[-1]["you"]["user"]

    def until(self, done: Callable[[], bool]) -> None:
        """Read until a condition holds, and answer what is offered meanwhile."""
        super().until(lambda: self._obey() or done())

    def read(self) -> None:
        """Read what is there, and answer what is offered."""
        while select.select([self.socket], [], [], 0)[0]:
            data = self.socket.recv(65_536)
            if not data:
                return
            self.feed(data)
        self._obey()

    def _obey(self) -> bool:
        while self._seen < len(self.got):
            message = self.got[self._seen]
            self._seen += 1
            self._take(message)
        return False

    def _take(self, message: dict[str, Any]) -> None:
        if message["t"] != "media.down" or "sdp" not in message:
            return
        if message["fresh"]:
            self._earlier = self.packets()
        self.feeds, self.offers = message["feeds"], self.offers + 1
        answer = self.endpoints.ask(self.name, "receive", sdp=message["sdp"], fresh=message["fresh"])
        if answer:
            self.say("media.down", offer=message["offer"], sdp=answer["sdp"])
        else:
            self.say("media.restart")

    def forget(self) -> None:
        super().forget()
        self._seen = 0

    def request(self, t: str, **fields: Any) -> dict[str, Any]:
        """Say something with an id, and return the answer."""
        asked = next(self._ids)
        self.say(t, id=asked, **fields)
        self.until(lambda: any(one.get("id") == asked for one in self.got))
        return next(one for one in self.got if one.get("id") == asked)

    def watch(
        self, cameras: dict[str, int] | None = None, *, sound: bool = True, screen: bool = True
    ) -> dict[str, Any]:
        """Say what is wanted: cameras by user, with the height of their tiles."""
        return self.request("media.watch", page=self.page, sound=sound, screen=screen, cameras=cameras or {})

    def send(self, *kinds: str, muted: bool = False, fresh: bool = False) -> dict[str, Any]:
        """Send these kinds of tracks; return the server's answer."""
        offer = self.endpoints.ask(self.name, "offer", kinds=list(kinds), fresh=fresh)
        answer = self.request("media.up", page=self.page, muted=muted, fresh=fresh, **offer)
        if answer["t"] == "media.up":
            self.endpoints.ask(self.name, "answered", sdp=answer["sdp"])
        return answer

    def packets(self) -> dict[tuple[str, str], int]:
        """Return the packets that arrived, over earlier links too, by user and kind."""
        counted = dict(self._earlier)
        for mid, number in self.endpoints.ask(self.name, "counted")["packets"].items():
            if feed := self.feeds.get(mid):
                counted[feed["user"], feed["kind"]] = counted.get((feed["user"], feed["kind"]), 0) + number
        return counted


class MeshAttendee(Attendee):
    """Somebody who also has links with others, where no Janus is: does what the server says of them."""

    def __init__(self, daemon: Daemon, token: str, name: str, endpoints: Endpoints, page: str = "") -> None:
        #: The links as the server said last, and how often the two ends of one spoke.
        self.links: dict[str, dict[str, Any]] = {}
        self.signals = 0
        super().__init__(daemon, token, name, endpoints, page)

    def _take(self, message: dict[str, Any]) -> None:
        super()._take(message)
        if message["t"] == "media.links":
            self._take_links({one["link"]: one for one in message["links"] if one["link"]})
        elif message["t"] == "media.signal" and message["link"] in self.links:
            self._take_signal(message)

    def _asks(self, do: str, link: str, **fields: Any) -> dict[str, Any]:
        media = [one["media"] for one in self.all("welcome")][-1] | (self.all("media") or [{}])[-1]
        relay = {"ice": media["ice"], "relayOnly": media.get("relayOnly", False)}
        send = self.links[link]["send"]
        return self.endpoints.ask(self.name, f"mesh.{do}", link=link, send=send, **relay, **fields)

    def _take_links(self, links: dict[str, dict[str, Any]]) -> None:
        before, self.links = self.links, links
        if gone := sorted(set(before) - set(links)):
            self.endpoints.ask(self.name, "mesh.close", links=gone)
        for name, link in links.items():
            if name not in before and link["offers"]:
                self.say("media.signal", link=name, offer=self._asks("offer", name)["sdp"])
            elif name in before and before[name]["send"] != link["send"] and self.signals:
                self._asks("fill", name)

    def _take_signal(self, message: dict[str, Any]) -> None:
        self.signals += 1
        link = message["link"]
        if "offer" in message:
            self.say("media.signal", link=link, answer=self._asks("take_offer", link, sdp=message["offer"])["sdp"])
        elif "answer" in message:
            self._asks("take_answer", link, sdp=message["answer"])

    def share(self, *kinds: str, muted: bool = False) -> dict[str, Any]:
        """Say what is sent over links; return the server's answer."""
        return self.request("media.share", page=self.page, kinds=list(kinds), muted=muted)

    def arrived(self, user: str, kind: str) -> int:
        """Return the packets that arrived over the link with somebody."""
        counted = self.endpoints.ask(self.name, "mesh.counted")["packets"]
        return sum(counted[name][kind] for name, link in self.links.items() if link["user"] == user and name in counted)

    def plays(self, user: str) -> list[str]:
        """Return what a page may play of somebody."""
        return [kind for link in self.links.values() if link["user"] == user for kind in link["receive"]]


def together(attendees: Sequence[Attendee], done: Callable[[], bool]) -> None:
    """Let everybody read and answer until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, [(one.name, one.packets(), one.got[-5:]) for one in attendees]
        select.select([one.socket for one in attendees], [], [], 0.05)
        for one in attendees:
            one.read()


def arriving(attendee: Attendee, others: list[Attendee], sender: str, kind: str, packets: int = 5) -> None:
    """Wait until packets of somebody's track arrive at an attendee."""
    before = attendee.packets().get((sender, kind), 0)
    together([attendee, *others], lambda: attendee.packets().get((sender, kind), 0) >= before + packets)


def state(attendee: Attendee, user: str) -> tuple[str, int, bool]:
    """Return what an attendee was told last of somebody's microphone, cameras and screen."""
    changes = [one for one in attendee.events("MediaChanged") if one["user"] == user]
    return (changes[-1]["microphone"], changes[-1]["cameras"], changes[-1]["screen"]) if changes else ("none", 0, False)


async def pair(daemon: Daemon, come: Come, *kinds: str, **pairs: str) -> tuple[Attendee, Attendee]:
    """Have a moderator who sees and hears a viewer that sends these kinds."""
    assert (await daemon.call("create", meetingID="demo", **pairs)).code == "SUCCESS"
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    bob.watch()
    ada.watch({bob.user: 180})
    if kinds:
        assert bob.send(*kinds)["t"] == "media.up"
        for kind in kinds:
            arriving(ada, [bob], bob.user, kind)
    return ada, bob


def silent(attendee: Attendee, others: list[Attendee], sender: str, kind: str) -> None:
    """Check that no packet of somebody's track arrives any longer, while another's still do."""
    attendee.packets()
    before = attendee.packets().get((sender, kind), 0)
    clock = {key: number for key, number in attendee.packets().items() if key != (sender, kind)}
    assert clock, "something else must arrive, to tell the time by"
    together(
        [attendee, *others],
        lambda: any(attendee.packets().get(key, 0) >= number + 20 for key, number in clock.items()),
    )
    assert attendee.packets().get((sender, kind), 0) - before <= 1
