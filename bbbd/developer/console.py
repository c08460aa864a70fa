"""``/developer/``: the console's page and files."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET


class Console(Resource):
    """The page and its files."""

    isLeaf = True

    def render(self, request: Any) -> int:
        """Answer."""
        request.setResponseCode(404)
        request.answer(b"", b"text/plain")
        return NOT_DONE_YET
