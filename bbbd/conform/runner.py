"""Runner: executes cases one after the other, and reports each result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bbbd.api.checksum import ALGORITHM_OF_LENGTH
from bbbd.conform.assertions import GOOD, ContractMismatch, parse_answer, summarize
from bbbd.conform.case import Case
from bbbd.conform.endpoint_client import Ask, Endpoint, EndpointRequest, NoAnswer, query_of
from bbbd.conform.world import PREFIX, NotSupported, PreconditionFailed, World

#: Number of consecutive unanswered requests after which the run stops.
_PATIENCE = 3


class CaseOutcome(StrEnum):
    """The outcome of a case."""

    AGREES = "agrees"
    DIFFERS = "differs"
    #: The endpoint does not support the call under test; for the first such case.
    NOT_THERE = "not there"
    #: The same, for further cases.
    SKIPPED = "skipped"
    #: The case could not be executed.
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a case, and what was received instead, if relevant."""

    case: Case
    outcome: CaseOutcome
    got: str = ""


class EndpointUnreachable(Exception):
    """The endpoint accepts no call at all; the text says why."""


async def find_digest(ask: Ask, url: str, secret: str) -> Endpoint:
    """Return the endpoint with a digest that it accepts. Raises ``EndpointUnreachable`` if there is none."""
    last = ""
    for algorithm in sorted(ALGORITHM_OF_LENGTH.values(), key=("sha256", "sha1", "sha512", "sha384").index):
        endpoint = Endpoint(url, secret, algorithm)
        query = endpoint.signed("isMeetingRunning", query_of({"meetingID": f"{PREFIX}none"}))
        try:
            answer = await ask(EndpointRequest(url=f"{url}/isMeetingRunning?{query}", headers={"Accept": "*/*"}))
        except NoAnswer as fault:
            raise EndpointUnreachable(f"{url}: {fault}") from fault
        found = parse_answer(answer)
        if found is not None and found.code == GOOD:
            return endpoint
        last = str(found) if found else f"{summarize(answer)}; is this the URL of an API?"
    raise EndpointUnreachable(f"{url} takes no checksum made with this secret: {last}")


async def run(
    cases: Iterable[Case], world: World, report: Callable[[Result], None], stopped: Callable[[], bool] = lambda: False
) -> None:
    """Execute all cases, and report each result immediately. Meetings of a case are ended before the next case."""
    missing: set[str] = set()
    silent = 0
    for case in cases:
        if stopped():
            return
        if silent >= _PATIENCE:
            report(Result(case, CaseOutcome.NOT_ASKED, "the endpoint does not answer any more"))
            continue
        gone = next((call for call in case.needs if call in missing), None)
        if gone is not None:
            report(Result(case, CaseOutcome.SKIPPED, gone))
            continue
        try:
            result = await _ask(case, world)
            silent = 0
        except NoAnswer as fault:
            result = Result(case, CaseOutcome.DIFFERS, str(fault))
            silent += 1
        if result.outcome is CaseOutcome.NOT_THERE and result.got in missing:
            result = Result(case, CaseOutcome.SKIPPED, result.got)
        if result.outcome is CaseOutcome.NOT_THERE:
            missing.add(result.got)
        report(result)


async def _ask(case: Case, world: World) -> Result:
    try:
        await case.check(world)
    except ContractMismatch as fault:
        return Result(case, CaseOutcome.DIFFERS, str(fault))
    except NotSupported as fault:
        return Result(case, CaseOutcome.NOT_THERE, str(fault))
    except PreconditionFailed as fault:
        return Result(case, CaseOutcome.NOT_ASKED, str(fault))
    except NoAnswer:
        raise
    except Exception as fault:  # an unexpected answer is reported, and the run continues
        return Result(case, CaseOutcome.DIFFERS, f"its answer cannot be read: {fault!r}")
    finally:
        await world.end_meetings()
    return Result(case, CaseOutcome.AGREES)
