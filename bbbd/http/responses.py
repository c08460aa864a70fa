"""Responses that several resources share: refusals, redirects, and files opened safely."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from bbbd.http.request import Request
from bbbd.values.urls import origin_of


def not_found(request: Request) -> None:
    """Answer a real 404."""
    request.setResponseCode(404)
    request.setHeader(b"Cache-Control", b"no-cache")
    request.answer(b"Nothing is here.\n", b"text/plain;charset=utf-8")


def redirect(request: Request, status: int, location: str) -> None:
    """Redirect to another URL of this server."""
    request.setResponseCode(status)
    request.setHeader(b"Location", location.encode())
    request.answer(b"", b"text/plain;charset=utf-8")


def not_allowed(request: Request, methods: Sequence[bytes]) -> None:
    """Answer 405 with the allowed methods."""
    request.setResponseCode(405)
    request.setHeader(b"Allow", b", ".join(methods))
    *some, last = (method.decode() for method in methods)
    text = f"Only {', '.join(some)} and {last} are answered here.\n" if some else f"Only {last} is answered here.\n"
    request.setHeader(b"Cache-Control", b"no-cache")
    request.answer(text.encode(), b"text/plain;charset=utf-8")


def allow_cross_origin(request: Request, origins: Sequence[str]) -> None:
    """Allow configured origins to read the answer (CORS)."""
    origin = request.header(b"Origin") or ""
    request.setHeader(b"Vary", b"Origin")
    try:
        allowed = origin_of(origin) in map(origin_of, origins)
    except ValueError:
        allowed = False
    if allowed:
        request.setHeader(b"Access-Control-Allow-Origin", origin.encode())


def safe_names(segments: Sequence[bytes]) -> list[str] | None:
    """Return the names of a path below a directory, None when it could lead out of it or to hidden files."""
    names = [segment.decode("utf-8", "surrogateescape") for segment in segments]
    bad = any(not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name for name in names)
    return None if bad else names


def open_file(root: Path, names: Sequence[str]) -> tuple[int, os.stat_result] | None:
    """Open a file below a directory and return it; None for links that lead out of it. Waits for the disk."""
    path = root.joinpath(*names)
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return descriptor, status
    os.close(descriptor)
    return None
