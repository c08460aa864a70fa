"""A call of the API: a row of the table, what it wants, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from bbbd.api.negotiation import ResponseFormat
from bbbd.api.problems import Problem
from bbbd.api.query import Query
from bbbd.api.response_tree import Tree
from bbbd.api.server import Server

W = TypeVar("W")


class BodyRule(Enum):
    """What a call's body may hold beside a form, and how large it may be in bytes (None: ``bbbd.maxBody``)."""

    NOTHING = 64 << 10
    LONG_FORM = 1 << 20
    TRACK = 8 << 20
    #: A flat JSON object, whose members count as parameters.
    JSON = 16 << 10
    SLIDES = None


#: The largest form that is read, for calls that take nothing longer.
LARGEST_FORM = 256 << 10


class Authentication(Enum):
    """How a call proves that it comes from the application."""

    QUERY = "query"
    #: The contract's form of setConfigXML: all parameters, sorted, values encoded again.
    FORM = "form"
    #: Not at all: it carries a session token. Unknown ones are counted, and too many from one address refused.
    TOKEN = "token"  # noqa: S105 - the name of a way, not a token
    #: Not at all: who asks learns nothing by it.
    NOTHING = "nothing"


#: Ways that need no checksum.
UNSIGNED = (Authentication.TOKEN, Authentication.NOTHING)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gives back: a tree, or a document as it is, or another place to go."""

    tree: Tree = ()
    document: bytes | None = None
    document_type: bytes = b"text/xml;charset=utf-8"
    location: str = ""
    #: The HTTP status of a tree; the contract knows no other than this.
    status: int = 200
    #: The messageKey, for the log.
    outcome: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[W]):
    """A row of the table of calls; what differs between calls is said here and nowhere else."""

    name: str
    parameters: type[W]
    answer: Callable[[Server, W], Reply | Coroutine[Any, Any, Reply]]
    meaning: str
    #: It changes something: its answer waits until the disk has what it promises.
    changes: bool = False
    #: Its answer carries a password or token.
    secret: bool = False
    post_only: bool = False
    #: Its answers are JSON unless XML is asked for, with numbers and truths as such.
    json_by_default: bool = False
    #: Its JSON has no ``response`` around it.
    bare: bool = False
    #: The name by which a failure tells where people go then.
    exit_element: str = ""
    #: What is said when a required parameter is missing, where that is not the same for all calls; and a checksum.
    missing_problem: Problem | None = None
    unsigned_problem: Problem = Problem.CHECKSUM
    body: BodyRule = BodyRule.NOTHING
    authentication: Authentication = Authentication.QUERY
    #: Where a browser is sent when the call fails, from its query (empty when that is not signed).
    page_on_failure: Callable[[Server, Query], str] | None = None

    @property
    def form(self) -> ResponseFormat:
        """The usual form of its answers."""
        return ResponseFormat(json=self.json_by_default, typed=self.json_by_default, bare=self.bare)


AnyCall = Call[Any]


@dataclass(frozen=True, slots=True)
class NoParameters:
    """No parameters."""


def succeed(*tree: tuple[str, Any]) -> Reply:
    """Return an answer that is a success."""
    return Reply((("returncode", "SUCCESS"), *tree))
