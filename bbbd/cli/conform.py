"""``bbbd conform``: tests whether any BigBlueButton endpoint conforms to the contract, and prints what differs.

Exit status: 0 the endpoint conforms, 1 it differs or a case could not be tested, 2 wrong usage. The shared secret is
read from standard input, since all users of a machine can read its command lines.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Coroutine
from contextlib import suppress
from getpass import getpass
from typing import Any

import treq
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.internet.task import deferLater, react
from twisted.web.client import ResponseFailed
from twisted.web.http_headers import Headers

from bbbd.cli.common import BAD, GOOD, CommandFailed, piped_line
from bbbd.conform.case import Case, Requirement, select
from bbbd.conform.cases import CASES
from bbbd.conform.endpoint_client import Answer, Ask, EndpointRequest, NoAnswer, api_url
from bbbd.conform.report import case_line, is_good, printable, result_json, result_text, summary
from bbbd.conform.runner import EndpointUnreachable, Result, find_digest, run
from bbbd.conform.world import World

USAGE = 2
#: Bytes of an answer that are read.
_LARGEST = 64 << 20

_EXAMPLES = """\
examples:
  bbbd conform https://bbb.example.org < secret-file
  bbbd conform https://bbb.example.org/bigbluebutton/api --only join < secret-file
  bbbd conform --list --decisions

It creates meetings whose ids begin with bbbd-conform-, a few at a time, and ends them. It only reads recordings.
"""


def add(commands: Any, _common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line. It tests any server, so it reads no settings of this one."""
    sub = commands.add_parser(
        "conform",
        help=summary,
        description=f"{summary} Prints what differs. The shared secret is read from standard input.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument("url", metavar="URL", nargs="?", type=_url, help="with or without /bigbluebutton and /api")
    sub.add_argument(
        "--decisions", action="store_true", help="also test decisions of bbbd where the contract is silent"
    )
    sub.add_argument("--must", action="store_true", help="only test what the contract demands")
    sub.add_argument("--only", metavar="WORD", default="", help="only cases with this word in the output of --list")
    sub.add_argument("--list", action="store_true", help="list the cases and call nothing")
    sub.add_argument("--all", action="store_true", help="also print the cases that agree")
    sub.add_argument("--within", metavar="SECONDS", type=_seconds, default=30.0, help="time to wait for an answer (30)")
    sub.add_argument("--json", action="store_true", help="print a line of JSON for each case")
    sub.set_defaults(do=conform, usage=sub.error)


def _url(text: str) -> str:
    try:
        return api_url(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _seconds(text: str) -> float:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of seconds')
    return float(text)


def conform(options: argparse.Namespace) -> int:
    """Test all cases, or list them."""
    levels = [Requirement.MUST] if options.must else [Requirement.MUST, Requirement.SHOULD]
    cases = select(CASES, [*levels, *([Requirement.BBBD] if options.decisions else [])], options.only)
    if not cases:
        options.usage(f'no case has "{options.only}" in it')
    if options.list:
        for case in cases:
            _say(case_line(case, as_json=options.json))
        return GOOD
    if not options.url:
        options.usage("the following arguments are required: URL")
    secret = getpass("shared secret: ").strip() if sys.stdin.isatty() else piped_line()
    if not secret:
        options.usage("the shared secret is read from standard input, and there is none")
    if secret.startswith(("URL: ", "Secret: ")):
        options.usage("standard input holds more than the secret; `bbbd secret --only` prints the secret alone")
    return _under_reactor(_Run(options, cases, secret))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class _Run:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace, cases: list[Case], secret: str) -> None:
        self._options = options
        self._cases = cases
        self._secret = secret
        self._results: list[Result] = []
        self.stopped = False

    async def ask(self, reactor: Any) -> int:
        """Test every case, print its result, and return the exit status."""
        options = self._options
        ask = asking(reactor, options.within)
        try:
            endpoint = await find_digest(ask, options.url, self._secret)
        except EndpointUnreachable as fault:
            raise CommandFailed(printable(str(fault))) from fault
        world = World(ask, endpoint, secrets.token_hex(4), lambda seconds: deferLater(reactor, seconds))
        await run(self._cases, world, self._tell, lambda: self.stopped)
        if not options.json:
            _say(summary(self._results))
        if len(self._results) < len(self._cases):
            sys.stderr.write(f"interrupted: {len(self._cases) - len(self._results)} cases were not asked\n")
        for meeting_id in world.unended:
            sys.stderr.write(f"could not be ended: {printable(meeting_id)}\n")
        return GOOD if is_good(self._results) and not world.unended and not self.stopped else BAD

    def _tell(self, result: Result) -> None:
        self._results.append(result)
        line = result_json(result) if self._options.json else result_text(result, everything=self._options.all)
        if line is not None:
            _say(line)


def _under_reactor(command: _Run) -> int:
    """Run the command. An interrupted command ends its meetings before it exits."""
    status: list[int] = []
    faults: list[Exception] = []

    def main(reactor: IReactorCore) -> Deferred[None]:
        finished = Deferred.fromCoroutine(guarded(command.ask(reactor)))

        def stop() -> Deferred[None]:
            command.stopped = True
            return finished

        reactor.addSystemEventTrigger("before", "shutdown", stop)
        return finished

    async def guarded(work: Coroutine[Any, Any, int]) -> None:
        try:
            status.append(await work)
        except Exception as fault:
            faults.append(fault)

    with suppress(SystemExit):
        react(main)
    if faults:
        raise faults[0]
    return status[0] if status else BAD


def asking(reactor: IReactorTime, within: float) -> Ask:
    """Return a function that sends requests over HTTP and waits so many seconds for each answer."""

    async def ask(asked: EndpointRequest) -> Answer:
        try:
            return await Deferred.fromCoroutine(_fetch(asked)).addTimeout(within, reactor, _late)
        except NoAnswer:
            raise
        except ResponseFailed as fault:
            raise NoAnswer(f"no answer: {fault.reasons[0].getErrorMessage()}") from fault
        except Exception as fault:
            raise NoAnswer(f"no answer: {fault}") from fault

    return ask


def _late(_result: object, seconds: float) -> Answer:
    raise NoAnswer(f"no answer within {seconds:g} seconds")


class _TooLarge(Exception):
    """An answer that is longer than any answer of the API."""


async def _fetch(asked: EndpointRequest) -> Answer:
    headers = Headers({name: [value] for name, value in ({"User-Agent": "bbbd-conform"} | dict(asked.headers)).items()})
    response = await treq.request(
        asked.method,
        asked.url,
        headers=headers,
        data=asked.body if asked.method == "POST" else None,
        allow_redirects=False,
    )
    body = bytearray()

    def take(piece: bytes) -> None:
        body.extend(piece)
        if len(body) > _LARGEST:
            raise _TooLarge(f"the answer has more than {_LARGEST >> 20} MiB")

    await treq.collect(response, take)
    names = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.getAllRawHeaders()
    }
    return Answer(status=response.code, headers=names, body=bytes(body))
