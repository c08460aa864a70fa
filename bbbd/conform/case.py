"""Test case: a sentence that should be true of an endpoint, with the contract's own sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bbbd.conform.world import World

#: Checks an endpoint; raises ``ContractMismatch`` if it differs from the contract.
Check = Callable[[World], Awaitable[None]]


class Requirement(StrEnum):
    """The strength of a requirement."""

    #: Stated by the contract.
    MUST = "must"
    #: Shown by the contract, or by later editions and other servers, and relied on by applications.
    SHOULD = "should"
    #: Decided by bbbd where the contract is silent.
    BBBD = "bbbd"


@dataclass(frozen=True, slots=True)
class Case:
    """A case; ``where`` is the section of the public documentation, ``needs`` are the calls under test."""

    level: Requirement
    where: str
    name: str
    #: The contract's own sentence if ``quoted``, else a fact in our words.
    statement: str
    check: Check
    needs: tuple[str, ...]
    quoted: bool = True

    def matches(self, word: str) -> bool:
        """Return whether section, name or calls contain a word."""
        return word.lower() in " ".join((self.where, self.name, *self.needs)).lower()


def must(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of a statement of the contract."""
    return Case(Requirement.MUST, where, name, statement, check, needs)


def should(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of an example in the contract."""
    return Case(Requirement.SHOULD, where, name, statement, check, needs)


def beyond(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case beyond the contract, from later editions or other servers."""
    return Case(Requirement.SHOULD, where, name, statement, check, needs, quoted=False)


def decided(where: str, name: str, statement: str, check: Check, *needs: str) -> Case:
    """Return a case of a decision of bbbd, given as ``statement``."""
    return Case(Requirement.BBBD, where, name, statement, check, needs, quoted=False)


def select(cases: Iterable[Case], levels: Iterable[Requirement], word: str = "") -> list[Case]:
    """Return the cases of some levels that match a word."""
    wanted = set(levels)
    return [case for case in cases if case.level in wanted and case.matches(word)]
