"""Ballots: what was voted in an open secret poll. They are in memory alone, and never with a name."""

from __future__ import annotations

from collections.abc import Sequence

from bbbd.meetings.model import AnswerTotal
from bbbd.meetings.polls import totals


class Ballots:
    """The ballot box of one meeting. It holds the ballots of one poll; those of another replace them."""

    def __init__(self) -> None:
        self._poll = ""
        self._chosen: list[int] = []
        self._texts: list[str] = []
        self._count = 0

    def cast(self, poll: str, answers: Sequence[int], text: str) -> None:
        """Count a ballot."""
        if poll != self._poll:
            self._poll, self._chosen, self._texts, self._count = poll, [], [], 0
        self._chosen += answers
        self._texts += [text] if text else []
        self._count += 1

    def totals(self, poll: str, answers: Sequence[str]) -> tuple[tuple[AnswerTotal, ...], int]:
        """Return the totals of a poll with these answers, and the number of its ballots."""
        if poll != self._poll:
            return totals(answers, (), ()), 0
        return totals(answers, self._chosen, self._texts), self._count
