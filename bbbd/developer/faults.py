"""Fault injection: wrong or slow answers for the next calls, or for a share of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from bbbd.api.calls import CALLS
from bbbd.api.problems import Problem


class Fault(StrEnum):
    """The kind of a fault."""

    DELAY = "delay"
    CUT = "cut"
    HTML = "html"
    MALFORMED = "malformed"
    MISSING = "missing"
    NOT_FOUND = Problem.NOT_FOUND.key
    SLOW = "slow"


class BadRule(ValueError):
    """A rule is invalid; the text says why."""


@dataclass(slots=True)
class Rule:
    """A fault for a call (empty: all calls), for a share of requests and a number of times (None: no limit).

    ``seconds`` is the duration of a delay or a slow body; ``element`` is the omitted element.
    """

    number: int
    fault: Fault
    call: str = ""
    share: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    element: str = ""
    hit: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def describe(self) -> dict[str, Any]:
        """Return the rule for JSON."""
        return {
            "id": self.number,
            "fault": self.fault.value,
            "call": self.call,
            "share": self.share,
            "times": self.times,
            "seconds": self.seconds,
            "element": self.element,
            "hit": self.hit,
        }


_NUMBERS = {"share": (0.0, 1.0), "seconds": (0.0, 600.0)}


@dataclass(slots=True)
class Faults:
    """The fault rules of one server; results are reproducible by seed."""

    rules: dict[int, Rule] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    def add(self, body: dict[str, Any]) -> Rule:
        """Add a rule from JSON. Raises ``BadRule``."""
        known = {"fault", "call", "share", "times", "seconds", "element", "seed"}
        if unknown := set(body) - known:
            raise BadRule(f"{min(unknown)[:50]!r} is none of {', '.join(sorted(known))}")
        try:
            fault = Fault(body.get("fault", ""))
        except ValueError:
            raise BadRule(f"fault must be one of {', '.join(Fault)}") from None
        for name, (least, most) in _NUMBERS.items():
            value = body.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
                raise BadRule(f"{name} must be a number from {least:g} to {most:g}")
        times = body.get("times")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise BadRule("times must be a whole number above 0")
        call = body.get("call", "")
        if not isinstance(call, str) or (call and call not in CALLS):
            raise BadRule("call must be one of the API's")
        element = str(body.get("element", ""))
        if fault is Fault.MISSING and not element.isalnum():
            raise BadRule("element must name what is missing")
        rule = Rule(
            number=next(self._numbers),
            fault=fault,
            call=call,
            share=float(body.get("share", 1)),
            times=times,
            seconds=float(body.get("seconds", 1)),
            element=element,
            chance=random.Random(str(body.get("seed", 0))),
        )
        self.rules[rule.number] = rule
        return rule

    def next(self, call: str) -> Rule | None:
        """Return the rule for the next request of a call, if any, and count it."""
        for rule in self.rules.values():
            if rule.call not in ("", call) or (rule.times is not None and rule.hit >= rule.times):
                continue
            if rule.share >= 1 or rule.chance.random() < rule.share:
                rule.hit += 1
                return rule
        return None
