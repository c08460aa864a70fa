"""Explanations of wrong checksums: in the answer in developer mode, in the log if the setting asks for it."""

from __future__ import annotations

from twisted.logger import Logger

from bbbd.api import signatures
from bbbd.api.call import AnyCall
from bbbd.api.problems import Failed, Problem
from bbbd.api.request_bodies import content_type_of
from bbbd.api.server import Server
from bbbd.http.request import Request

_log = Logger()


async def explained(server: Server, call: AnyCall | None, request: Request, failed: Failed) -> Failed:
    """Return the failure to answer with. Another one than was given contains checksums that pass."""
    settings = server.settings
    if failed.problem is not Problem.CHECKSUM or call is None:
        return failed
    if not (settings.developer or settings.explain_checksums):
        return failed
    from bbbd.api.checksum_help import explanation as help_  # noqa: PLC0415 - large, and seldom asked for

    body = b"" if request.incoming else _body(request, help_.LONGEST)
    signed_request = help_.SignedRequest(
        call=call.name,
        query=request.query,
        body=body,
        content_type=request.header(b"Content-Type") or "",
        address=request.path.decode("latin-1"),
    )
    secrets, algorithms = server.secrets, settings.algorithms
    explanation = await server.worker(lambda: help_.explain(signed_request, secrets, algorithms))
    if settings.explain_checksums:
        _log.warn("{call}: {why}", event="checksum_explained", call=call.name, why=explanation.log_line())
    return Failed(Problem.CHECKSUM, f"{failed.message}\n{explanation.message()}") if settings.developer else failed


def _body(request: Request, longest: int) -> bytes:
    """Return the body: a form as a whole, since its checksum may be at the end; else the searched part."""
    request.content.seek(0)
    is_form = content_type_of(request) == signatures.FORM
    return request.content.read(-1 if is_form else longest)
