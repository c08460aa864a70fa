"""A case: one sentence that an endpoint should make true, with the contract's own beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bbbd.conform.world import World

#: Asks an endpoint; raises ``Differs`` when it is not as the contract says.
Check = Callable[[World], Awaitable[None]]


class Requirement(StrEnum):
    """How much a case counts."""

    #: The contract says it.
    MUST = "must"
    #: The contract shows it, or later editions and other servers have it, and applications lean on it.
    SHOULD = "should"
    #: The contract is silent; bbbd decided it so.
    BBBD = "bbbd"


@dataclass(frozen=True, slots=True)
class Case:
    """A case; ``where`` is the section of the public documentation, ``needs`` the calls that it is about."""

    level: Requirement
    where: str
    name: str
    #: The contract's own sentence where ``quoted``, else a fact in our words.
    statement: str
    check: Check
    needs: tuple[str, ...]
    quoted: bool = True

    def matches(self, word: str) -> bool:
        """Tell whether a word is in what is told of the case."""
        return word.lower() in " ".join((self.where, self.name, *self.needs)).lower()


def must(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of what the contract says outright."""
    return Case(Requirement.MUST, where, name, statement, check, needs)


def should(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of what the contract shows."""
    return Case(Requirement.SHOULD, where, name, statement, check, needs)


def beyond(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of what the contract does not have, and later editions or other servers do."""
    return Case(Requirement.SHOULD, where, name, statement, check, needs, quoted=False)


def decided(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of what bbbd decided; ``says`` is the decision."""
    return Case(Requirement.BBBD, where, name, statement, check, needs, quoted=False)


def select(cases: Iterable[Case], levels: Iterable[Requirement], word: str = "") -> list[Case]:
    """Return the cases of some levels that have a word in them."""
    wanted = set(levels)
    return [case for case in cases if case.level in wanted and case.matches(word)]
