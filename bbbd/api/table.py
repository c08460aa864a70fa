"""Which calls an API has, and what it answers when one is refused: here, as the contract has it."""

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
    """Return the answer to what is refused."""
    key = failed.problem.key
    body = (("messageKey", key), ("message", failed.message), *exit_link(server, call, failed))
    return Reply((("returncode", "FAILED"), *body), outcome=key)


def exit_link(server: Server, call: AnyCall | None, failed: Failed) -> Tree:
    """Return where people go then, for a call that tells it."""
    return ((call.exit_element, failed.exit_url or server.settings.way_out),) if call and call.exit_element else ()


class Table(NamedTuple):
    """The calls of an API by name, the root's empty; and how it says no."""

    calls: Mapping[str, AnyCall]
    refusal: Callable[[Server, AnyCall | None, Failed], Reply]

    def call_of(self, segments: Sequence[bytes], method: bytes) -> tuple[str, AnyCall | None]:
        """Return the name of the call that a path below the API asks for, and its row; None when there is none."""
        name = b"/".join(segments).strip(b"/").decode("ascii", "replace")
        plain = name.removesuffix(".xml").removesuffix(".json")
        call = self.calls.get(plain)
        if call is None or method not in _METHODS or (call.post_only and method != b"POST"):
            return plain if call else "unknown", None
        return plain or "root", call


TABLE = Table({"": ROOT, **CALLS}, refusal)
