"""Nothing private leaves by the log, the metrics, the probes or the answers of errors: canaries in every input.

Each private value begins with one word that stands nowhere else, so a leak names its input.
"""

from __future__ import annotations

import json
import re
import signal
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import jwt
import pytest
from callback_receivers import Receiver, status
from harness import Answer, Daemon, Memory, awaited, query_of, signed
from sample_recordings import make
from sample_tracks import multipart, part
from twisted.logger import globalLogPublisher
from websocket_clients import Connected, inside

from bbbd.log import LogObserver
from bbbd.values.enums import LogFormat, LogLevel

WORD = "kanari"
SECRET, OLD_SECRET = f"{WORD}-secret-1" * 5, f"{WORD}-secret-2" * 5
#: Headers that browsers and applications send, each with something private.
HEADERS = {
    "User-Agent": f"{WORD}-agent",
    "Cookie": f"session={WORD}-cookie",
    "Authorization": f"Bearer {WORD}-authorization",
    "Referer": f"https://lms.example.org/?{WORD}-referer",
    "X-Forwarded-For": f"{WORD}-forwarded",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Story:
    """A run of a daemon with private values in everything that it is given. ``answers`` are those of errors."""

    def __init__(self, daemon: Daemon, receiver: Receiver) -> None:
        self.daemon = daemon
        self.receiver = receiver
        self.answers: list[Answer] = []
        #: Private values that bbbd made, or that are computed.
        self.made: set[str] = set()

    async def call(self, call: str, **pairs: str) -> Answer:
        """Call with a valid checksum, which is private as well."""
        target = signed(call, query_of(pairs), self.daemon.secret)
        self.made.add(target.rpartition("checksum=")[2])
        return await self.daemon.fetch(target, headers=HEADERS)

    async def bad(self, target: str, method: str = "GET", body: bytes = b"", **headers: str) -> None:
        """Ask for something that is refused, and keep the answer."""
        given = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(await self.daemon.fetch(target, method, given, body))

    async def token(self, name: str, **pairs: str) -> str:
        """Return the token of a join whose link redirects, as a browser's does."""
        pairs = {"meetingID": "demo", "fullName": f"{WORD}-name {name}", "userID": f"{WORD}-user-{name}"} | pairs
        answer = await self.call("join", **pairs, avatarURL=f"https://a.example.org/{WORD}-avatar.png")
        location = answer.headers["location"]
        token = location.rpartition("sessionToken=")[2]
        self.made |= {token, location}
        page = urlsplit(location)
        assert (await self.daemon.fetch(f"{page.path}?{page.query}", headers=HEADERS)).status == 200
        return token

    async def tell(self) -> None:
        """Have everything happen."""
        await self.meeting()
        await self.people()
        await self.refused_calls()
        await self.recordings()
        await self.pages()
        self.broken_requests()
        await self.end()

    async def meeting(self) -> None:
        url = self.receiver.url
        answer = await self.call(
            "create",
            meetingID="demo",
            name=f"{WORD}-meeting",
            moderatorPW=f"{WORD}-mpw",
            attendeePW=f"{WORD}-apw",
            welcome=f"<b>{WORD}-welcome</b>",
            moderatorOnlyMessage=f"{WORD}-moderators",
            record="true",
            guestPolicy="ASK_MODERATOR",
            logoutURL=f"https://lms.example.org/?key={WORD}-logout",
            meetingEndedURL=url(f"/{WORD}-path?key={WORD}-ended"),
            preUploadedPresentation=url(f"/{WORD}-slides.pdf?key={WORD}-slides"),
            preUploadedPresentationName=f"{WORD}-slides.pdf",
            **{
                "meta_endCallbackUrl": url(f"/end?key={WORD}-end"),
                "meta_analytics-callback-url": url(f"/analytics?key={WORD}-analytics"),
                "meta_eventCallbackUrl": url(f"/event?key={WORD}-event"),
                "meta_bbb-recording-ready-url": url(f"/ready?key={WORD}-ready"),
                "meta_key": f"{WORD}-meta",
                "meta_1bad": f"{WORD}-ignored",
            },
        )
        assert answer.code == "SUCCESS"
        await self.call("hooks/create", callbackURL=url(f"/hook?key={WORD}-hook"))
        document = f'<document name="{WORD}-document.pdf">{b64encode(f"{WORD}-text".encode()).decode()}</document>'
        body = f'<modules><module name="presentation">{document}</module></modules>'.encode()
        target = signed("insertDocument", "meetingID=demo", self.daemon.secret)
        await self.daemon.fetch(target, "POST", HEADERS | {"Content-Type": "application/xml"}, body)
        await self.call("sendChatMessage", meetingID="demo", message=f"{WORD}-chat-api", userName=f"{WORD}-application")
        await self.daemon.until_logged("slides_failed", 2)

    async def people(self) -> None:
        teacher = Connected(
            self.daemon, await self.token("Teacher", role="MODERATOR"), User_Agent=HEADERS["User-Agent"]
        )
        pupil = Connected(self.daemon, await self.token("Pupil", password=f"{WORD}-apw"))
        guest = Connected(self.daemon, await self.token("Guest", role="VIEWER", guest="true"))
        for member in (teacher, pupil):
            member.hello(tab=f"{WORD}-tab")
            member.until(lambda member=member: bool(member.all("snapshot")))  # type: ignore[misc]
        guest.hello()
        guest.until(lambda: bool(guest.all("lobby")))
        teacher.say("chat.say", id=1, text=f"{WORD}-chat")
        teacher.say("chat.say", id=2, text=f"{WORD}-private", to=pupil.last("welcome")["you"]["user"])
        teacher.say("guest.message", id=3, text=f"{WORD}-lobby")
        teacher.say("record", id=4, on=True)
        teacher.say("guest.answer", id=5, all=True, admit=True)
        teacher.say("role", id=6, who=pupil.last("welcome")["you"]["user"], role="MODERATOR")
        teacher.say("chat.say", id=7, text=[f"{WORD}-malformed"])
        teacher.say("unknown", id=8, secret=f"{WORD}-field")
        teacher.say_raw(f'{{"{WORD}-broken')
        teacher.until(lambda: {1, 2, 3, 4, 5, 6} <= {one["id"] for one in teacher.all("ok")})
        teacher.say("remove", id=9, who=pupil.last("welcome")["you"]["user"], forGood=True)
        pupil.until(lambda: pupil.closed is not None)
        for member in (teacher, pupil, guest):
            member.socket.close()
        self.answers += [Answer(200, {}, json.dumps(one).encode()) for one in teacher.all("no")]

    async def refused_calls(self) -> None:
        api = "/bigbluebutton/api"
        await self.bad(f"{api}/create?meetingID=x&moderatorPW={WORD}-q&checksum={WORD}")
        await self.bad(f"{api}/create?meetingID=x&moderatorPW={WORD}-q&checksum={'ab' * 20}")
        await self.bad(f"{api}/{WORD}-call?key={WORD}-q")
        await self.bad(f"{api}/join?fullName={WORD}-q&checksum={'0' * 64}", Accept="text/html")
        await self.bad(f"{api}/create?name={WORD}%zz&checksum=1")
        await self.bad(f"{api}/enter?sessionToken={WORD}-token")
        await self.bad(
            f"{api}/feedback?sessionToken={WORD}-token",
            "POST",
            b'{"comment": "kanari-comment',
            Content_Type="application/json",
        )
        await self.bad(f"{api}/create", "POST", f"moderatorPW={WORD}-form".encode(), **FORM)
        await self.bad(f"{api}/setConfigXML", "POST", f"configXML={WORD}-config&checksum=1".encode(), **FORM)
        await self.bad(f"{api}/putRecordingTextTrack", "POST", f"{WORD}-body".encode(), Content_Type="text/plain")
        # Refused with a valid checksum. What a caller gave may be told to the caller, but never another's.
        for call, pairs in (
            ("join", {"meetingID": "demo", "fullName": "A", "password": "wrong"}),
            ("join", {"meetingID": "demo", "fullName": "A", "role": "VIEWER", "createTime": "1"}),
            ("end", {"meetingID": "demo", "password": "wrong"}),
            ("create", {"meetingID": "demo", "moderatorPW": "another"}),
            ("create", {"meetingID": "y", "maxParticipants": "many"}),
            ("getMeetingInfo", {"meetingID": "nowhere"}),
            ("hooks/create", {"callbackURL": "no url"}),
            ("hooks/destroy", {"hookID": "77"}),
            ("publishRecordings", {"recordID": "nothing", "publish": "true"}),
            ("getRecordingTextTracks", {"recordID": "nothing"}),
        ):
            self.answers.append(await self.call(call, **pairs))
        for call, pairs in (
            ("create", {"meetingID": f"{WORD},comma", "name": f"{WORD}-x"}),
            ("create", {"meetingID": "z", "duration": f"{WORD}-number", "moderatorPW": f"{WORD}-z"}),
            ("updateRecordings", {"recordID": f"{WORD}-record", "meta_a b": f"{WORD}-value"}),
            ("hooks/create", {"callbackURL": f"ftp://{WORD}.example.org/{WORD}"}),
            ("hooks/create", {"callbackURL": f"http://10.255.255.1:9/{WORD}?{WORD}", "meetingID": "demo"}),
            ("getRecordings", {"meta_x": f"{WORD}-filter", "state": f"{WORD}-state"}),
        ):
            await self.call(call, **pairs)

    async def recordings(self) -> None:
        own = make(self.daemon.directory, "old")
        daemon = self.daemon
        while (await daemon.call("getRecordings", recordID=own)).text("recordings/recording") is None:
            daemon.process.send_signal(signal.SIGHUP)
        await self.call("updateRecordings", recordID=own, meta_name=f"{WORD}-value", protect="true")
        for number, data in enumerate((f"1\n00:00:01,000 --> 00:00:02,000\n{WORD}-cue\n", f"{WORD}-no cue")):
            query = query_of({"recordID": own, "kind": "captions", "lang": "en", "label": f"{WORD}-label"})
            target = signed("putRecordingTextTrack", query, daemon.secret)
            body = multipart(part("file", data.encode(), f"{WORD}-file.srt"))
            await daemon.fetch(target, "POST", HEADERS | {"Content-Type": "multipart/form-data; boundary=xyz"}, body)
            await daemon.until_logged(("track_changed", "track_refused")[number])
        claims = {"sub": f"{WORD}-sub", "aud": "127.0.0.1", "exp": 4_000_000_000}
        good, other = jwt.encode(claims, daemon.secret, "HS256"), jwt.encode(claims, f"{WORD}-wrong" * 4, "HS256")
        self.made |= {good, other}
        for token in (good, other, f"{WORD}-token"):
            answer = await daemon.fetch(
                "/bbblb/api/v1/recording/upload",
                "POST",
                {"Content-Type": "application/x-tar", "Authorization": f"Bearer {token}"},
                f"{WORD}-archive".encode(),
            )
            self.answers.append(answer)
        await daemon.until_logged("import")
        tracks = (await self.call("getRecordingTextTracks", recordID=own)).body.decode()
        self.made |= {link.rpartition("/")[2] for link in re.findall(r'"href":\s*"([^"]*)"', tracks)}
        links = (await self.call("getRecordings", recordID=own)).body.decode()
        self.made |= set(re.findall(r"token=([\w.-]+)", links))

    async def pages(self) -> None:
        for target in (
            f"/html5client/join?sessionToken={WORD}-token",
            f"/html5client/guestWait?sessionToken={WORD}-token",
            f"/?errors={quote(json.dumps([{'key': WORD, 'message': WORD}]))}",
            f"/{WORD}-page?{WORD}",
            f"/presentation/{WORD}/a?token={WORD}",
            f"/playback/presentation/2.3/{WORD}?token={WORD}",
            f"/textTrack/{WORD}/{WORD}",
            f"/recording/{WORD}?token={WORD}",
            f"/connection/checkAuthorization?{WORD}",
            f"/html5client/slides/{WORD}/1",
            f"/html5client/door?origin=https://{WORD}.example.org",
            f"/html5client/socket?{WORD}",
            f"/metrics?{WORD}",
            f"/readyz?{WORD}",
            f"/healthz?{WORD}",
        ):
            await self.bad(target)

    def broken_requests(self) -> None:
        daemon = self.daemon
        for raw in (
            f"{WORD} nonsense\r\n\r\n",
            f"GET /{WORD} HTTP/1.1\r\nHost: {WORD} x\r\n\r\n",
            f"GET /{WORD} HTTP/1.1\r\nHost: x\r\n{WORD}: {'x' * 17_000}\r\n\r\n",
            f"GET /{WORD}{'x' * 70_000} HTTP/1.1\r\nHost: x\r\n\r\n",
            f"POST /?{WORD} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{WORD}\r\n",
            f"POST /bigbluebutton/api/end?{WORD} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{WORD}",
        ):
            with suppress(ConnectionError):
                self.answers.append(Answer(0, {}, daemon.send(raw.encode())))

    async def end(self) -> None:
        daemon = self.daemon
        await self.call("end", meetingID="demo", password=f"{WORD}-mpw")
        await daemon.until_logged("callback_failed", 3)
        daemon.file.write_text(
            daemon.file.read_text() + f"securitySalt={WORD}-secret-3\nbbbd.turnSecret={WORD}-turn-2\n"
        )
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.until_logged("reloaded")
        await daemon.call("getMeetings")


def leaks(text: str, made: set[str]) -> list[str]:
    """Return what of all that is private stands in a text, each with what is around it."""
    private = "|".join([WORD, *map(re.escape, sorted(made))])
    return [text[max(0, found.start() - 80) : found.end() + 60] for found in re.finditer(private, text, re.IGNORECASE)]


def written(daemon: Daemon) -> str:
    """Return the log of a daemon as it was written."""
    lines = (one["message"] if one["event"] == "raw" else json.dumps(one, ensure_ascii=False) for one in daemon.log)
    return "\n".join(lines)


@awaited
async def test_nothing_private_leaves_a_daemon(start_daemon: Callable[..., Daemon], receiver: Receiver) -> None:
    def repeat(connection: object) -> None:
        # As pages of errors do.
        got = receiver.got[-1]
        status(500, f"no route {got.target} {got.body.decode()}".encode())(connection)  # type: ignore[arg-type]

    receiver.usual = repeat
    daemon = start_daemon(
        secret=SECRET,
        settings={
            "securitySalt": f"{SECRET},{OLD_SECRET}",
            "bbbd.logLevel": "debug",
            "bbbd.explainChecksums": "true",
            "bbbd.callbackNetworks": "127.0.0.0/8",
            "bbbd.slidesNetworks": "127.0.0.0/8",
            "bbbd.turnSecret": f"{WORD}-turn",
            "bbbd.turnServers": "turn:turn.example.org:3478",
            "bbbd.eventCallbackUrl": receiver.url(f"/all?key={WORD}-all"),
            "bbbd.hooksPermanent": receiver.url(f"/permanent?key={WORD}-permanent"),
            "bbbd.recordingsScanSeconds": "1",
        },
    )
    story = Story(daemon, receiver)
    await story.tell()
    metrics = (await daemon.fetch("/metrics")).body.decode()
    probes = [(await daemon.fetch(path)).body.decode() for path in ("/readyz", "/healthz")]
    command = Path(f"/proc/{daemon.process.pid}/cmdline").read_text()
    daemon.end()
    log = written(daemon)
    # The story was told, and the search can find something.
    told = {"act", "call", "callback_failed", "import", "reloaded", "slides_failed", "track_changed", "track_refused"}
    assert told <= {line["event"] for line in daemon.log}
    assert len(story.made) > 20
    assert leaks(f"x {WORD.upper()}-y {max(story.made)}", story.made)
    for text in (log, metrics, *probes, command):
        assert leaks(text, story.made) == []
    for answer in story.answers:
        assert leaks(f"{answer.headers} {answer.body.decode('utf-8', 'replace')}", story.made) == []


@pytest.mark.parametrize("shape", LogFormat)
@awaited
async def test_an_internal_error_tells_nothing_private(memory: Memory, asked_for: set[str], shape: LogFormat) -> None:
    asked_for |= {"beat_failed", "call_failed", "creation_not_noted", "disk_unseen", "timer_failed"}
    lines = memory.lines
    observer = LogObserver(lines.append, LogLevel.DEBUG, shape)
    globalLogPublisher.addObserver(observer)
    try:
        await memory.call("create", meetingID="demo", moderatorPW=f"{WORD}-mpw", duration="1")
        member = await inside(memory, "demo", f"{WORD}-name", role="MODERATOR")
        memory.disk.faults["write"] = KeyError(f"{WORD}-key")
        answers = [
            await memory.call("create", meetingID="other", moderatorPW=f"{WORD}-mpw"),
            await memory.call("sendChatMessage", meetingID="demo", message=f"{WORD}-chat"),
            await memory.call("join", meetingID="demo", fullName=f"{WORD}-name", role="VIEWER"),
        ]
        # Timers fail as well, and the end of a connection.
        memory.advance(61)
        memory.disk.faults.clear()
        member.hang_up()
    finally:
        globalLogPublisher.removeObserver(observer)
    assert {answer.key for answer in answers} == {"internalError"}
    log = "".join(lines)
    assert "KeyError" in log
    assert "Traceback" in log
    assert leaks(log, {member.token}) == []
    for answer in answers:
        assert leaks(answer.body.decode(), {member.token}) == []
    errors = [
        await memory.fetch(path, headers={"Accept": "text/html"} | HEADERS)
        for path in ("/nothing", "/metrics", "/readyz")
    ]
    assert not any(leaks(error.body.decode(), {member.token}) for error in errors)
