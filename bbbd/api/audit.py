"""The audit log of calls: acts of applications, with the name of each or the number of its secret, and their target.

A line is written at every log level, once the call has changed something. It has ids and names of metadata, never
their values.
"""

from __future__ import annotations

from collections.abc import Iterator

from twisted.logger import Logger

from bbbd.api.call import AnyCall
from bbbd.api.query import Query
from bbbd.http.request import Request

_log = Logger()
#: Characters of a value in a line.
LONGEST = 2000


def log_act(call: AnyCall, query: Query, request: Request, application: str) -> None:
    """Log a call that has not been refused, if its row says so; ``application`` is the name of who signed, or ""."""
    if not call.audited:
        return
    _log.info(
        ("application {application}" if application else "application by secret {secret}") + ": {call} {target}",
        event="act",
        call=call.name,
        target=" ".join(_targets(call, query)),
        secret=query.secret,
        application=application,
        **{"from": request.caller},
        request=request.request_id,
        audit=True,
    )


def _targets(call: AnyCall, query: Query) -> Iterator[str]:
    for name in call.audited:
        is_family = name.endswith("*")
        found = ",".join(sorted(query.matching(name[:-1]))) if is_family else (query.find(name) or "").strip()
        if found:
            short = found if len(found) <= LONGEST else found[:LONGEST] + "..."
            yield f"{name}={short}"
