"""Pages of slides over HTTP, for people in the meeting; and the URL of document uploads.

``GET /html5client/slides/<deck>/<page>`` is a page's picture; ``/thumbnail`` and ``/text`` below it are its thumbnail
and its text. ``/<deck>/document`` is the original document, where it may be downloaded.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.file_sender import send_file
from bbbd.http.request import Request
from bbbd.live.document_uploads import DocumentUploads, answer_json, find_person
from bbbd.meetings.model import Deck, DeckState, Meeting
from bbbd.slides.page_names import page_file, text_file, thumbnail_file
from bbbd.slides.page_store import PageStore
from bbbd.storage.group_commit import Thread

_PARTS: dict[tuple[str, ...], tuple[Callable[[int], str], str]] = {
    (): (page_file, "image/png"),
    ("thumbnail",): (thumbnail_file, "image/png"),
    ("text",): (text_file, "text/plain;charset=utf-8"),
}
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")


class SlideFiles(Resource):
    """``/html5client/slides`` and all below it. ``worker`` opens and reads files."""

    isLeaf = True

    def __init__(self, uploads: DocumentUploads, store: PageStore, worker: Thread) -> None:
        super().__init__()
        self.guesses = uploads.guesses
        self._uploads = uploads
        self._store = store
        self._worker = worker

    def render(self, request: Any) -> int:
        """Send a page, or receive a document."""
        asked = cast("Request", request)
        names = [part.decode("utf-8", "replace") for part in asked.postpath or ()]
        if not names:
            self._uploads.receive(asked)
        elif asked.method not in (b"GET", b"HEAD"):
            asked.setHeader(b"Allow", b"GET, HEAD")
            answer_json(asked, 405, why="Only GET and HEAD are answered here.")
        else:
            self._send_page(asked, names[0], names[1:])
        return NOT_DONE_YET

    def _send_page(self, request: Request, deck_id: str, rest: list[str]) -> None:
        found = find_person(self._uploads.hub, self._uploads.guesses, request)
        if found is None:
            return
        deck = _deck_in(found[0], deck_id)
        if deck is not None and rest == ["document"]:
            sending = self._send_document(request, deck)
        elif deck is not None and (file := _file_of(deck, rest)):
            name, content_type = file
            sending = self._send(request, self._store.file(deck.key, name), {"Content-Type": content_type})
        else:
            answer_json(request, 404, why="There is no such page.")
            return
        Deferred.fromCoroutine(sending).addErrback(request.processingFailed)

    async def _send(self, request: Request, path: Path, headers: dict[str, str]) -> None:
        opened = await self._worker(partial(_open, path))
        if opened is None:
            answer_json(request, 404, why="There is no such page.")
            return
        # It never changes, but a removed person must not get it from a cache.
        more = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
        await send_file(request, self._worker, *opened, headers | more)

    async def _send_document(self, request: Request, deck: Deck) -> None:
        found = None
        if deck.document.downloadable:
            found = await self._worker(partial(self._store.document, deck.key))
        if found is None:
            answer_json(request, 404, why="This document is not there to be downloaded.")
            return
        path, kind = found
        name = deck.document.name or path.name
        headers = {
            "Content-Type": kind.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "sandbox",
        }
        await self._send(request, path, headers)


def _deck_in(meeting: Meeting, deck_id: str) -> Deck | None:
    deck = meeting.decks.get(deck_id)
    return deck if deck is not None and deck.state is DeckState.READY else None


def _file_of(deck: Deck, rest: list[str]) -> tuple[str, str] | None:
    """Return name and type of the file of a path."""
    number, *part = rest or [""]
    found = _PARTS.get(tuple(part))
    if found is None or not _NUMBER.fullmatch(number) or int(number) > deck.pages:
        return None
    name, content_type = found
    return name(int(number)), content_type


def _open(path: Path) -> tuple[int, os.stat_result] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return descriptor, status
    os.close(descriptor)
    return None
