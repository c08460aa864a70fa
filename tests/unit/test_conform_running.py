"""The table of cases, how they are asked, and how it is told; against endpoints that are functions."""

from __future__ import annotations

import ast
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from bbbd.conform.assertions import ContractMismatch, expect_success
from bbbd.conform.case import Case, Check, Requirement, beyond, decided, must, select, should
from bbbd.conform.cases import CASES
from bbbd.conform.endpoint_client import Answer, Endpoint, EndpointRequest, NoAnswer
from bbbd.conform.report import case_line, is_good, printable, result_json, result_text, summary
from bbbd.conform.runner import CaseOutcome, EndpointUnreachable, Result, find_digest, run
from bbbd.conform.world import LOOKS, NotSupported, World

T = TypeVar("T")
ROOT = Path(__file__).parent.parent.parent
API = "http://bbb.example.org/bigbluebutton/api"
Lines = list[tuple[str, str]]


def now(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waited")


def body(code: str, key: str = "", **words: str) -> bytes:
    words = {"returncode": code, "messageKey": key} | words
    return ("<response>" + "".join(f"<{name}>{text}</{name}>" for name, text in words.items()) + "</response>").encode()


class Endless:
    """An endpoint that answers every call by a function of its name and parameters."""

    def __init__(self, say: Callable[[str, dict[str, str]], bytes | Answer]) -> None:
        self.say = say
        self.asked: Lines = []
        self.slept = 0

    async def ask(self, asked: EndpointRequest) -> Answer:
        parts = urlsplit(asked.url)
        call = parts.path.removeprefix("/bigbluebutton/api").lstrip("/")
        pairs = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((call, pairs.get("meetingID", "")))
        found = self.say(call, pairs)
        return found if isinstance(found, Answer) else Answer(status=200, headers={}, body=found)

    async def sleep(self, _seconds: float) -> None:
        self.slept += 1

    def world(self) -> World:
        return World(self.ask, Endpoint(API, "secret", "sha1"), "run", self.sleep)

    def run(self, *checks: Check, needs: tuple[str, ...] = ()) -> list[Result]:
        results: list[Result] = []
        cases = [must("x", f"case {number}", "says", check, *needs) for number, check in enumerate(checks)]
        now(run(cases, self.world(), results.append))
        return results


def good(call: str, pairs: dict[str, str]) -> bytes:
    if call == "getMeetingInfo":
        return body("FAILED", "notFound")
    return body("SUCCESS", meetingID=pairs.get("meetingID", ""), moderatorPW=pairs.get("moderatorPW", "made"))


def outcomes(results: list[Result]) -> Lines:
    return [(result.outcome.value, result.got) for result in results]


async def makes_two(world: World) -> None:
    await world.meeting()
    await world.create(world.new_id())


def raising(fault: Exception) -> Check:
    async def check(world: World) -> None:
        await world.meeting()
        raise fault

    return check


def test_every_meeting_is_ended_before_the_next_case_also_after_failures() -> None:
    server = Endless(good)
    checks = (makes_two, raising(ContractMismatch("no")), raising(NotSupported("x")), raising(ZeroDivisionError()))
    server.run(*checks)
    made = [meeting_id for call, meeting_id in server.asked if call == "create"]
    ended = [meeting_id for call, meeting_id in server.asked if call == "end"]
    assert sorted(made) == sorted(ended)
    assert len(set(made)) == 5
    open_now: set[str] = set()
    for call, meeting_id in server.asked:
        open_now = open_now | {meeting_id} if call == "create" else open_now - {meeting_id}
        assert len(open_now) <= 2
    assert all(meeting_id.startswith("bbbd-conform-run-") for meeting_id in made)


def test_what_came_of_a_case_is_one_of_few_things() -> None:
    async def fine(world: World) -> None:
        expect_success(await world.call("end"))

    results = Endless(good).run(
        fine,
        raising(ContractMismatch("no")),
        raising(NotSupported("SHA-9")),
        raising(NotSupported("SHA-9")),
        raising(KeyError("k")),
    )
    assert outcomes(results) == [
        ("agrees", ""),
        ("differs", "no"),
        ("not there", "SHA-9"),
        ("skipped", "SHA-9"),
        ("differs", "its answer cannot be read: KeyError('k')"),
    ]


def test_a_call_that_is_not_there_is_asked_and_told_once() -> None:
    server = Endless(lambda _call, _pairs: Answer(status=404, headers={}, body=b"<html/>"))

    async def check(world: World) -> None:
        await world.call("hooks/list")

    results = server.run(check, check, check, needs=("hooks/list",))
    assert outcomes(results) == [("not there", "hooks/list"), ("skipped", "hooks/list"), ("skipped", "hooks/list")]
    assert len(server.asked) == 1
    assert is_good(results)


def test_a_404_of_a_call_that_answered_before_is_a_difference() -> None:
    answers: Iterator[bytes | Answer] = iter(
        [body("SUCCESS"), Answer(status=404, headers={"content-type": "text/html"}, body=b"gone")]
    )
    server = Endless(lambda _call, _pairs: next(answers))

    async def check(world: World) -> None:
        await world.call("getMeetings")
        await world.call("getMeetings")

    assert outcomes(server.run(check)) == [
        ("differs", "no answer of the API, but HTTP 404, text/html: gone"),
    ]


def test_what_stands_on_a_create_that_fails_is_not_asked() -> None:
    results = Endless(lambda _call, _pairs: body("FAILED", "internalError")).run(raising(ContractMismatch("never")))
    assert outcomes(results) == [("not asked", "create does not succeed")]
    assert not is_good(results)


def test_after_three_requests_without_an_answer_no_more_are_made() -> None:
    def silent(_call: str, _pairs: dict[str, str]) -> bytes:
        raise NoAnswer("no answer within 5 seconds")

    server = Endless(silent)

    async def check(world: World) -> None:
        await world.call("getMeetings")

    results = server.run(check, check, check, check, check)
    assert [outcome for outcome, _got in outcomes(results)] == ["differs"] * 3 + ["not asked"] * 2
    assert len(server.asked) == 3
    assert summary(results).splitlines()[1] == "2 could not be asked: the endpoint does not answer any more"


def test_a_run_that_is_stopped_asks_no_more() -> None:
    server, results = Endless(good), list[Result]()
    cases = [must("x", "case", "says", makes_two), must("x", "other", "says", makes_two)]
    now(run(cases, server.world(), results.append, lambda: bool(results)))
    assert len(results) == 1
    assert [call for call, _meeting_id in server.asked].count("end") == 2


def test_what_cannot_be_ended_is_kept_in_mind() -> None:
    def stubborn(call: str, pairs: dict[str, str]) -> bytes:
        if call == "end":
            return body("FAILED", "invalidPassword")
        return body("SUCCESS") if call == "getMeetingInfo" else good(call, pairs)

    def mute(call: str, pairs: dict[str, str]) -> bytes:
        if call in ("end", "getMeetingInfo"):
            raise NoAnswer("no")
        return good(call, pairs)

    for say in (stubborn, mute):
        world = Endless(say).world()
        now(makes_two(world))
        now(world.end_meetings())
        assert sorted(world.unended) == ["bbbd-conform-run-1", "bbbd-conform-run-2"]


def test_the_password_that_ends_a_meeting_is_the_one_that_create_told() -> None:
    passwords: list[str] = []

    def say(call: str, pairs: dict[str, str]) -> bytes:
        if call == "end":
            passwords.append(pairs.get("password", ""))
        return good(call, pairs)

    world = Endless(say).world()
    now(world.create("one"))
    now(world.create("two", moderatorPW="own"))
    now(world.end_meetings())
    assert passwords == ["own", "made"]


def test_what_takes_a_while_is_looked_at_for_a_while() -> None:
    server = Endless(good)
    faults = iter(["not yet", "not yet", ""])

    def looking(said: Callable[[], str]) -> Callable[[], Awaitable[str]]:
        async def look() -> str:
            return said()

        return look

    now(server.world().wait_until(looking(lambda: next(faults))))
    assert server.slept == 2
    with pytest.raises(ContractMismatch, match="never, even after 10 seconds"):
        now(server.world().wait_until(looking(lambda: "never")))
    assert server.slept == 2 + LOOKS - 1


def test_a_join_goes_on_to_the_node_that_a_balancer_names() -> None:
    def say(call: str, pairs: dict[str, str]) -> bytes | Answer:
        if "node" in pairs:
            return body("SUCCESS", "successfullyJoined")
        return Answer(
            status=302, headers={"location": "http://node.example.org/bigbluebutton/api/join?node=1"}, body=b""
        )

    server = Endless(say)
    made = now(server.world().join(meetingID="x"))
    assert b"successfullyJoined" in made.body
    assert [call for call, _meeting_id in server.asked] == ["join", "join"]
    circle = Endless(lambda _call, _pairs: Answer(status=302, headers={"location": f"{API}/join"}, body=b""))
    assert now(circle.world().join()).status == 302
    assert len(circle.asked) < 10


@pytest.mark.parametrize(("length", "algorithm"), [(64, "sha256"), (40, "sha1"), (128, "sha512"), (96, "sha384")])
def test_a_digest_that_the_endpoint_takes_is_found(length: int, algorithm: str) -> None:
    def say(_call: str, pairs: dict[str, str]) -> bytes:
        return body("SUCCESS") if len(pairs["checksum"]) == length else body("FAILED", "checksumError")

    assert now(find_digest(Endless(say).ask, API, "secret")).algorithm == algorithm


def test_an_endpoint_that_answers_no_signed_call_is_told() -> None:
    with pytest.raises(EndpointUnreachable, match="takes no checksum made with this secret: FAILED checksumError"):
        now(find_digest(Endless(lambda _call, _pairs: body("FAILED", "checksumError")).ask, API, "secret"))
    page = Answer(status=200, headers={"content-type": "text/html"}, body=b"<html>Welcome</html>")
    with pytest.raises(
        EndpointUnreachable, match="HTTP 200, text/html: <html>Welcome</html>; is this the URL of an API"
    ):
        now(find_digest(Endless(lambda _call, _pairs: page).ask, API, "secret"))

    def silent(_call: str, _pairs: dict[str, str]) -> bytes:
        raise NoAnswer("connection refused")

    with pytest.raises(EndpointUnreachable, match="connection refused"):
        now(find_digest(Endless(silent).ask, API, "secret"))


async def _check(_world: World) -> None:
    pass


ONE = must("create", "a case", "A sentence.", _check, "create")


def result(case: Case, outcome: CaseOutcome, got: str = "") -> Result:
    return Result(case, outcome, got)


def test_people_are_told_what_differs_with_the_contracts_sentence_beside_it() -> None:
    assert result_text(result(ONE, CaseOutcome.DIFFERS, "FAILED x"), everything=False) == (
        'differs    must    create: a case\n           got: FAILED x\n           the contract, create: "A sentence."'
    )
    newer = beyond("create", "a case", "Since 2.5 it is so.", _check)
    assert "           beyond the contract: Since 2.5" in (
        result_text(result(newer, CaseOutcome.DIFFERS), everything=False) or ""
    )
    own = decided("create", "a case", "It is so.", _check)
    assert "           bbbd decided: It is so." in (
        result_text(result(own, CaseOutcome.DIFFERS), everything=False) or ""
    )
    assert (
        result_text(result(ONE, CaseOutcome.NOT_THERE, "hooks/list"), everything=False)
        == "not there          hooks/list"
    )
    for outcome in (CaseOutcome.AGREES, CaseOutcome.SKIPPED, CaseOutcome.NOT_ASKED):
        assert result_text(result(ONE, outcome), everything=False) is None
    assert result_text(result(ONE, CaseOutcome.AGREES), everything=True) == "agrees     must    create: a case"
    assert (
        result_text(result(ONE, CaseOutcome.SKIPPED, "x"), everything=True) == "skipped    must    create: a case (x)"
    )


def test_programs_are_told_every_case() -> None:
    assert json.loads(result_json(result(ONE, CaseOutcome.DIFFERS, "got"))) == {
        "outcome": "differs",
        "case": "a case",
        "level": "must",
        "where": "create",
        "says": "A sentence.",
        "quoted": True,
        "needs": ["create"],
        "got": "got",
    }
    assert json.loads(case_line(ONE, as_json=True))["case"] == "a case"
    assert case_line(ONE, as_json=False) == "must    create: a case"


def test_what_somebody_else_says_does_no_harm_to_a_terminal() -> None:
    assert printable("a\x1b[2Jb\x9bc\nd") == "a\ufffd[2Jb\ufffdc\ufffdd"
    assert len(printable("x" * 10_000)) < 400


def test_the_sum_is_told() -> None:
    results = [
        result(ONE, CaseOutcome.AGREES),
        result(ONE, CaseOutcome.DIFFERS),
        result(ONE, CaseOutcome.NOT_THERE, "x"),
        result(ONE, CaseOutcome.SKIPPED, "x"),
        result(ONE, CaseOutcome.NOT_ASKED, "why"),
    ]
    assert summary(results) == (
        "1 of 5 cases agree, 1 differ, 2 are about what is not there\n1 could not be asked: why"
    )
    assert [is_good([one]) for one in results] == [True, False, True, True, False]


def test_cases_are_chosen_by_level_and_word() -> None:
    cases = [ONE, should("join", "Other", "s", _check, "join"), decided("create", "third", "s", _check)]
    assert select(cases, [Requirement.MUST, Requirement.SHOULD]) == cases[:2]
    assert select(cases, Requirement, "CREATE") == [cases[0], cases[2]]
    assert select(cases, Requirement, "other") == [cases[1]]
    assert select(cases, Requirement, "nothing") == []


def test_every_case_is_a_sentence_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert 15 < len(case.name) < 110, case.name
        assert not case.name.endswith("."), case.name
        assert 5 < len(case.statement) < 200, case.statement
        assert case.quoted == (case.level is Requirement.MUST) or case.level is Requirement.SHOULD, case.name


def test_the_kit_knows_nothing_of_bbbd_but_the_checksum() -> None:
    for path in ROOT.glob("bbbd/conform/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert not name.startswith(("twisted", "treq")), f"{path} imports {name}"
                if name.startswith("bbbd"):
                    assert name.startswith("bbbd.conform") or name == "bbbd.api.checksum", f"{path} imports {name}"
