"""Answers that are asked for so often a second, whatever they take: how long each of them took.

A time counts from when the request was due, so a server that stands still is not spared those that wait meanwhile.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from statistics import quantiles

CONNECTIONS = 16


def _ends(data: bytearray) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    assert head.startswith(b"HTTP/1.1 200"), bytes(head)
    return len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])


def milliseconds(port: int, request: bytes, rate: float, seconds: float) -> list[float]:
    """Return how long each answer took, in ms."""
    selector, free = selectors.DefaultSelector(), deque[socket.socket]()
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        free.append(connection)
    due: dict[socket.socket, float] = {}
    had = {connection: bytearray() for connection in free}
    taken: list[float] = []
    asked, total, begun = 0, int(rate * seconds), time.perf_counter()
    while len(taken) < total:
        now = time.perf_counter() - begun
        while free and asked < min(total, now * rate):
            connection = free.popleft()
            due[connection] = asked / rate
            connection.sendall(request)
            asked += 1
        # Never asleep: a request leaves when it is due, not when the system wakes who asks.
        for key, _events in selector.select(0):
            connection = key.fileobj  # type: ignore[assignment] # only sockets are registered
            data = had[connection]
            data += connection.recv(65536)
            if _ends(data):
                taken.append((time.perf_counter() - begun - due.pop(connection)) * 1e3)
                data.clear()
                free.append(connection)
    for connection in had:
        selector.unregister(connection)
        connection.close()
    selector.close()
    return taken


def median_and_99(taken: list[float]) -> tuple[float, float]:
    """Return the median, and what one in a hundred exceeds."""
    hundredths = quantiles(taken, n=100)
    return hundredths[49], hundredths[98]
