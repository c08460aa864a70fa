"""Table of calls by path, and the answer to a refusal, as in the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bbbd.api.call import AnyCall, Reply
from bbbd.api.calls import CALLS, ROOT
from bbbd.api.problems import Failed
from bbbd.api.response_tree import Tree
from bbbd.api.server import Server

_METHODS = (b"GET", b"HEAD", b"POST")


def refusal(server: Server, call: AnyCall | None, failed: Failed) -> Reply:
    """Return the answer to a refused call."""
    key = failed.problem.key
    body = (("messageKey", key), ("message", failed.message), *exit_link(server, call, failed))
    return Reply((("returncode", "FAILED"), *body), outcome=key)


def exit_link(server: Server, call: AnyCall | None, failed: Failed) -> Tree:
    """Return the element with the URL for leaving, if the call has one."""
    return ((call.exit_element, failed.exit_url or server.settings.way_out),) if call and call.exit_element else ()


class Table(NamedTuple):
    """The calls of an API by name (the root's is empty), and its answer to a refusal."""

    calls: Mapping[str, AnyCall]
    refusal: Callable[[Server, AnyCall | None, Failed], Reply]

    def call_of(self, segments: Sequence[bytes], method: bytes) -> tuple[str, AnyCall | None]:
        """Return name and row of the call at a path below the API; the row is None if there is no such call.

        For HEAD it is also the row of an unsafe call, to be answered with 405.
        """
        name = b"/".join(segments).strip(b"/").decode("ascii", "replace")
        plain = name.removesuffix(".xml").removesuffix(".json")
        call = self.calls.get(plain)
        if call is None or method not in _METHODS or (call.post_only and method == b"GET"):
            return plain if call else "unknown", None
        return plain or "root", call


TABLE = Table({"": ROOT, **CALLS}, refusal)
