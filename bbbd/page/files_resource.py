"""Serves the meeting page's files: each immutable below the page's version, packed where a browser takes that."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.packed_file import PackedFile, send_immutable
from bbbd.http.request import Request
from bbbd.page.files import PageFiles
from bbbd.page.plain_pages import NotFound, PathPrefix, ReadOnlyResource
from bbbd.storage.group_commit import Thread


class PageFilesResource(PathPrefix):
    """``/html5client/<version>/<feature>/<file>``, and a file of words for each language beside the features."""

    def __init__(self, files: PageFiles, worker: Thread) -> None:
        super().__init__()
        self._files = files.files
        self._worker = worker

    def getChild(self, path: bytes, request: Any) -> Resource:
        """Return the file of the whole path that is left."""
        found = self._files.get(b"/".join((path, *request.postpath)).decode("latin-1"))
        return _Leaf(found, self._worker) if found else NotFound()


class _Leaf(ReadOnlyResource):
    isLeaf = True

    def __init__(self, file: PackedFile, worker: Thread) -> None:
        super().__init__()
        self._file = file
        self._worker = worker

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        send_immutable(request, self._file, self._worker)
        return NOT_DONE_YET
