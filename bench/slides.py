"""Documents made slides: seconds and memory, hostile ones too, and the reactor's longest turn meanwhile.

``python bench/slides.py``. First each document is converted by the process that the daemon starts, alone. Then they are
handed to a real daemon, one after the other and all at once, which is called without a pause. A turn of the reactor is
the time from one look at its sockets to the next; the daemon's own part of it is without what others had of the
processor meanwhile.
"""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import office_documents as office  # noqa: E402
import sample_documents as made  # noqa: E402
from harness import Daemon, query_of, signed  # noqa: E402
from PIL import Image, ImageChops, ImageFilter  # noqa: E402
from process_fork import Files, Process  # noqa: E402

SETTINGS = {
    "bbbd.slidesNetworks": "127.0.0.0/8",
    "bbbd.workerSeconds": "20",
    "maxFileSizeUpload": "30000000",
    "bbbd.logLevel": "info",
}
#: A daemon that measures its turns; at SIGUSR1 it tells the longest one since the last time.
TWISTD = """
import json, signal, sys, time
from twisted.internet import reactor
class Timed:
    def __init__(self, poller):
        self.poller, self.began, self.longest = poller, None, (0, 0)
    def poll(self, timeout, most):
        now = time.perf_counter(), time.thread_time()
        if self.began:
            turn = now[0] - self.began[0], now[1] - self.began[1]
            self.longest = max(self.longest, turn)
        found = self.poller.poll(timeout, most)
        self.began = time.perf_counter(), time.thread_time()
        return found
    def __getattr__(self, name):
        return getattr(self.poller, name)
timed = reactor._poller = Timed(reactor._poller)
def tell(*_):
    turn, timed.longest = timed.longest, (0, 0)
    sys.__stderr__.write(json.dumps({"level": "info", "event": "turn", "wall": turn[0], "cpu": turn[1]}) + "\\n")
    sys.__stderr__.flush()
signal.signal(signal.SIGUSR1, tell)
from twisted.scripts.twistd import run
run()
"""
#: A small process that starts the converter, because what the one that starts it holds would count as well.
PEAK = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run([sys.executable, "-m", "bbbd.slides", *sys.argv[1:]], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([
    time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode,
    (done.stdout + done.stderr).strip()[-80:],
]))
"""


@dataclass(frozen=True)
class Example:
    """A document with its name, its bytes and its format."""

    name: str
    data: bytes
    ending: str = "pdf"


def drawn_pages(count: int) -> bytes:
    """Return a PDF as lectures are: forty lines of text and a drawing on each page."""
    text = "BT /F 10 Tf 60 {} Td (Line {} of a page that says something) Tj ET\n"
    lines = "".join(text.format(500 - 11 * row, row) for row in range(40))
    drawing = "".join(f"{x % 7 / 7:.2f} 0.4 0.6 rg {500 + x * 4} 80 3 {20 + x * 37 % 300} re f\n" for x in range(100))
    return made.pdf(*[""] * count, content=lines + drawing)


def photographs(count: int) -> bytes:
    """Return a PDF with a photograph on each page."""
    grain = [Image.effect_noise((1280, 720), 40).filter(ImageFilter.GaussianBlur(2)) for _ in range(3)]
    page = Image.merge("RGB", grain)
    pages = [ImageChops.offset(page, 10 * number) for number in range(count)]
    written = io.BytesIO()
    pages[0].save(written, "PDF", save_all=True, append_images=pages[1:], quality=70)
    return written.getvalue()


def noise() -> bytes:
    """Return a PNG of as many pixels as are read."""
    written = io.BytesIO()
    small = Image.merge("RGB", [Image.effect_noise((900, 900), 90) for _ in range(3)])
    small.resize((6300, 6300), Image.Resampling.NEAREST).save(written, "PNG", compress_level=6)
    return written.getvalue()


def examples() -> Iterator[Example]:
    """Give what is converted."""
    yield Example("1 page", made.pdf("One"))
    yield Example("100 pages, drawn", drawn_pages(100))
    yield Example("100 pages, photographs", photographs(100))
    yield Example("10,000 pages", made.many_pages_pdf(10_000))
    yield Example("claims 10⁹ pages", made.pdf("One", count=10**9))
    yield Example("encrypted", made.encrypted_pdf())
    yield Example("draws itself", made.recursive_pdf())
    yield Example("takes for ever", made.slow_pdf())
    yield Example("unpacks to 1.2 GB", made.hungry_pdf())
    yield Example("50,000 × 50,000 PNG", made.huge_png(), "png")  # noqa: RUF001 - as it is written
    yield Example("6,300 × 6,300 PNG", noise(), "png")  # noqa: RUF001 - as it is written
    yield Example("SVG", made.svg(), "svg")
    if office.WHY:
        print(office.WHY)
        return
    # The first one waits until LibreOffice has filled a profile.
    yield Example("Word, the first", office.docx("First"), "docx")
    yield Example("Word", office.docx("Another"), "docx")
    yield Example("30 slides", office.odp(*[f"Slide {number}" for number in range(30)]), "odp")


def alone(directory: Path, found: list[Example]) -> None:
    """Print what each takes alone."""
    print(f"{'document':24}{'bytes':>12}{'seconds':>9}{'CPU s':>8}{'MiB':>7}  what became of it")
    for number, one in enumerate(found):
        place = directory / str(number)
        (place / "pages").mkdir(parents=True)
        (place / "source").write_bytes(one.data)
        given = [f"--format={one.ending}", "--seconds=20", f"--office-profile={directory / 'profile'}"]
        words = [*given, str(place / "source"), str(place / "pages")]
        command = [sys.executable, "-c", PEAK, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        seconds, cpu, peak, status, told = json.loads(done.stdout)
        what = f"{told} pages" if status == 0 else told
        if status < 0:
            what = f"ended by {signal.Signals(-status).name}"
        print(f"{one.name:24}{len(one.data):>12,}{seconds:>9.2f}{cpu:>8.2f}{peak / 1024:>7.0f}  {what}")


class TimedDaemon(Daemon):
    """A daemon that measures its turns."""

    def launch(self, arguments: list[str], files: Files) -> Process:
        """Start it."""
        stdin, stdout, stderr = files
        command = [sys.executable, "-c", TWISTD, *arguments]
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=ROOT)

    def longest(self) -> tuple[float, float]:
        """Return the longest turn since this was asked last, and its own part, in milliseconds."""
        count = self.logged("turn")
        self.process.send_signal(signal.SIGUSR1)
        while self.logged("turn") == count:
            time.sleep(0.01)
        told = [line for line in self.log if line["event"] == "turn"][-1]
        return told["wall"] * 1000, told["cpu"] * 1000

    def until(self, count: int) -> None:
        """Wait until so many documents are done; call the API all the while."""
        while self.logged("slides_ready") + self.logged("slides_failed") < count:
            self.send(f"GET {signed('getMeetings')} HTTP/1.0\r\n\r\n".encode())

    def create(self, meeting_id: str, *documents: str) -> None:
        """Create a meeting with documents."""
        target = signed("create", query_of({"meetingID": meeting_id}))
        body = made.body(*documents)
        head = f"POST {target} HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        assert b"SUCCESS" in self.send(head.encode() + body)


@contextmanager
def endless_server() -> Iterator[str]:
    """Serve a document that never ends, from a thread of its own, and give its URL."""
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n")
        try:
            while True:
                writer.write(bytes(1 << 16))
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    threading.Thread(target=loop.run_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}/endless.pdf"
    loop.call_soon_threadsafe(loop.stop)


def in_a_daemon(directory: Path, found: list[Example]) -> None:
    """Print the longest turns of a daemon while it idles, and while it converts."""
    daemon = TimedDaemon(directory=directory / "data", settings=SETTINGS)
    daemon.longest()
    for _ in range(300):
        daemon.send(f"GET {signed('getMeetings')} HTTP/1.0\r\n\r\n".encode())
    print(f"\n{'longest turn of the reactor':36}{'ms':>8}{'own ms':>8}{'seconds':>9}{'RSS MiB':>9}")

    def tell(what: str, begun: float) -> None:
        wall, cpu = daemon.longest()
        print(f"{what:36}{wall:>8.1f}{cpu:>8.1f}{time.perf_counter() - begun:>9.2f}{rss(daemon.process.pid):>9.0f}")

    tell("calls alone", time.perf_counter())
    done = 0
    for number, one in enumerate(found):
        begun = time.perf_counter()
        daemon.create(f"meeting {number}", made.document(f"a.{one.ending}", one.data))
        done += 1
        daemon.until(done)
        tell(one.name, begun)
    with endless_server() as url:
        begun = time.perf_counter()
        daemon.create("endless", made.element(url=url))
        daemon.until(done + 1)
        tell("endless download", begun)
        begun = time.perf_counter()
        # Other bytes, so that nothing is there already.
        again = [made.document(f"a.{one.ending}", one.data + b"\n") for one in found]
        for number, document in enumerate(again):
            daemon.create(f"again {number}", document)
        daemon.create("endless again", *[made.element(url=url)] * 5)
        daemon.until(done + 1 + len(again) + 5)
        tell("all of them at once", begun)
    assert daemon.end() == 0


def rss(process: int) -> float:
    """Return how much memory a process holds, in MiB."""
    told = Path(f"/proc/{process}/status").read_text().partition("VmRSS:")[2]
    return int(told.split()[0]) / 1024


def main() -> None:
    """Run both."""
    with tempfile.TemporaryDirectory() as directory:
        found = list(examples())
        alone(Path(directory), found)
        in_a_daemon(Path(directory), found)


if __name__ == "__main__":
    main()
