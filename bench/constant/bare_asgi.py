"""A bare ASGI application on uvicorn answers a constant, by its quickest loop and parser."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

BEGIN = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"242")]}
REST = {"type": "http.response.body", "body": b"x" * 242}


async def constant(
    scope: dict[str, Any],
    _receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer."""
    assert scope["type"] == "http"
    await send(BEGIN)
    await send(REST)


uvicorn.run(
    constant,
    port=int(sys.argv[1]),
    access_log=False,
    log_level="warning",
    lifespan="off",
    loop="uvloop",
    http="httptools",
)
