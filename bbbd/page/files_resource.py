"""Serves the meeting page's files: each immutable below the page's version, packed where a browser takes that."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.accept import takes_gzip
from bbbd.http.request import Request
from bbbd.page.files import PageFile, PageFiles
from bbbd.page.plain_pages import NotFound, PathPrefix, ReadOnlyResource


class PageFilesResource(PathPrefix):
    """``/html5client/<version>/<feature>/<file>``, and a file of words for each language beside the features."""

    def __init__(self, files: PageFiles) -> None:
        super().__init__()
        self._files = files.files

    def getChild(self, path: bytes, request: Any) -> Resource:
        """Return the file of the whole path that is left."""
        found = self._files.get(b"/".join((path, *request.postpath)).decode("latin-1"))
        return _Leaf(found) if found else NotFound()


class _Leaf(ReadOnlyResource):
    isLeaf = True

    def __init__(self, file: PageFile) -> None:
        super().__init__()
        self._file = file

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        send_file(request, self._file)
        return NOT_DONE_YET


def send_file(request: Request, file: PageFile) -> None:
    """Answer with a file that never changes under its name."""
    request.setHeader(b"Cache-Control", b"public, max-age=31536000, immutable")
    request.setHeader(b"Vary", b"Accept-Encoding")
    body = file.plain
    if file.packed and takes_gzip(request.header(b"Accept-Encoding") or ""):
        request.setHeader(b"Content-Encoding", b"gzip")
        body = file.packed
    request.answer(body, file.content_type)
