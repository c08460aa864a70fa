"""Two nodes behind BBBLB: what an application sees through the balancer, and what becomes of it when a node goes.

With BBBLB 0.0.18. Two faults of its own are left out: its getMeetings is a 500 by its own SQL, and with SQLite so is
every callback of an end that a node brings.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
import pytest_twisted
from balancer import BIN, SECRET, TENANT, Balancer
from callback_receivers import Got, Receiver
from harness import Answer, awaited, query_of, run, signed, until
from postgres_process import postgres, programs
from tls_receivers import Authority
from tls_servers import TlsDaemon
from twisted.internet.threads import deferToThread
from websocket_clients import Connected

pytestmark = [
    pytest.mark.skipif(not BIN.exists(), reason="make balance installs the balancer"),
    pytest.mark.skipif(not programs(), reason="there is no PostgreSQL: apt-get install postgresql"),
]
POLLED = "health changed from AVAILABLE"


@dataclass
class Cluster:
    """A balancer and its nodes."""

    balancer: Balancer
    nodes: list[TlsDaemon]

    async def create(self, meeting_id: str, **pairs: str) -> TlsDaemon:
        """Create a meeting through the balancer; return its node."""
        created = await self.balancer.call("create", meetingID=meeting_id, name="Room", **pairs)
        assert (created.code, created.text("meetingID")) == ("SUCCESS", meeting_id), created.body
        return await self.node_of(meeting_id)

    async def node_of(self, meeting_id: str, **pairs: str) -> TlsDaemon:
        """Return the node to which somebody who joins is sent."""
        url = urlsplit(await self.join(meeting_id, "Eve", **pairs))
        (found,) = [node for node in self.nodes if node.port == url.port]
        return found

    async def join(self, meeting_id: str, name: str, **pairs: str) -> str:
        answer = await self.balancer.call("join", meetingID=meeting_id, fullName=name, **pairs)
        return answer.headers["location"]

    async def token(self, node: TlsDaemon, meeting_id: str, name: str, **pairs: str) -> str:
        """Join through the balancer, go where it sends one, and return the session token."""
        url = urlsplit(await self.join(meeting_id, name, redirect="false", **pairs))
        answer = await node.fetch(f"{url.path}?{url.query}")
        token = answer.text("session_token")
        assert token, answer.body
        return token


@pytest_twisted.async_yield_fixture(scope="module")  # type: ignore[untyped-decorator] # it has no types
async def cluster(authority: Authority) -> AsyncIterator[Cluster]:
    """One for all tests, which leave both nodes as they found them."""
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        pem = Path(directory) / "authority.pem"
        pem.write_bytes(authority.pem)
        settings = {"bbbd.callbackNetworks": "127.0.0.0/8", "bbbd.callbackCA": str(pem)}
        nodes: list[TlsDaemon] = []
        for place in ("one", "two"):
            own = Path(directory) / place
            own.mkdir()
            nodes.append(TlsDaemon(directory=own / "data", authority=authority, settings=dict(settings)))
        with postgres(Path(directory) / "postgres", "balancer") as database:
            balancer = Balancer(directory=Path(directory) / "balancer", authority=authority, database=database)
            for node in nodes:
                balancer.add(node)
            await balancer.start()
            yield Cluster(balancer, nodes)
            balancer.end()
        for node in nodes:
            assert node.end() == 0
            assert not [line for line in node.log if line["level"] in ("error", "critical")]


@pytest_twisted.async_yield_fixture(autouse=True)  # type: ignore[untyped-decorator] # it has no types
async def no_meeting_is_left(cluster: Cluster) -> AsyncIterator[None]:
    """End what a test has begun, so that the load of both nodes is alike for the next.

    Each test has names of its own: the balancer may take a meeting that ended a moment ago for one that runs.
    """
    yield
    for node in cluster.nodes:
        for meeting_id in ids(await node.call("getMeetings")):
            await node.call("end", meetingID=meeting_id)


def inside(node: TlsDaemon, token: str) -> Connected:
    """Return somebody who is in a meeting."""
    member = Connected(node, token)
    member.hello()
    member.until(lambda: bool(member.all("snapshot")))
    return member


def drain(node: TlsDaemon, action: str) -> subprocess.CompletedProcess[str]:
    return run("drain", action, "--data-dir", str(node.directory), "--settings", str(node.file))


def came_to(receiver: Receiver, path: str) -> list[Got]:
    return [one for one in receiver.got if urlsplit(one.target).path == path]


def ids(answer: Answer) -> list[str]:
    return [one.text or "" for one in answer.xml.iterfind("meetings/meeting/meetingID")]


@awaited
async def test_an_application_meets_a_server_like_any_other(cluster: Cluster, receiver: Receiver) -> None:
    balancer = cluster.balancer
    callbacks = {
        "meetingEndedURL": receiver.url("/ended?own=1"),
        "meta_endCallbackUrl": receiver.url("/end?own=2"),
        "meta_analytics-callback-url": receiver.url("/analytics"),
    }
    node = await cluster.create("lesson-1", **callbacks)
    # A call that is too long for a URL goes on to the node as a form.
    await cluster.create("lesson-2", welcome="w" * 3000)
    token = await cluster.token(node, "lesson-1", "Ada", role="MODERATOR", userID="7")
    with inside(node, token) as ada:
        info = await balancer.info("lesson-1")
        assert (info.text("meetingName"), info.text("participantCount")) == ("Room", "1"), info.body
        assert info.text("attendees/attendee/userID") == "7"
        assert (await balancer.call("isMeetingRunning", meetingID="lesson-1")).text("running") == "true"
        said = await balancer.call("sendChatMessage", meetingID="lesson-1", message="Hello")
        assert said.code == "SUCCESS", said.body
        ada.until(lambda: bool(ada.events("Chatted")))
        assert (await balancer.call("end", meetingID="lesson-1")).code == "SUCCESS"
        ada.until(lambda: ada.closed is not None)
    await until(lambda: all(came_to(receiver, path) for path in ("/ended", "/end", "/analytics")))
    # The one that the balancer leaves as it is tells the name that the meeting has on its node.
    assert came_to(receiver, "/end")[0].query == {
        "own": "2",
        "meetingID": f"lesson-1-bbblb-{TENANT}",
        "recordingmarks": "false",
    }
    assert came_to(receiver, "/ended")[0].query == {"own": "1"}
    analytics = came_to(receiver, "/analytics")[0]
    # Signed anew, with the secret of the application.
    jwt.decode(analytics.headers["authorization"].split()[1], SECRET, algorithms=["HS256"])
    assert b'"meeting_id": "lesson-1"' in analytics.body
    assert (await balancer.info("lesson-1")).key == "notFound"
    assert (await balancer.info("lesson-2")).code == "SUCCESS"


@awaited
async def test_who_comes_back_to_a_meeting_that_all_had_left_creates_it_again(cluster: Cluster) -> None:
    balancer = cluster.balancer
    node = await cluster.create("left-1")
    with inside(node, await cluster.token(node, "left-1", "Ada", role="MODERATOR")) as ada:
        ada.say("leave")
        ada.until(lambda: ada.closed is not None)
    # An end time, as the reference tells it of an empty meeting, is an end to this balancer.
    for _poll in range(1000):
        if (await balancer.info("left-1")).key == "notFound":
            break
    else:
        pytest.fail("the balancer keeps it")
    assert (await node.info(f"left-1-bbblb-{TENANT}")).code == "SUCCESS"
    await cluster.create("left-1")


@awaited
async def test_a_node_that_dies_takes_only_its_own_meetings_along(cluster: Cluster) -> None:
    balancer = cluster.balancer
    lost, kept = await cluster.create("dies-1"), await cluster.create("dies-2")
    assert lost is not kept
    lost.end(signal.SIGKILL)
    await until(lambda: POLLED.encode() in balancer.log())
    assert await cluster.create("dies-3") is kept
    assert (await balancer.info("dies-2")).code == "SUCCESS"
    # Its meetings are forgotten, so that an application can create them elsewhere; when it is back, it is used again.
    await until(lambda: b"is OFFLINE" in balancer.log())
    assert await cluster.create("dies-1") is kept
    lost.start()
    await until(lambda: balancer.log().count(b"to AVAILABLE") > 0)
    assert await cluster.create("dies-4") is lost


@awaited
async def test_a_node_is_emptied_without_a_meeting_being_cut(cluster: Cluster) -> None:
    balancer = cluster.balancer
    leaving = await cluster.create("emptied-1")
    (other,) = [node for node in cluster.nodes if node is not leaving]
    await deferToThread(balancer.command, "server", "disable", f"127.0.0.1:{leaving.port}")
    leaving.forget_log()
    drain(leaving, "on")
    await leaving.until_logged("draining")
    for number in range(3):
        assert await cluster.create(f"new-{number}") is other
    # Who comes to the meeting that runs there is sent there, and it is not done before its end.
    token = await cluster.token(leaving, "emptied-1", "Ada", role="VIEWER")
    with inside(leaving, token):
        assert drain(leaving, "status").returncode == 1
        assert (await balancer.call("end", meetingID="emptied-1")).code == "SUCCESS"
    await until(lambda: drain(leaving, "status").returncode == 0, lambda: drain(leaving, "status").stdout)
    drain(leaving, "off")
    await leaving.until_logged("draining_ended")
    balancer.command("server", "enable", f"127.0.0.1:{leaving.port}", "--now")


@awaited
async def test_a_node_that_drains_refuses_by_a_key_that_goes_through(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.forget_log()
        drain(node, "on")
        await node.until_logged("draining")
    refused = await cluster.balancer.call("create", meetingID="refused-1", name="Room")
    assert (refused.code, refused.key) == ("FAILED", "serverDraining")
    assert (await cluster.balancer.info("refused-1")).key == "notFound"
    for node in cluster.nodes:
        drain(node, "off")
        await node.until_logged("draining_ended")


@awaited
async def test_a_recording_is_handed_over_and_the_application_is_told(cluster: Cluster, receiver: Receiver) -> None:
    balancer = cluster.balancer
    wanted = {"record": "true", "autoStartRecording": "true", "meta_subject": "Äpfel & Birnen"}
    node = await cluster.create("taped-1", **wanted, **{"meta_bbb-recording-ready-url": receiver.url("/ready")})
    with inside(node, await cluster.token(node, "taped-1", "Ada", role="MODERATOR")) as ada:
        ada.say("chat.say", text="Hello")
        ada.until(lambda: bool(ada.events("Chatted")))
    internal = (await balancer.info("taped-1")).text("internalMeetingID") or ""
    assert (await balancer.call("end", meetingID="taped-1")).code == "SUCCESS"
    await node.until_logged("recording_published")
    settings = node.directory.parent / "export.properties"
    spool = node.directory / "spool"
    more = {
        "bigbluebutton.web.serverURL": node.origin,
        "bbbd.exportSpool": str(spool),
        "bbbd.exportUpload": f"https://127.0.0.1:{balancer.port}/bbblb/api/v1/recording/upload",
    }
    settings.write_text(node.file.read_text() + "".join(f"{name}={value}\n" for name, value in more.items()))
    given = ("--settings", str(settings), "--data-dir", str(node.directory))
    assert (await deferToThread(run, "recordings", "export", internal, *given)).returncode == 0
    handed = await deferToThread(run, "recordings", "upload", *given, SSL_CERT_FILE=str(balancer.trusted))
    assert "uploaded: 202" in handed.stdout, handed.stderr
    assert not list(spool.iterdir())
    await until(lambda: bool(came_to(receiver, "/ready")))
    payload = jwt.decode(came_to(receiver, "/ready")[0].form["signed_parameters"], SECRET, algorithms=["HS256"])
    assert payload == {"meeting_id": "taped-1", "record_id": internal}
    listed = await balancer.fetch(signed("getRecordings", query_of({"meetingID": "taped-1"}), SECRET))
    assert listed.text("recordings/recording/recordID") == internal
    assert listed.text("recordings/recording/metadata/subject") == "Äpfel & Birnen"
    link = urlsplit(listed.text("recordings/recording/playback/format/url") or "")
    assert (link.netloc, link.path) == ("127.0.0.1", f"/playback/presentation/2.3/{internal}")
