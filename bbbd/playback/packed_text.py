"""Packs text files of recordings for browsers that take gzip: drawings and chats shrink to a tenth."""

from __future__ import annotations

import gzip
import os
from email.utils import formatdate

from bbbd.http.accept import takes_gzip
from bbbd.http.file_sender import range_of, send_file
from bbbd.http.ranges import names_etag
from bbbd.http.request import Request
from bbbd.storage.group_commit import Thread

#: Files of other sizes in bytes are sent as they are: packing gains nothing, or would hold a worker for long.
_SMALLEST, _LARGEST = 1 << 10, 4 << 20
#: More would take twice the time for a few percent.
_LEVEL = 5
_TEXTS = ("text/", "application/json", "image/svg+xml")


async def send_recording_file(
    request: Request, worker: Thread, descriptor: int, status: os.stat_result, headers: dict[str, str]
) -> None:
    """Answer with an open file, packed if it is a text and the browser takes that. Closes the file."""
    if not headers["Content-Type"].startswith(_TEXTS):
        await send_file(request, worker, descriptor, status, headers)
        return
    headers["Vary"] = "Accept-Encoding"
    fits = _SMALLEST <= status.st_size <= _LARGEST and not range_of(request)
    if not fits or not takes_gzip(request.header(b"Accept-Encoding") or ""):
        await send_file(request, worker, descriptor, status, headers)
        return
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}-gzip"'
    headers |= {"ETag": etag, "Last-Modified": formatdate(status.st_mtime, usegmt=True), "Accept-Ranges": "bytes"}
    if names_etag(request.header(b"If-None-Match"), etag):
        os.close(descriptor)
        del headers["Content-Type"]
        request.begin(304, headers)
        request.finish()
        return
    body = await worker(lambda: _packed(descriptor, status.st_size))
    if request.gone:
        return
    content_type = headers.pop("Content-Type").encode()
    for name, value in (headers | {"Content-Encoding": "gzip"}).items():
        request.setHeader(name.encode(), value.encode())
    request.answer(body, content_type)


def _packed(descriptor: int, size: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return gzip.compress(file.read(size), _LEVEL, mtime=0)
