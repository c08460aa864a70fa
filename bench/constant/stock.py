"""Stock twisted.web answers a constant: ``python bench/constant/stock.py PORT``. Other ratios are to this."""

from __future__ import annotations

import sys

from twisted.internet import reactor
from twisted.web import resource, server


class Constant(resource.Resource):
    """Answers 242 bytes."""

    isLeaf = True

    def render_GET(self, _request: server.Request) -> bytes:
        """Answer."""
        return b"x" * 242


site = server.Site(Constant())  # type: ignore[no-untyped-call]
reactor.listenTCP(int(sys.argv[1]), site, interface="127.0.0.1")  # type: ignore[arg-type]
reactor.run()
