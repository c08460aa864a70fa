"""Console: the page at ``/developer/`` to call, inspect and control a server in developer mode.

Everything else below ``/developer`` is the control API, which the page uses like any other client. All links are
relative, so each namespace has a console of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.developer.faults import Fault
from bbbd.http.page_headers import sources_below
from bbbd.http.request import Request
from bbbd.http.responses import redirect
from bbbd.playback.types import file_type

_FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "static").iterdir() if path.is_file()}
_PAGE = "console.html"
#: Facts for the page, rendered into it.
_WORDS = "console.json"
_POLICY = (
    "default-src 'none'; script-src {files}; style-src {files}; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {b"Referrer-Policy": b"no-referrer", b"Cache-Control": b"no-cache"}


class Console(Resource):
    """The resource ``/developer`` of one server: the page and its files; other paths go to the control API."""

    isLeaf = True

    def __init__(self, namespace: str, surface: Resource) -> None:
        super().__init__()
        self._namespace = namespace
        self._surface = surface

    def render(self, request: Any) -> int:
        """Send a file of the page, or pass the request to the control API."""
        asked = cast("Request", request)
        names = [part.decode("latin-1") for part in asked.postpath or ()]
        name = names[0] or _PAGE if len(names) == 1 else ""
        if asked.method not in (b"GET", b"HEAD"):
            self._surface.render(asked)
        elif not names:
            redirect(asked, 302, "developer/")
        elif name == _WORDS:
            self._write(asked, name, json.dumps({"namespace": self._namespace, "faults": list(Fault)}).encode())
        elif name in _FILES:
            self._write(asked, name, _FILES[name])
        else:
            self._surface.render(asked)
        return NOT_DONE_YET

    def _write(self, request: Request, name: str, body: bytes) -> None:
        for header, value in _HEADERS.items():
            request.setHeader(header, value)
        files = sources_below(request.path.decode("latin-1").rpartition("/")[0] + "/", "", request.header(b"Host"))
        request.setHeader(b"Content-Security-Policy", _POLICY.format(files=files).encode())
        # The unwrapped method: without the banner, since this page says itself that this is developer mode.
        Request.answer(request, body, file_type(name).content_type.encode())
