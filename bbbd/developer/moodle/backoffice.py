"""Back office at ``/<serverID>/backoffice/<operation>``: operations for Moodle's tests. GET or POST, answers in XML.

Parameters are read from the query, then from a form in the body. A failure is answered with one error and a
status of its own, and changes nothing. Cross-site requests of browsers are refused.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api.problems import WHEN_MISSING, Failed, Problem, missing
from bbbd.api.query import Query, read_query
from bbbd.api.signatures import FORM
from bbbd.developer.moodle.answers import CONTENT_TYPE, refuse, write
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.operations import BY_NAME
from bbbd.developer.people import NotPossible
from bbbd.developer.recording_factory import ImpossibleRecording
from bbbd.http.request import Request
from bbbd.values.fields import MissingValue, RefusedValue, read

_log = Logger()

#: HTTP statuses of problems; 400 for all others.
_STATUSES = {
    Problem.UNSUPPORTED_REQUEST: 404,
    Problem.NOT_FOUND: 404,
    Problem.ID_NOT_UNIQUE: 409,
    Problem.MAX_MEETINGS: 503,
    Problem.DRAINING: 503,
    Problem.DISK_FULL: 503,
    Problem.INTERNAL: 500,
}
#: Booleans with default true. PHP sends false as an empty text.
_FALSE_WHEN_EMPTY = ("published", "protect")


class BackOffice(Resource):
    """The back office of one namespace."""

    isLeaf = True

    def __init__(self, context: OperationContext) -> None:
        super().__init__()
        self._context = context

    def render(self, request: Any) -> int:
        """Perform the operation, then answer."""
        asked = cast("Request", request)
        asked.setHeader(b"Cache-Control", b"no-store")
        if asked.method not in (b"GET", b"POST"):
            asked.setHeader(b"Allow", b"GET, POST")
            _answer(asked, 405, refuse(Failed(Problem.UNSUPPORTED_REQUEST)))
        elif (asked.header(b"Sec-Fetch-Site") or "").strip() in ("cross-site", "same-site"):
            _answer(asked, 403, refuse(Failed(Problem.VALIDATION, "The page of another site may not ask for this.")))
        else:
            Deferred.fromCoroutine(self._do(asked)).addErrback(asked.processingFailed)
        return NOT_DONE_YET

    async def _do(self, request: Request) -> None:
        try:
            _answer(request, 200, write(await self._perform(request)))
        except Failed as failed:
            _refuse(request, failed)
        except MissingValue as fault:
            problem = WHEN_MISSING.get(fault.name)
            _refuse(request, missing(problem, fault.name) if problem else Failed(Problem.VALIDATION, str(fault)))
        except (RefusedValue, ImpossibleRecording, NotPossible) as fault:
            _refuse(request, Failed(Problem.VALIDATION, str(fault)))
        except Exception:
            _log.failure("the back office failed", event="backoffice_failed", request=request.request_id)
            _refuse(request, Failed(Problem.INTERNAL))

    async def _perform(self, request: Request) -> Any:
        operation = BY_NAME.get(b"/".join(request.postpath or ()).strip(b"/").decode("latin-1"))
        if operation is None:
            raise Failed(Problem.UNSUPPORTED_REQUEST)
        params = read(operation.parameters, _parameters(request), self._context.server.settings)
        return await operation.do(self._context, params)


def _parameters(request: Request) -> Query:
    is_form = (request.header(b"Content-Type") or "").partition(";")[0].strip().lower() == FORM
    pairs = [*read_query(request.query).pairs, *read_query(request.content.read() if is_form else b"").pairs]
    return Query([(name, value or ("false" if name in _FALSE_WHEN_EMPTY else "")) for name, value in pairs])


def _refuse(request: Request, failed: Failed) -> None:
    _answer(request, _STATUSES.get(failed.problem, 400), refuse(failed))


def _answer(request: Request, status: int, body: bytes) -> None:
    request.setResponseCode(status)
    request.answer(body, CONTENT_TYPE)
