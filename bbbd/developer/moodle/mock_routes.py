"""Routes of the mock's replacement in a namespace: ``api``, ``backoffice``, ``conference``."""

from __future__ import annotations

from typing import Any, cast

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api.request_bodies import content_type_of
from bbbd.api.resource import ApiResource
from bbbd.api.signatures import FORM
from bbbd.developer.faults import Faults
from bbbd.developer.mode import Developer, Namespace
from bbbd.developer.moodle.api import Calls
from bbbd.developer.moodle.backoffice import BackOffice
from bbbd.developer.moodle.conference_pages import HEADERS, Conference
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.namespace_state import SECRET
from bbbd.http.request import Request

#: Paths that create a namespace.
BELOW = frozenset((b"api", b"backoffice"))


def resource_of(developer: Developer, space: Namespace, path: bytes) -> Resource | None:
    """Return the resource of a namespace at a path, or None if the mock has no such path."""
    if path == b"conference":
        return Conference(space.moodle)
    if path not in BELOW:
        return None
    developer.accept_secret(space, SECRET)
    if path == b"api":
        return developer.record_requests(space, _Api(space), space.faults)
    return developer.record_requests(space, BackOffice(OperationContext(developer, space)), Faults(), "backoffice/")


class _Api(Resource):
    """The API, with or without checksums, as sent."""

    isLeaf = True

    def __init__(self, space: Namespace) -> None:
        super().__init__()
        self._space = space

    def render(self, request: Any) -> int:
        """Process a call."""
        asked, app = cast("Request", request), self._space.app
        calls = Calls(self._space.moodle, self._space.name)
        for name, value in HEADERS:
            asked.setHeader(name, value)
        table = calls.table(signed=_has_checksum(asked))
        ApiResource(app.server, app.access, app.guesses, table).render(asked)
        return NOT_DONE_YET


def _has_checksum(request: Request) -> bool:
    """Return whether a checksum was sent; forms are left to the verification."""
    in_query = any(part.startswith(b"checksum=") for part in request.query.split(b"&"))
    return in_query or (not request.query and content_type_of(request) == FORM and request.body_length > 0)
