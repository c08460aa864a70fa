"""The conformance kit: bbbd is what it says, and whoever is not is found out by the cases that are about it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import liars
import pytest
from environment_reset import PATIENCE
from harness import ROOT, SECRET, Caller, Daemon, Memory, awaited, environment, free_port, run
from liars import Lie, asking_liar, lying
from sample_recordings import make
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock as ManualTimer
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from bbbd.cli.conform import asking
from bbbd.conform.case import Case, Requirement, select
from bbbd.conform.cases import CASES
from bbbd.conform.endpoint_client import Answer, Ask, EndpointRequest, api_url
from bbbd.conform.runner import CaseOutcome, Result, find_digest
from bbbd.conform.runner import run as run_cases
from bbbd.conform.world import PREFIX, World

CONTRACT = (Requirement.MUST, Requirement.SHOULD)
#: What nobody has but who has recordings, or is of another make.
NOT_HERE = {"a recording to look at"}


def clock() -> IReactorTime:
    from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

    return cast("IReactorTime", reactor)


def asking_kit(bbb: Caller) -> Ask:
    """Carry requests to a server of the kit."""

    async def ask(asked: EndpointRequest) -> Answer:
        parts = urlsplit(asked.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        got = await bbb.fetch(target, asked.method, dict(asked.headers), asked.body)
        return Answer(status=got.status, headers=got.headers, body=got.body)

    return ask


async def results_of(ask: Ask, url: str, cases: Iterable[Case], kind: type[World] = World) -> list[Result]:
    endpoint = await find_digest(ask, api_url(url), SECRET)
    results: list[Result] = []
    # Whoever needs a while has it in no time here.
    world = kind(ask, endpoint, os.urandom(4).hex(), lambda _seconds: deferLater(clock(), 0))
    await run_cases(cases, world, results.append)
    assert [one.case for one in results] == list(cases)
    return results


def those(results: list[Result], outcome: CaseOutcome) -> dict[str, str]:
    return {result.case.name: result.got for result in results if result.outcome is outcome}


@awaited
async def test_bbbd_is_as_the_contract_and_its_own_decisions_say(bbb: Caller) -> None:
    results = await results_of(asking_kit(bbb), "http://bbb.example.org", CASES)
    assert not those(results, CaseOutcome.DIFFERS)
    assert not those(results, CaseOutcome.NOT_ASKED)
    assert set(those(results, CaseOutcome.NOT_THERE).values()) <= NOT_HERE


@awaited
async def test_with_recordings_every_case_of_them_is_asked(memory: Memory) -> None:
    make(memory.directory, "lecture")
    make(memory.directory, "draft", place="unpublished")
    memory.look()
    before = (await memory.call("getRecordings", state="any")).body
    results = await results_of(asking_kit(memory), "http://bbb.example.org", CASES)
    assert not those(results, CaseOutcome.DIFFERS)
    assert not those(results, CaseOutcome.NOT_THERE)
    assert (await memory.call("getRecordings", state="any")).body == before


@awaited
async def test_a_run_leaves_nothing_and_touches_nothing_that_was_there(memory: Memory) -> None:
    await memory.call("create", meetingID="ours", name="Ours", moderatorPW="mp", meta_a="1")
    before = (await memory.info("ours")).body
    await results_of(asking_kit(memory), "http://bbb.example.org", CASES)
    assert [one.external_id for one in memory.app.meetings] == ["ours"]
    assert (await memory.info("ours")).body == before


class Watched(World):
    """Keeps in mind what is called."""

    calls: set[str] = set()  # noqa: RUF012 - the test empties it
    looked_for: set[str] = set()  # noqa: RUF012

    async def ask(self, call: str, asked: EndpointRequest) -> Answer:
        self.calls.add(call)
        return await super().ask(call, asked)

    async def plain(self, target: str, **more: Any) -> Answer:
        self.looked_for.add(target.lstrip("/").partition("?")[0])
        return await super().plain(target, **more)


@awaited
async def test_each_case_says_which_calls_it_needs(memory: Memory) -> None:
    """Only so is a case passed over when one of them is not there. With create, meetings are made for others too."""
    for case in CASES:
        Watched.calls.clear()
        Watched.looked_for.clear()
        (result,) = await results_of(asking_kit(memory), "http://bbb.example.org", [case], Watched)
        assert Watched.calls - {"create"} <= set(case.needs), case.name
        if result.outcome is CaseOutcome.AGREES:
            assert set(case.needs) <= Watched.calls | Watched.looked_for, case.name


#: Lies, the cases that find them out, and some of what these tell.
LIES: list[tuple[Lie, set[str], set[str]]] = [
    (liars.honest, set(), set()),
    (liars.balances, set(), set()),
    (
        liars.breaks_down,
        {
            "getMeetingInfo of a meeting that nobody knows is notFound",
            "a meeting that was ended is seen to have ended within ten seconds",
            "a meeting that was ended is notFound within ten seconds",
        },
        {"no answer of the API, but HTTP 500, text/html: <html><body><h1>Something went wrong</h1></body></html>"},
    ),
    (
        liars.newer_keys,
        {
            "getMeetingInfo of a meeting that nobody knows is notFound",
            "a meeting that was ended is seen to have ended within ten seconds",
            "a meeting that was ended is notFound within ten seconds",
            "end of a meeting that nobody knows is notFound",
            "a second end succeeds too, or finds nothing",
            "publishing what nobody knows is notFound",
            "deleting what nobody knows is notFound",
            "updating what nobody knows is notFound",
        },
        {"FAILED validationError (We could not find a meeting with that meeting ID), not FAILED notFound"},
    ),
    (
        liars.torn,
        {
            "a call without parameters signs its name alone",
            "getMeetings lists a meeting as soon as create has answered",
            "getMeetings lists a meeting once, though create was called twice",
            "getMeetings tells every field of the contract's answer",
            "getMeetings tells of a meeting what getMeetingInfo tells",
            "getMeetings needs no parameters, and takes some",
            "where there are no meetings, getMeetings says noMeetings",
            "a meeting that was ended is no longer listed as alive within ten seconds",
        },
        {
            "no answer of the API, but HTTP 200, text/xml;charset=utf-8:"
            " <response><returncode>SUCCESS</returncode><meetings></meetings><messageKey>noMee"
        },
    ),
    (
        liars.loses("createTime", of="create"),
        {
            "create tells every field of the contract's answer",
            "createTime is in milliseconds",
            "internalMeetingID is a SHA-1, a dash and the createTime",
            "getMeetingInfo tells what create told, as soon as that has answered",
        },
        {"the answer has no createTime", "there is no createTime"},
    ),
    (
        liars.loses("endTime", "attendees", of="getMeetingInfo"),
        {
            "getMeetingInfo tells every field of the contract's answer",
            "numbers are digits, and truths are true or false",
            "a new meeting has nobody in it, and no end",
            "getMeetings tells of a meeting what getMeetingInfo tells",
        },
        {"the answer has no endTime, attendees", "endTime is None, not '0'"},
    ),
    (
        liars.loses("auth_token", of="join"),
        {
            "with redirect=false the session is told in XML, with every field of the contract's answer",
            "everybody has a session of their own",
        },
        {"the answer has no auth_token"},
    ),
    (
        liars.escapes_twice,
        {"a name with & < > and quotes comes back as it was sent", "metadata are kept and told by getMeetingInfo"},
        {"metadata/category is 'F&amp;A &lt;b&gt;\u00fc', not 'F&A <b>\u00fc'"},
    ),
    (
        liars.forgets,
        {"create called again succeeds with a warning", "create called again tells the same meeting"},
        set(),
    ),
    (
        liars.lets_all_in,
        {
            "a call without a checksum is refused",
            "a wrong checksum is refused",
            "a checksum by another secret, or by none, is refused",
            "the call's name is part of what is signed",
            "a query that is changed by one character is refused",
            "parameters in another order than the signed one are refused",
            "the default config.xml needs a checksum",
            "listing hooks needs a checksum",
            "a message needs a checksum",
        },
        {"SUCCESS, not FAILED checksumError"},
    ),
    (
        liars.never_ends,
        {
            "nobody joins a meeting that was ended",
            "a meeting that was ended is seen to have ended within ten seconds",
            "a meeting that was ended is notFound within ten seconds",
            "a meeting that was ended is no longer listed as alive within ten seconds",
            "the meetingID of a meeting that was ended is free within ten seconds",
        },
        {"getMeetings still lists it, even after 10 seconds"},
    ),
    (
        liars.takes_bodies,
        {"a body adds no parameter to a signed URL"},
        {"meetingName, which was in the unsigned body alone, is 'Forged', not ''"},
    ),
    (
        liars.old,
        {
            "a call that does not exist is a failure like any other",
            "an answer is JSON for who accepts application/json",
        },
        set(),
    ),
]


@pytest.mark.parametrize(("lie", "found", "told"), LIES)
@awaited
async def test_whoever_lies_is_found_out_by_the_cases_that_are_about_it(
    memory: Memory, lie: Lie, found: set[str], told: set[str]
) -> None:
    results = await results_of(asking_liar(memory, lie), "http://bbb.example.org", select(CASES, CONTRACT))
    differing = those(results, CaseOutcome.DIFFERS)
    assert set(differing) == found, differing
    assert set(differing.values()) >= told
    assert not those(results, CaseOutcome.NOT_ASKED)


@awaited
async def test_what_an_old_server_does_not_have_is_told_once_and_is_no_difference(memory: Memory) -> None:
    results = await results_of(asking_liar(memory, liars.old), "http://bbb.example.org", select(CASES, CONTRACT))
    gone = [result.got for result in results if result.outcome is CaseOutcome.NOT_THERE]
    assert len(gone) == len(set(gone))
    assert set(gone) == NOT_HERE | {
        "a checksum by SHA-256",
        "a checksum by SHA-384",
        "a checksum by SHA-512",
        "getRecordingTextTracks",
        "putRecordingTextTrack",
        "hooks/list",
        "hooks/destroy",
        "hooks/create",
        "sendChatMessage",
    }


@awaited
async def test_whoever_agrees_to_everything_is_told_so(memory: Memory) -> None:
    results = await results_of(asking_liar(memory, liars.yes), "http://bbb.example.org", CASES)
    differing = those(results, CaseOutcome.DIFFERS)
    assert {case.name for case in CASES if "is refused" in case.name} <= set(differing)
    assert not [got for got in differing.values() if "cannot be read" in got]
    assert len(differing) > len(CASES) / 2


@awaited
async def test_whoever_falls_silent_is_left_in_peace(memory: Memory) -> None:
    waiting = ManualTimer()
    async with lying(memory, liars.silent_after(10, lambda: waiting.advance(20))) as url:
        results = await results_of(asking(waiting, 20), url, select(CASES, CONTRACT))
    differing = those(results, CaseOutcome.DIFFERS)
    assert set(differing.values()) == {"no answer within 20 seconds"}
    assert len(differing) == 3
    assert set(those(results, CaseOutcome.NOT_ASKED).values()) == {"the endpoint does not answer any more"}


def conform(*arguments: str, stdin: str = f"{SECRET}\n") -> Deferred[subprocess.CompletedProcess[str]]:
    """Run the command while this process goes on serving."""
    return cast("Deferred[subprocess.CompletedProcess[str]]", deferToThread(run, "conform", *arguments, stdin=stdin))


@pytest.mark.parametrize("path", ["", "/bigbluebutton/api/"])
def test_the_command_finds_nothing_in_bbbd(shared_daemon: Daemon, path: str) -> None:
    done = run("conform", f"http://127.0.0.1:{shared_daemon.port}{path}", "--decisions", stdin=f"{SECRET}\n")
    assert (done.returncode, done.stderr) == (0, "")
    *gone, summed = done.stdout.splitlines()
    assert set(gone) == {f"not there          {what}" for what in NOT_HERE}
    assert f" of {len(CASES)} cases agree, 0 differ" in summed


def test_the_command_tells_every_case_as_json(shared_daemon: Daemon) -> None:
    done = run("conform", f"http://127.0.0.1:{shared_daemon.port}", "--json", stdin=f"{SECRET}\n")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["case"] for one in told] == [case.name for case in select(CASES, CONTRACT)]
    assert {one["outcome"] for one in told} == {"agrees", "not there", "skipped"}
    assert SECRET not in done.stdout


def test_a_word_chooses_cases_and_all_tells_those_that_agree(shared_daemon: Daemon) -> None:
    url = f"http://127.0.0.1:{shared_daemon.port}"
    done = run("conform", url, "--only", "UPPER CASE", "--decisions", "--all", stdin=f"{SECRET}\n")
    assert "agrees     bbbd    Usage: a checksum may be in upper case\n" in done.stdout
    outright = run("conform", url, "--only", "SHA-", "--must", "--all", stdin=f"{SECRET}\n")
    assert outright.stdout.splitlines() == [
        "agrees     must    Usage: a checksum may be made by SHA-1",
        "1 of 1 cases agree, 0 differ, 0 are about what is not there",
    ]


def test_the_list_calls_nobody_and_needs_no_url() -> None:
    done = run("conform", "--list")
    assert len(done.stdout.splitlines()) == len(select(CASES, CONTRACT))
    assert "must    create: create called again succeeds with a warning\n" in done.stdout
    told = [json.loads(line) for line in run("conform", "--list", "--decisions", "--json").stdout.splitlines()]
    assert [one["case"] for one in told] == [case.name for case in CASES]


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        ((), SECRET, "URL"),
        (("bbb.example.org",), SECRET, "is not the http or https URL of a server"),
        (("http://127.0.0.1:1", "--within", "soon"), SECRET, "is not a number of seconds"),
        (("http://127.0.0.1:1", "--within", "0"), SECRET, "is not a number of seconds"),
        (("http://127.0.0.1:1", "--only", "no such word"), SECRET, "no case has"),
        (("http://127.0.0.1:1",), "\n", "standard input, and there is none"),
        (("http://127.0.0.1:1", SECRET), SECRET, "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], stdin: str, told: str) -> None:
    done = run("conform", *arguments, stdin=stdin)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("label", ["URL", "Secret"])
def test_the_words_around_a_secret_are_not_taken_for_it(label: str) -> None:
    done = run("conform", "http://127.0.0.1:9", stdin=f"{label}: {SECRET}\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "bbbd secret --only" in done.stderr
    assert SECRET not in done.stderr


def test_nobody_there_and_a_wrong_secret_are_told(shared_daemon: Daemon) -> None:
    nobody = run("conform", f"http://127.0.0.1:{free_port()}", stdin=SECRET)
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "no answer: " in nobody.stderr
    wrong = run("conform", f"http://127.0.0.1:{shared_daemon.port}", stdin="wrong")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "takes no checksum made with this secret: FAILED checksumError" in wrong.stderr
    elsewhere = run("conform", f"http://127.0.0.1:{shared_daemon.port}/elsewhere", stdin=SECRET)
    assert elsewhere.returncode == 1
    assert "HTTP 404" in elsewhere.stderr
    assert not any("Traceback" in one.stderr for one in (nobody, wrong, elsewhere))


@awaited
async def test_the_command_tells_what_differs_with_the_contracts_sentence_beside_it(memory: Memory) -> None:
    async with lying(memory, liars.escapes_twice) as url:
        done = await conform(url)
    assert (done.returncode, done.stderr) == (1, "")
    assert (
        "differs    must    create: metadata are kept and told by getMeetingInfo\n"
        "           got: metadata/category is 'F&amp;A &lt;b&gt;\u00fc', not 'F&A <b>\u00fc'\n"
        '           the contract, create: "These will be stored by BigBlueButton can be retrieved later via the'
        ' getMeetingInfo and getRecordings calls."\n'
    ) in done.stdout
    assert " 2 differ, " in done.stdout.splitlines()[-1]
    assert len(memory.app.meetings) == 0


@pytest.mark.parametrize(
    ("lie", "within", "told"),
    [
        (liars.silent_after(0), 1, "no answer within 1 seconds"),
        (liars.a_page, PATIENCE, "no checksum made with this secret: HTTP 200, text/html: <html>"),
    ],
)
@awaited
async def test_an_endpoint_that_is_none_is_told_without_a_traceback(
    memory: Memory, lie: Lie, within: int, told: str
) -> None:
    async with lying(memory, lie) as url:
        done = await conform(url, "--within", str(within))
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@awaited
async def test_meetings_that_cannot_be_ended_are_told(memory: Memory) -> None:
    async with lying(memory, liars.refuses_to_end) as url:
        done = await conform(url, "--only", "a duration is kept")
    (left,) = [one.external_id for one in memory.app.meetings]
    assert done.returncode == 1
    assert done.stderr == f"could not be ended: {left}\n"


@awaited
async def test_an_interrupted_run_ends_its_meetings(memory: Memory) -> None:
    processes: list[subprocess.Popen[str]] = []

    def interrupt() -> None:
        assert [one for one in memory.app.meetings if one.external_id.startswith(PREFIX)]
        processes[0].send_signal(signal.SIGINT)

    async with lying(memory, liars.silent_on("getMeetingInfo", interrupt)) as url:
        command = [str(Path(sys.executable).parent / "bbbd"), "conform", url, "--only", "kept", "--within", "5"]
        processes.append(
            subprocess.Popen(  # noqa: ASYNC220 - it does not wait
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=environment(),
            )
        )
        told, complained = await deferToThread(processes[0].communicate, f"{SECRET}\n", PATIENCE)
    assert processes[0].returncode == 1
    assert "got: no answer within 5 seconds" in told
    assert complained.startswith("interrupted: ")
    assert "Traceback" not in complained
    assert len(memory.app.meetings) == 0
