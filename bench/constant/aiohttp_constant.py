"""aiohttp answers a constant, on asyncio's own loop."""

from __future__ import annotations

import sys

from aiohttp import web


async def constant(_request: web.Request) -> web.Response:
    """Answer."""
    return web.Response(body=b"x" * 242)


application = web.Application()
application.router.add_get("/", constant)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
