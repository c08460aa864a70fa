"""Report of a run: differences for people, or a line of JSON for each case."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from bbbd.conform.case import Case, Requirement
from bbbd.conform.runner import CaseOutcome, Result

_LONGEST = 300


def printable(text: str) -> str:
    """Return a text from outside, safe for a terminal and of limited length."""
    clean = "".join(one if one.isprintable() else "\ufffd" for one in text)
    return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "..."


def result_text(result: Result, *, everything: bool) -> str | None:
    """Return a result as lines for people, or None if it is not reported."""
    case = result.case
    first = f"{result.outcome:<9}  {case.level:<6}  {case.where}: {case.name}"
    if result.outcome is CaseOutcome.DIFFERS:
        return f"{first}\n           got: {printable(result.got)}\n           {_source(case)}"
    if result.outcome is CaseOutcome.NOT_THERE:
        return f"{result.outcome:<9}          {printable(result.got)}"
    if not everything:
        return None
    return first + (f" ({printable(result.got)})" if result.got else "")


def _source(case: Case) -> str:
    if case.quoted:
        return f'the contract, {case.where}: "{case.statement}"'
    return f"{'bbbd decided' if case.level is Requirement.BBBD else 'beyond the contract'}: {case.statement}"


def result_json(result: Result) -> str:
    """Return a result as a line of JSON."""
    return json.dumps({"outcome": result.outcome, **_case_fields(result.case), "got": result.got})


def case_line(case: Case, *, as_json: bool) -> str:
    """Return a listed case as a line."""
    return json.dumps(_case_fields(case)) if as_json else f"{case.level:<6}  {case.where}: {case.name}"


def _case_fields(case: Case) -> dict[str, object]:
    return {
        "case": case.name,
        "level": case.level,
        "where": case.where,
        "says": case.statement,
        "quoted": case.quoted,
        "needs": case.needs,
    }


def summary(results: Sequence[Result]) -> str:
    """Return the summary of a run as lines."""
    counts = Counter(result.outcome for result in results)
    lines = [
        f"{counts[CaseOutcome.AGREES]} of {len(results)} cases agree, {counts[CaseOutcome.DIFFERS]} differ,"
        f" {counts[CaseOutcome.NOT_THERE] + counts[CaseOutcome.SKIPPED]} are about what is not there"
    ]
    why = Counter(result.got for result in results if result.outcome is CaseOutcome.NOT_ASKED)
    lines += [f"{count} could not be asked: {printable(reason)}" for reason, count in why.items()]
    return "\n".join(lines)


def is_good(results: Sequence[Result]) -> bool:
    """Return whether all cases could be executed and none differs."""
    return not any(result.outcome in (CaseOutcome.DIFFERS, CaseOutcome.NOT_ASKED) for result in results)
