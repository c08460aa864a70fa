"""Metrics: what Prometheus reads, and who else may not."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable

import pytest
from callback_receivers import Receiver, status
from harness import Caller, Daemon, Memory, awaited, parse
from metrics_reader import Series, labelled, names, scrape, series_of, value
from sample_recordings import make
from websocket_clients import inside

from bbbd import __version__
from bbbd.api.calls import CALLS
from bbbd.api.problems import Notice, Problem
from bbbd.meetings.features import EVENTS
from bbbd.metrics.declarations import METRICS, MOST_ORIGINS, MetricType

#: Metrics that only a server has whose reactor is real, or that has a certificate or a Janus.
ABSENT = {
    "bbbd_certificate_expiry_seconds",
    "bbbd_janus_up",
    "bbbd_janus_meetings",
    "bbbd_janus_participants",
}
OF_THE_REACTOR = {"bbbd_reactor_stall_seconds", "bbbd_reactor_longest_turn_seconds"}


def families(series: Series) -> set[str]:
    """Return the declared names of all samples."""
    declared = {metric.name for metric in METRICS}
    plain = {re.sub(r"_(bucket|sum|count|gsum|gcount)$", "", name) for name in names(series)}
    return {name if name in declared else name.removesuffix("_total") for name in plain}


async def use(caller: Caller) -> None:
    """Have something of most kinds happen."""
    await caller.call("create", meetingID="demo", record="true")
    await caller.call("create", meetingID="demo")
    await caller.call("getRecordings", state="published")
    await caller.fetch("/bigbluebutton/api/getMeetings?checksum=" + "0" * 40)


#: Metrics without any value until somebody came, left, or was refused.
OF_PEOPLE = {"bbb_meetings_participants_origin", "bbbd_websocket_closed_total", "bbbd_refused_total"}


@awaited
async def test_exactly_the_declared_metrics_are_there(memory: Memory) -> None:
    declared = {metric.name for metric in METRICS} - ABSENT - OF_THE_REACTOR
    await use(memory)
    assert families(await scrape(memory)) == declared - OF_PEOPLE
    (await inside(memory, "demo", "Leaving", role="VIEWER")).hang_up()
    memory.send(b"nonsense\r\n\r\n")
    assert families(await scrape(memory)) == declared


@awaited
async def test_a_daemon_has_those_of_its_reactor_too(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await use(daemon)
    series = await scrape(daemon)
    assert families(series) == {metric.name for metric in METRICS} - ABSENT - OF_PEOPLE
    turns = value(series, "bbbd_reactor_stall_seconds_count")
    assert turns > 0
    assert 0 < value(series, "bbbd_reactor_longest_turn_seconds") <= value(series, "bbbd_reactor_stall_seconds_sum")
    assert value(await scrape(daemon), "bbbd_reactor_stall_seconds_count") > turns
    assert value(series, "process_open_fds") > 3
    assert value(series, "process_start_time_seconds") == pytest.approx(daemon.directory.stat().st_ctime, abs=600)
    assert value(series, "bbbd_disk_free_bytes") > 0
    assert value(series, "bbbd_journal_sync_seconds_count") > 0


@awaited
async def test_calls_are_counted_by_their_outcome(memory: Memory) -> None:
    await use(memory)
    await memory.call("end", meetingID="nowhere")
    await memory.call("noSuchCall")
    await memory.fetch("/bigbluebutton/api/create", "HEAD")
    series = await scrape(memory)
    assert labelled(series, "bbbd_requests_total") == {
        ("create", "ok"): 1,
        ("create", "duplicateWarning"): 1,
        ("create", "methodNotAllowed"): 1,
        ("getRecordings", "noRecordings"): 1,
        ("getMeetings", "checksumError"): 1,
        ("end", "notFound"): 1,
        ("unknown", "unsupportedRequest"): 1,
    }
    assert labelled(series, "bbbd_request_seconds_count") == {
        ("create",): 3,
        ("getRecordings",): 1,
        ("getMeetings",): 1,
        ("end",): 1,
        ("unknown",): 1,
    }
    # The exporter's: of signed calls alone.
    assert labelled(series, "bbb_api_latency_count") == {
        ("create", ""): 2,
        ("getRecordings", "state=published"): 1,
        ("end", ""): 1,
    }


@awaited
async def test_no_caller_makes_labels(memory: Memory) -> None:
    await memory.call("getRecordings", state="anything")
    await memory.call("create", meetingID="Strange One", name="Strange Name")
    await memory.fetch("/bigbluebutton/api/strange/path")
    text = repr(await scrape(memory))
    assert "anything" not in text
    assert "trange" not in text
    outcomes = {"ok", "methodNotAllowed"} | {one.key for one in Problem} | {one.value[0] for one in Notice}
    for call, outcome in labelled(await scrape(memory), "bbbd_requests_total"):
        assert call in CALLS or call in ("root", "unknown")
        assert outcome in outcomes


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "missing"),
        ("checksum=" + "0" * 40, "wrong"),
        ("checksum=" + "0" * 128, "algorithm"),
        ("checksum=short", "algorithm"),
    ],
)
@awaited
async def test_failed_checksums_are_counted_by_their_reason(
    memory_with: Callable[..., Memory], query: str, reason: str
) -> None:
    memory = memory_with(supportedChecksumAlgorithms="sha1,sha256")
    await memory.fetch(f"/bigbluebutton/api/getMeetings?{query}")
    assert labelled(await scrape(memory), "bbbd_checksum_failures_total") == {(reason,): 1}


@awaited
async def test_meetings_and_people_are_counted_as_dashboards_know_them(memory: Memory) -> None:
    await memory.call(
        "create", meetingID="large", **{"meta_bbb-origin-server-name": "LMS.example", "meta_bbb-origin": "M"}
    )
    await memory.call("create", meetingID="small")
    await memory.call("create", meetingID="empty")
    await memory.call("create", meetingID="room", isBreakout="true", parentMeetingID="large", sequence="1")
    for number in range(6):
        await memory.enter("large", f"Person {number}", role="VIEWER")
    await memory.enter("small", "Somebody", role="VIEWER")
    series = await scrape(memory)
    assert value(series, "bbb_meetings") == 4
    assert value(series, "bbb_meetings_participants") == 7
    assert value(series, "bbb_meetings_participants_max") == 6
    assert value(series, "bbb_meetings_participant_clients", type="html5") == 7
    assert labelled(series, "bbb_meetings_participants_origin") == {("m", "lms.example"): 6, ("", ""): 1}
    assert value(series, "bbb_room_participants_bucket", le="0.0") == 2
    assert value(series, "bbb_room_participants_bucket", le="1.0") == 3
    assert value(series, "bbb_room_participants_bucket", le="5.0") == 3
    assert value(series, "bbb_room_participants_bucket", le="15.0") == 4
    assert value(series, "bbb_room_participants_bucket", le="500.0") == 4
    assert value(series, "bbb_room_participants_gcount") == 4
    assert value(series, "bbb_room_participants_gsum") == 7
    assert ("bbb_room_voice_participants_bucket", frozenset({("le", "150.0")})) not in series
    assert value(series, "bbb_unique_meetings_total") == 3
    assert value(series, "bbb_unique_breakout_rooms_total") == 1
    assert value(series, "bbb_meetings_listeners") == value(series, "bbb_meetings_voice_participants") == 0
    assert value(series, "bbb_api_up") == 1
    assert value(series, "bbb_version", version=__version__) == 1
    await memory.call("end", meetingID="large")
    series = await scrape(memory)
    assert value(series, "bbb_meetings") == 2
    assert value(series, "bbb_unique_meetings_total") == 3


@awaited
async def test_origins_are_bounded_for_as_long_as_the_server_runs(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__sync="never")
    for number in range(MOST_ORIGINS + 5):
        await memory.call("create", meetingID=f"m{number}", **{"meta_bbb-origin": f"app{number}"})
        await memory.enter(f"m{number}", "Somebody", role="VIEWER")
    origins = labelled(await scrape(memory), "bbb_meetings_participants_origin")
    assert len(origins) == MOST_ORIGINS + 1
    assert origins["other", "other"] == 5
    await memory.call("end", meetingID="m0")
    origins = labelled(await scrape(memory), "bbb_meetings_participants_origin")
    assert (len(origins), origins["other", "other"]) == (MOST_ORIGINS, 5)


@awaited
async def test_websockets_are_counted_by_how_they_end(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    people = [await inside(memory, "demo", f"Person {number}", role="VIEWER") for number in range(4)]
    assert value(await scrape(memory), "bbbd_websockets") == 4
    people[0].say("leave")
    people[1].hang_up()
    people[2].write_raw(b"\x81\x81aaaa\x9e")
    series = await scrape(memory)
    assert value(series, "bbbd_websockets") == 1
    assert labelled(series, "bbbd_websocket_closed_total") == {("left",): 1, ("lost",): 1, ("unreadable",): 1}
    await memory.call("end", meetingID="demo")
    assert labelled(await scrape(memory), "bbbd_websocket_closed_total")["ended",] == 1


@awaited
async def test_events_are_counted_by_their_kind(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    await memory.enter("demo", "Somebody", role="VIEWER")
    await memory.call("sendChatMessage", meetingID="demo", message="Hello")
    kinds = labelled(await scrape(memory), "bbbd_events_total")
    assert (kinds["Created",], kinds["Joined",], kinds["Chatted",]) == (1, 1, 1)
    assert {kind for (kind,) in kinds} <= {str(one.__struct_config__.tag) for one in EVENTS}


@awaited
async def test_callbacks_are_counted_while_due_and_by_their_outcome(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    daemon = start_daemon(settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    receiver.plan = [status(200), status(500)]
    for name in ("taken", "failing"):
        await daemon.call("create", meetingID=name, meetingEndedURL=receiver.url(f"/{name}"))
        await daemon.call("end", meetingID=name)
        await daemon.until_logged({"taken": "callback_done", "failing": "callback_failed"}[name])
        if name == "taken":
            series = await scrape(daemon)
            assert (value(series, "bbbd_callbacks_due"), value(series, "bbbd_callback_oldest_seconds")) == (0, 0)
    series = await scrape(daemon)
    assert labelled(series, "bbbd_callbacks_total") == {("end", "taken"): 1, ("end", "failed"): 1}
    assert value(series, "bbbd_callbacks_due") == 1
    assert 0 < value(series, "bbbd_callback_oldest_seconds") < 600
    assert value(series, "bbbd_callbacks_total", kind="hook", outcome="given_up") == 0


@awaited
async def test_recordings_are_counted_by_their_state(memory: Memory) -> None:
    make(memory.directory, "one")
    make(memory.directory, "two")
    make(memory.directory, "three", place="unpublished")
    memory.look()
    series = await scrape(memory)
    assert value(series, "bbb_recordings_published") == 2
    assert value(series, "bbb_recordings_unpublished") == 1
    assert value(series, "bbb_recordings_deleted") == value(series, "bbb_recordings_processing") == 0


@awaited
async def test_the_disk_and_its_faults_are_seen(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "journal_broken"}
    await memory.call("create", meetingID="demo")
    series = await scrape(memory)
    assert value(series, "bbbd_journal_bytes") == sum(
        path.stat().st_size for path in (memory.directory / "meetings").glob("*.jsonl")
    )
    assert (value(series, "bbbd_ready"), labelled(series, "bbbd_journal_faults_total")) == (1, {})
    memory.disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    await memory.call("create", meetingID="other")
    series = await scrape(memory)
    assert value(series, "bbbd_ready") == 0
    assert labelled(series, "bbbd_journal_faults_total").keys() == {("sync",), ("broken",)}


@awaited
async def test_damage_found_at_a_start_is_counted(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("journal_damaged")
    for name in ("torn", "damaged", "good"):
        await memory.call("create", meetingID=name)
        await memory.enter(name, "Somebody", role="VIEWER")
    torn, damaged = (
        memory.app.meetings.journals.path(memory.meeting(name).internal_id) for name in ("torn", "damaged")
    )
    torn.write_bytes(torn.read_bytes()[:-5])
    damaged.write_bytes(damaged.read_bytes().replace(b"Created", b"Crested"))
    await memory.restart()
    series = await scrape(memory)
    assert labelled(series, "bbbd_journal_faults_total") == {("torn",): 1, ("damaged",): 1}
    assert value(series, "bbb_meetings") == 2


@awaited
async def test_a_step_of_the_wall_clock_is_counted(memory: Memory) -> None:
    memory.wall_offset += 3600
    memory.advance(2)
    assert value(await scrape(memory), "bbbd_clock_jumps_total") == 1


def metrics_status(memory: Memory, host: str, *headers: str) -> int:
    wire = memory.connect(host)
    head = "".join(f"{header}\r\n" for header in headers)
    wire.send(f"GET /metrics HTTP/1.1\r\nHost: bbb.example.org\r\n{head}\r\n".encode())
    return parse(wire.got()).status


@pytest.mark.parametrize(
    ("host", "headers", "expected"),
    [
        ("127.0.0.1", (), 200),
        ("10.9.0.7", (), 200),
        ("192.0.2.1", (), 404),
        # Behind a proxy on this machine it is the address that counts which the proxy tells.
        ("127.0.0.1", ("X-Forwarded-For: 203.0.113.9",), 404),
        ("127.0.0.1", ("X-Forwarded-For: 127.0.0.1, 203.0.113.9",), 404),
        ("127.0.0.1", ("X-Forwarded-For: 10.9.0.7",), 200),
        ("127.0.0.1", ("X-Forwarded-For: nonsense",), 404),
        ("127.0.0.1", ("X-Forwarded-For:",), 404),
        # A proxy that tells none.
        ("127.0.0.1", ("X-Real-IP: 203.0.113.9",), 404),
        ("127.0.0.1", ("X-Forwarded-Proto: https",), 404),
        ("127.0.0.1", ("Via: 1.1 proxy",), 404),
        ("127.0.0.1", ("Forwarded: for=10.9.0.7",), 404),
        # An address that a stranger tells.
        ("192.0.2.1", ("X-Forwarded-For: 10.9.0.7",), 404),
        # A unix socket.
        ("", (), 404),
    ],
)
def test_only_named_networks_read_metrics(
    memory_with: Callable[..., Memory], host: str, headers: tuple[str, ...], expected: int
) -> None:
    memory = memory_with(bbbd__metricsFrom="127.0.0.0/8 ::1 10.9.0.0/16")
    assert metrics_status(memory, host, *headers) == expected


@awaited
async def test_prometheus_gets_openmetrics_if_it_asks_for_it(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__metricsFrom="192.0.2.0/24")
    await use(memory)
    plain = await memory.fetch("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert plain.headers["cache-control"] == "no-store"
    open_ = await memory.fetch("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"})
    assert open_.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert open_.body.endswith(b"# EOF\n")


@awaited
async def test_namespaces_of_developer_mode_count_apart(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    await daemon.fetch("/mine/bigbluebutton/api")
    own = await daemon.fetch("/mine/metrics")
    assert value(series_of(own.body.decode()), "bbbd_requests_total", call="root", outcome="ok") == 1
    main = await scrape(daemon)
    assert labelled(main, "bbbd_requests_total") == {}
    assert value(main, "bbbd_reactor_stall_seconds_count") > 0
    # The mere question makes no namespace.
    assert (await daemon.fetch("/other/metrics")).status == 404


def test_every_metric_that_is_counted_or_computed_has_a_type_of_prometheus(memory: Memory) -> None:
    wire = memory.connect("127.0.0.1")
    wire.send(b"GET /metrics HTTP/1.1\r\nHost: bbb.example.org\r\n\r\n")
    text = parse(wire.got()).body.decode()
    told = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    for metric in METRICS:
        if metric.name in told:
            expected = MetricType.HISTOGRAM if metric.type is MetricType.GAUGE_HISTOGRAM else metric.type
            assert told[metric.name] == expected.value, metric.name
