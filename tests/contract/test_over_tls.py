"""What holds without TLS holds under it: the same tests, with TLS on both ends of each connection."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from harness import Caller, Daemon, Memory
from test_create import (  # noqa: F401 - these are the tests
    test_a_meeting_is_created_and_told_in_the_references_order,
    test_every_parameter_is_accepted,
    test_the_bodys_slides_are_kept_until_the_meeting_ends,
)
from test_http import (  # noqa: F401
    test_a_body_that_is_too_large_is_refused_before_it_is_read,
    test_a_chunked_body_is_bounded_too,
    test_a_chunked_body_is_read,
    test_a_head_is_bounded_and_strict,
    test_a_longer_request_line_gets_414,
    test_a_request_line_of_64_kib_is_answered,
    test_a_request_may_come_in_single_bytes,
    test_a_slow_body_gets_408_but_a_steady_one_has_its_time,
    test_a_slow_head_gets_408_and_an_idle_connection_is_closed,
    test_a_stop_does_not_wait_for_half_a_head,
    test_bodies_in_hand_have_a_limit_together,
    test_expect_is_answered_only_for_what_will_be_read,
    test_http_1_0_is_answered_and_closed,
    test_many_requests_in_one_go_get_an_answer_each_in_order,
    test_pipelining_without_reading_fills_no_memory,
    test_whoever_does_not_read_its_answer_is_cut_off,
    test_whoever_does_not_take_its_answers_is_not_read_any_further,
    test_whoever_hangs_up_before_the_answer_harms_nobody,
)
from test_playback import (  # noqa: F401
    lesson,
    test_parts_of_a_file,
    test_whoever_hangs_up_while_a_file_is_sent_harms_nobody,
)
from test_slide_uploads import test_an_upload_that_breaks_off_leaves_nothing  # noqa: F401
from test_socket import (  # noqa: F401
    test_a_flood_is_slowed_down_and_then_cut_off,
    test_a_message_in_pieces_is_one,
    test_binary_large_and_broken_frames_close_it_and_nobody_else_notices,
    test_frames_without_end_are_cut_off_and_not_read_on,
    test_who_does_not_answer_pings_is_taken_for_gone,
    test_who_says_nothing_or_speaks_another_version_is_let_go,
    test_who_takes_nothing_is_cut_off_and_nothing_waits_without_end,
)
from tls_receivers import Authority
from tls_servers import TlsDaemon, TlsMemory


@pytest.fixture
def memory_with(tmp_path: Path) -> Iterator[Callable[..., Memory]]:
    """Make a server in memory with settings."""
    servers: list[Memory] = []

    def make(**settings: str) -> Memory:
        given = {name.replace("__", "."): value for name, value in settings.items()}
        servers.append(TlsMemory(directory=tmp_path, settings=given))
        return servers[-1]

    yield make
    for server in servers:
        server.hang_up()


@pytest.fixture
def memory(memory_with: Callable[..., Memory]) -> Memory:
    return memory_with()


@pytest.fixture
def start_daemon(start_daemon: Callable[..., Daemon], authority: Authority) -> Callable[..., Daemon]:
    return partial(start_daemon, TlsDaemon, authority=authority)


@pytest.fixture(scope="module")
def shared_daemon(authority: Authority) -> Iterator[Daemon]:
    """One daemon for all tests that only call it."""
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        daemon = TlsDaemon(directory=Path(directory) / "data", authority=authority)
        yield daemon
        assert daemon.end() == 0
        assert not [line for line in daemon.log if line["level"] in ("error", "critical")]


@pytest.fixture
def bbb(shared_daemon: Daemon) -> Caller:
    return shared_daemon


@pytest.fixture
def send(shared_daemon: Daemon) -> Callable[[bytes], bytes]:
    return shared_daemon.send


def test_what_one_record_holds_waits_while_the_connection_is_paused(memory: TlsMemory) -> None:
    wire = memory.open()
    wire.shake_hands()
    request = b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n"
    wire.tls.pauseProducing()
    wire.send(request * 3)
    wire.client.close_side()
    wire.carry()
    assert not wire.got()
    wire.tls.resumeProducing()
    wire.tls.pauseProducing()
    memory.advance(1)
    assert not wire.got()
    wire.tls.resumeProducing()
    memory.advance(1)
    assert wire.got().count(b" 200 OK") == 3
    assert wire.closed
