"""Lines of the log: JSON for machines, text for a terminal, and nothing that ends a line early."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable

import pytest
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure

from bbbd.log import LogObserver
from bbbd.values.enums import LogFormat, LogLevel


def lines(shape: LogFormat, level: LogLevel = LogLevel.INFO) -> tuple[list[str], Logger]:
    written: list[str] = []
    return written, Logger("test", observer=LogPublisher(LogObserver(written.append, level, shape)))


def test_a_line_of_json_has_its_fields() -> None:
    written, logger = lines(LogFormat.JSON)
    logger.warn("{what} happened\n\x1b[2J", event="word", what="much", number=3, hidden=object(), audit=True)
    told = json.loads(written[0])
    assert written[0].count("\n") == 1
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "warn",
        "event": "word",
        "message": "much happened\n\x1b[2J",
        "what": "much",
        "number": 3,
        "audit": True,
    }


def test_a_line_of_text_is_one_line() -> None:
    written, logger = lines(LogFormat.TEXT)
    logger.info("a {what}", what="b\x1b[2J\r\u2028c\x85")
    assert written[0].endswith(" info     a b\\x1b[2J\\x0d\\x2028c\\x85\n")


def test_what_is_below_the_level_is_not_written_but_what_is_audited() -> None:
    written, logger = lines(LogFormat.TEXT, LogLevel.ERROR)
    logger.info("quiet")
    logger.warn("quiet")
    logger.info("")
    logger.error("loud")
    logger.info("audited", audit=True)
    assert [line.split()[-1] for line in written] == ["loud", "audited"]


def test_lines_of_calls_are_written_together_at_the_end_of_a_turn_and_in_their_order() -> None:
    written: list[str] = []
    observer = LogObserver(written.append, LogLevel.INFO, LogFormat.TEXT, priorities=True)

    def line(text: str, *, may_wait: bool = True) -> None:
        observer.write_line(LogLevel.INFO, "call", text, {}, 0, may_wait=may_wait)

    def words() -> list[list[str]]:
        return [[line.split()[-1] for line in text.splitlines()] for text in written]

    line("at-once")
    assert words() == [["at-once"]]
    turn_end: deque[Callable[[], bool]] = deque()
    observer.turn_end = turn_end
    for text in ("one", "two"):
        line(text)
    assert len(written) == 1
    assert len(turn_end) == 1
    # What may not wait comes behind what was there before.
    line("urgent", may_wait=False)
    line("three")
    while turn_end:
        assert not turn_end.popleft()()
    assert words() == [["at-once"], ["one", "two"], ["urgent"], ["three"]]
    assert written[1].count("<6>") == 2


@pytest.mark.parametrize("shape", LogFormat)
def test_a_traceback_has_no_values(shape: LogFormat) -> None:
    written, logger = lines(shape)
    secret_value = "hidden in a local"
    try:
        int("told")
    except ValueError:
        logger.failure("it failed", event="failed")
    assert "it failed" in written[0]
    assert "test_a_traceback_has_no_values" in written[0]
    assert re.search(r"ValueError(\n|\\n)", written[0])
    assert "invalid literal" not in written[0]
    assert secret_value not in written[0]


class Odd(Exception):
    """An exception of a library."""

    def __str__(self) -> str:
        return f"about\n{self.args[0]}"


@pytest.mark.parametrize("shape", LogFormat)
@pytest.mark.parametrize("fault", [KeyError("token"), UnicodeEncodeError("utf-8", "token", 0, 1, "no"), Odd("token")])
def test_of_an_exception_that_may_repeat_a_value_only_the_type_is_logged(shape: LogFormat, fault: Exception) -> None:
    written, logger = lines(shape)
    logger.failure("it failed", Failure(fault), event="failed")
    assert type(fault).__name__ in written[0]
    assert "token" not in written[0]


@pytest.mark.parametrize(
    "fault", [TypeError("'int' object is not iterable"), AssertionError("why"), RuntimeError("why")]
)
def test_the_words_of_python_itself_are_logged(fault: Exception) -> None:
    written, logger = lines(LogFormat.TEXT)
    logger.failure("it failed", Failure(fault), event="failed")
    assert f"{type(fault).__name__}: {fault}" in written[0]
