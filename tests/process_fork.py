"""Processes that start at once: forked from one that has imported everything already.

Each is a process of its own, with arguments, environment, signals and descriptors of its own, that runs the same
``main`` as the script. Spared are its imports and the linking of the pages, which are most of a short command's time,
and the taking down of its interpreter, which copies all that it shares with the others. ``pytest --fresh`` starts each
anew.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent
#: The scripts that can be started so, and where their ``main`` is.
MAINS = {"bbbd": ("bbbd.cli.main", "main"), "twistd": ("twisted.scripts.twistd", "run")}
#: Packages and modules that they import later; not the one that imports the reactor, whose descriptors no two processes
#: may share.
PACKAGES = ("bbbd.cli", "bbbd.daemon", "bbbd.developer", "bbbd.monitoring", "bbbd.settings")
IMPORTED = (
    "bbbd.assembly.app",
    "encodings.idna",
    "twisted.cred.strcred",
    "twisted.internet.epollreactor",
    "twisted.scripts.twistd",
)
#: Standard input, output and error.
Files = tuple[int | IO[str], int | IO[str], int | IO[str]]


@dataclass
class Forked:
    """A process that was forked; to be ended and waited for like one that was started anew."""

    args: list[str]
    pid: int
    _status: socket.socket = field(repr=False)
    returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its status."""
        if self.returncode is None:
            self._status.settimeout(timeout)
            try:
                self.returncode = int(self._status.recv(100))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self._status.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return its status if it has ended."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Process = Forked | subprocess.Popen[bytes]


class Nursery:
    """The process that forks, as seen from the one that asks it to."""

    def __init__(self) -> None:
        self._asking, own = _pair()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(own.fileno())],
            pass_fds=[own.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
        )
        own.close()

    def start(self, args: list[str], files: Files, environment: dict[str, str]) -> Forked:
        status, own = _pair()
        descriptors = [one if isinstance(one, int) else one.fileno() for one in files]
        asked = json.dumps({"args": args, "environment": environment}).encode()
        socket.send_fds(self._asking, [asked], [own.fileno(), *descriptors])
        own.close()
        return Forked(args, int(status.recv(100)), status)

    def end(self) -> None:
        self._asking.close()
        self._process.wait()


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Starter:
    """Starts processes of this project's scripts: forked once that is asked for, and otherwise anew."""

    def __init__(self) -> None:
        self.forks = False
        self._nursery: Nursery | None = None

    def start(self, script: str, arguments: list[str], files: Files, environment: dict[str, str]) -> Process:
        args = [str(BIN / script), *arguments]
        if not self.forks:
            stdin, stdout, stderr = files
            return subprocess.Popen(args, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, cwd=ROOT)
        self._nursery = self._nursery or Nursery()
        return self._nursery.start(args, files, environment)

    def end(self) -> None:
        if self._nursery is not None:
            self._nursery.end()


def fork_for(asking: socket.socket) -> dict[str, Any] | None:
    """Fork whenever it is asked for, and tell what became of it; return in each child, with what it is to be."""
    selector = selectors.DefaultSelector()
    selector.register(asking, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is not asking:
                pid, status = key.data
                os.write(status, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
                selector.unregister(key.fileobj)
                os.close(key.fd)
                os.close(status)
                continue
            asked, (*descriptors,), _flags, _address = socket.recv_fds(asking, 1_000_000, 4)
            if not asked:
                return None
            if (pid := os.fork()) == 0:
                _close_all(selector)
                status, *files = descriptors
                for number, descriptor in enumerate(files):
                    os.dup2(descriptor, number)
                for descriptor in descriptors:
                    os.close(descriptor)
                child: dict[str, Any] = json.loads(asked)
                return child
            status, *files = descriptors
            for descriptor in files:
                os.close(descriptor)
            os.write(status, str(pid).encode())
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))


def _close_all(selector: selectors.BaseSelector) -> None:
    """Close in a child what its parent has open for the others."""
    for key in list(selector.get_map().values()):
        if key.data is None:
            key.fileobj.close()  # type: ignore[union-attr]
        else:
            os.close(key.fd)
            os.close(key.data[1])
    selector.close()


def prepare() -> None:
    """Do what all children would do: import, find Twisted's plugins, link the pages."""
    for package in map(import_module, PACKAGES):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(found.name)
    for name in IMPORTED:
        import_module(name)
    list(import_module("twisted.plugin").getPlugins(import_module("twisted.application.service").IServiceMaker))
    for name in ("bbbd.page.files", "bbbd.playback.player_files"):
        import_module(name).bundled()
    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()


def main() -> None:
    """Prepare, fork; and in a child be the script."""
    sys.path[0] = str(BIN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare()
    child = fork_for(socket.socket(fileno=int(sys.argv[1])))
    if child is None:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(child["environment"])
    time.tzset()
    sys.argv = child["args"]
    module, name = MAINS[Path(sys.argv[0]).name]
    end(cast("Callable[[], object]", getattr(import_module(module), name)))


def end(script: Callable[[], object]) -> NoReturn:
    """Run a script and end the process as an interpreter does, but for taking down every module."""
    status: object = 1
    try:
        status = script()
    except SystemExit as ended:
        status = ended.code
    except KeyboardInterrupt:
        traceback.print_exc()
        status = -signal.SIGINT
    except BaseException:  # whatever it is, it is told
        traceback.print_exc()
    if not isinstance(status, int | None):
        print(status, file=sys.stderr)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined] # waits for the threads
    atexit._run_exitfuncs()
    for file in (sys.stdout, sys.stderr):
        try:
            file.flush()
        except (OSError, ValueError):
            status = 120
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit((status or 0) & 0xFF)


if __name__ == "__main__":
    main()
