"""BigBlueButton's own player, built by the operator: static files, and its page for all other paths."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from bbbd.http.file_sender import FileSender
from bbbd.http.request import Request
from bbbd.http.responses import not_found, open_file, safe_names
from bbbd.playback.types import file_type
from bbbd.storage.group_commit import Thread


class ForeignPlayer:
    """Serves the files of a built player below its usual path."""

    def __init__(self, directory: Path, worker: Thread) -> None:
        self._directory = directory
        self._worker = worker

    def answer(self, request: Request, names: list[str]) -> None:
        """Send a file of the player, or its page."""
        Deferred.fromCoroutine(self._answer(request, names)).addErrback(self._failed, request)

    def _failed(self, _failure: Any, request: Request) -> None:
        request.loseConnection()

    async def _answer(self, request: Request, names: list[str]) -> None:
        path = safe_names([name.encode("latin-1") for name in names]) or ["index.html"]
        found = await self._worker(lambda: open_file(self._directory, path))
        if found is None:
            path = ["index.html"]
            found = await self._worker(lambda: open_file(self._directory, path))
        if found is None:
            not_found(request)
            return
        descriptor, status = found
        if request.gone:
            os.close(descriptor)
            return
        kind = file_type(path[-1])
        headers = {
            "Content-Type": kind.content_type,
            "Content-Length": str(status.st_size),
            "Cache-Control": "no-cache",
        }
        request.begin(200, headers)
        await FileSender(
            request, self._worker, descriptor, 0, 0 if request.method == b"HEAD" else status.st_size
        ).send()
