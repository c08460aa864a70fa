"""API call: a row of the table of calls, with its rules for body and authentication, and its reply."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from bbbd.api.negotiation import ResponseFormat
from bbbd.api.problems import Problem
from bbbd.api.query import Query
from bbbd.api.response_tree import Tree
from bbbd.api.server import Server

W = TypeVar("W")


class BodyRule(Enum):
    """The content of a call's body besides a form, with its size limit in bytes (None: ``bbbd.maxBody``)."""

    NOTHING = 64 << 10
    #: A config.xml in a form that is itself signed, so the signature is known only at its end.
    LONG_FORM = 1 << 20
    TRACK = 8 << 20
    #: A flat JSON object, whose members count as parameters.
    JSON = 16 << 10
    SLIDES = None


#: Size limit of a form, for calls without a larger body.
LARGEST_FORM = 256 << 10


class Authentication(Enum):
    """The authentication of a call."""

    QUERY = "query"
    #: As setConfigXML in the contract: a checksum over all parameters, sorted, with values encoded again.
    FORM = "form"
    #: By a session token. Unknown tokens are rate-limited by address.
    TOKEN = "token"  # noqa: S105 - a name, not a token
    #: None: the answer reveals nothing.
    NOTHING = "nothing"


#: Authentication without a checksum.
UNSIGNED = (Authentication.TOKEN, Authentication.NOTHING)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of a call: a tree, a finished document, or a redirection."""

    tree: Tree = ()
    document: bytes | None = None
    document_type: bytes = b"text/xml;charset=utf-8"
    location: str = ""
    #: The HTTP status of a tree; always 200 in the contract.
    status: int = 200
    #: The messageKey, for the log.
    outcome: str = "ok"
    #: The tree is long: it is written in a thread, and sent in pieces. Its members' names differ, and none is empty.
    is_long: bool = False


#: A reply, or what is awaited for one.
Answer = Reply | Coroutine[Any, Any, Reply]


@lru_cache
def _format(json: bool, bare: bool) -> ResponseFormat:  # noqa: FBT001 - a key of the cache
    return ResponseFormat(json=json, typed=json, bare=bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[W]):
    """A row of the table of calls. All differences between calls are declared here."""

    name: str
    parameters: type[W]
    answer: Callable[[Server, W], Answer]
    meaning: str
    #: The change of a call whose answer waits for fsync, in the words for its caller when the disk does not take it;
    #: empty for calls that change nothing, or that sync by themselves.
    changes: str = ""
    #: The call has an effect: HEAD, which link checkers and previews send, is answered with 405.
    unsafe: bool = False
    #: The answer contains a password or token.
    secret: bool = False
    post_only: bool = False
    #: Answers are JSON unless XML is requested, with real numbers and booleans.
    json_by_default: bool = False
    #: The JSON has no ``response`` member around it.
    bare: bool = False
    #: The element of a failure that has the URL for leaving.
    exit_element: str = ""
    #: Problems for a missing parameter and a missing checksum, if they differ from those of other calls.
    missing_problem: Problem | None = None
    unsigned_problem: Problem = Problem.CHECKSUM
    #: A last slash of the path may be signed as a part of the name, as bbb-webhooks does.
    signed_with_slash: bool = False
    body: BodyRule = BodyRule.NOTHING
    authentication: Authentication = Authentication.QUERY
    #: The names of the parameters that the audit log has once the call has succeeded; empty for calls without audit.
    #: Of a family (``meta_*``) it has the names alone.
    audited: tuple[str, ...] = ()
    #: The parameters have a field ``application`` for the name of who signed the call.
    by_application: bool = False
    #: The parameters have a field ``form`` for the format of the answer.
    by_format: bool = False
    #: Returns the page for a browser when the call fails, from its query (empty if unsigned); "" for none.
    page_on_failure: Callable[[Server, Query], str] | None = None

    @property
    def form(self) -> ResponseFormat:
        """The default format of the answers."""
        return _format(self.json_by_default, self.bare)


AnyCall = Call[Any]


@dataclass(frozen=True, slots=True)
class NoParameters:
    """No parameters."""


def succeed(*tree: tuple[str, Any]) -> Reply:
    """Return an answer that is a success."""
    return Reply((("returncode", "SUCCESS"), *tree))
