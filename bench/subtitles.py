"""Conversion of subtitles: what is right, how fast it is and what it holds: ``python bench/subtitles.py``.

Beside bbbd stand pysubs2, webvtt-py and ffmpeg, where they are installed, each without options: nobody says how
an upload was made. Every conversion is a process of its own, ended after 20 s or at 4 GB. Times are CPU times, the
least of three: Python's are the conversion's alone, ffmpeg's the whole process's. All of it takes a quarter of an
hour, because the others have to be ended often.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.metadata
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Daemon, query_of, signed  # noqa: E402
from sample_recordings import make  # noqa: E402
from sample_tracks import CALL, SRT, multipart, part  # noqa: E402

from bbbd.subtitles import UnreadableSubtitles, webvtt  # noqa: E402
from bbbd.subtitles.cues import Cue, StyledText, TextStyle  # noqa: E402
from bench.subtitle_inputs import (  # noqa: E402
    CUES_OF_A_MB,
    FIRST,
    HOSTILE,
    INPUTS,
    MB,
    Input,
    ass_file,
    ass_of,
    blocks,
    lines_of,
    one_cue,
    srt_file,
    srt_of,
    vtt_file,
)

PATIENCE = 20
#: What every conversion may hold, in GB: some would take all that there is.
ROOM = 4
LIMITED = ("sh", "-c", f'ulimit -v {ROOM * 1_000_000}; exec "$@"', "sh")
SIZES = (1, 2, 4, 8)
#: Bytes of hostile files, and of none of them more than 8 MiB once they are escaped.
SMALL, LARGE = 800_000, 1_600_000
TOO_MANY = 100_000
LANGS = ("de", "fr", "it", "es", "pt", "nl", "pl", "cs", "sv", "fi")
PYTHON = """
import sys, time
from pathlib import Path
{imports}
source, target = map(Path, sys.argv[1:])
begun = time.process_time()
try:
    {convert}
finally:
    print(time.process_time() - begun)
"""
#: A small process that starts the converter, because what the one that starts it holds would count as well.
PEAK = """
import resource, subprocess, sys
with open(sys.argv[1], "rb") as given:
    done = subprocess.run(
        [sys.executable, "-m", "bbbd.subtitles"], stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stderr.decode().strip())
"""


class Tool(NamedTuple):
    """A converter: its command before the two files, and the formats that it reads."""

    name: str
    command: tuple[str, ...]
    reads: tuple[str, ...] = (".srt", ".ass", ".vtt")


class Ran(NamedTuple):
    """What became of a conversion: its CPU time, None when it was too slow, and why it failed."""

    seconds: float | None
    fault: str = ""


def python(imports: str, convert: str) -> tuple[str, ...]:
    """Return the command that converts by a library."""
    return sys.executable, "-c", PYTHON.format(imports=imports, convert=convert)


CONVERT = "target.write_bytes(to_webvtt(source.read_bytes(), '', source.name).encode())"
BBBD = Tool("bbbd", python("from bbbd.subtitles import to_webvtt", CONVERT))
LIBRARIES = (
    Tool("pysubs2", python("import pysubs2", "pysubs2.load(str(source)).save(str(target))")),
    Tool("webvtt-py", python("import webvtt", "webvtt.from_srt(str(source)).save(str(target))"), reads=(".srt",)),
)
FFMPEG = Tool("ffmpeg", ("ffmpeg", "-nostdin", "-v", "error", "-y", "-i"))


def found() -> list[Tool]:
    """Return the tools that are here, and tell of those that are not."""
    tools = [BBBD]
    for tool in LIBRARIES:
        try:
            print(tool.name, importlib.metadata.version(tool.name))
            tools.append(tool)
        except importlib.metadata.PackageNotFoundError:
            print(f"{tool.name} is not installed: its column is left out.")
    if shutil.which("ffmpeg"):
        print(" ".join(subprocess.check_output(["ffmpeg", "-version"], text=True).split()[:3]))
        tools.append(FFMPEG)
    else:
        print("ffmpeg is not installed: its column is left out.")
    return tools


def run(tool: Tool, source: Path) -> Ran | None:
    """Convert a file; what is made lies beside it as ``out.vtt``. None when the tool does not read its format."""
    with source.open("rb") as file:
        form = ".ass" if b"[Script Info]" in file.read(100) else source.suffix
    if form not in tool.reads:
        return None
    target = source.with_name("out.vtt")
    target.unlink(missing_ok=True)
    before = children_seconds()
    try:
        done = subprocess.run(
            [*LIMITED, *tool.command, str(source), str(target)],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            cwd=ROOT,
        )
    except subprocess.TimeoutExpired:
        return Ran(None)
    seconds = float(done.stdout) if done.stdout else children_seconds() - before
    if done.returncode == 0 and target.exists():
        return Ran(seconds)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Ran(seconds, lines[-1] if lines else f"status {done.returncode}")


def children_seconds() -> float:
    """Return the CPU time of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(runs: Iterable[StyledText]) -> list[tuple[str, TextStyle]]:
    """Return the characters that a browser shows, with their looks.

    A no-break space is as good as another one; blanks collapse and have no looks, blank lines and ends go.
    """
    kept = [("\n", TextStyle.PLAIN)]
    for text, style in runs:
        for letter in text.replace("\xa0", " ").replace("\t", " "):
            last = kept[-1][0]
            if letter not in " \n":
                kept.append((letter, style))
            elif last == " " and letter == "\n":
                kept[-1] = ("\n", TextStyle.PLAIN)
            elif last not in " \n":
                kept.append((letter, TextStyle.PLAIN))
    return kept[1:-1] if kept[-1][0] in " \n" else kept[1:]


def compared(got: Sequence[Cue], right: Sequence[Cue]) -> str:
    """Return what is wrong with cues, in a word or two."""
    times, wanted = ([(one.start, one.end) for one in cues] for cues in (got, right))
    if times != wanted:
        return "wrong order" if sorted(times) == wanted else "wrong cues"
    pairs = [(shown(one.runs), shown(other.runs)) for one, other in zip(got, right, strict=True)]
    if any([letter for letter, _style in one] != [letter for letter, _style in other] for one, other in pairs):
        return "wrong text"
    return "ok" if all(one == other for one, other in pairs) else "wrong style"


def judged(tool: Tool, one: Input, directory: Path) -> tuple[str, str]:
    """Return what is wrong with a tool's conversion, and what it made."""
    source = directory / one.name
    source.write_bytes(one.data)
    ran = run(tool, source)
    if ran is None or ran.seconds is None:
        return ("too slow" if ran else "-"), ""
    if ran.fault:
        return ("error" if one.cues else "ok"), ran.fault
    data = source.with_name("out.vtt").read_bytes()
    made = data[:1000].decode("utf-8", "backslashreplace")
    if not one.cues:
        return ("wrong cues" if b"-->" in data else "ok"), made
    try:
        return compared(list(webvtt.read(data)), one.cues), made
    except UnreadableSubtitles as fault:
        return "invalid", f"It {fault}.\n{made}"


def right(tools: Sequence[Tool], directory: Path, *, why: bool) -> None:
    """Tell which inputs each tool converts rightly; what bbbd makes otherwise is shown, of others if that is asked."""
    print(f"\n{'right':38}" + "".join(f"{tool.name:>13}" for tool in tools))
    words: dict[Tool, list[str]] = {tool: [] for tool in tools}
    reasons = []
    for one in INPUTS:
        row = f"{one.what:38}"
        for tool in tools:
            word, made = judged(tool, one, directory)
            words[tool].append(word)
            row += f"{word:>13}"
            if word not in {"ok", "-"} and (why or tool is BBBD):
                reasons.append(f"\n--- {one.what}, {tool.name}: {word}\n{made.strip()}")
        print(row, flush=True)
    print()
    for word in ("ok", "wrong cues", "wrong order", "wrong text", "wrong style", "invalid", "error", "too slow", "-"):
        what = {"ok": f"ok, of {len(INPUTS)}", "-": "-, a format that it does not read"}.get(word, word)
        print(f"{what:38}" + "".join(f"{words[tool].count(word):13}" for tool in tools))
    if reasons:
        print("\n".join(reasons))


def least(tool: Tool, source: Path) -> Ran | None:
    """Return the quickest of three conversions, or the first if it is slow."""
    begun, best = time.monotonic(), run(tool, source)
    for _ in range(2):
        again = run(tool, source) if best and best.seconds and time.monotonic() < begun + PATIENCE / 4 else None
        if best and best.seconds and again and again.seconds:
            best = min(best, again)
    return best


def told(ran: Ran | None) -> str:
    """Return a time, or what there is instead of one."""
    if ran is None or ran.fault:
        return "-" if ran is None else f">{ROOM} GB" if "MemoryError" in ran.fault else "error"
    return f">{PATIENCE}" if ran.seconds is None else f"{ran.seconds:.3f}"


def ordinary(tools: Sequence[Tool], directory: Path) -> None:
    """Tell how fast ordinary files are converted."""
    print(f"\n{'ordinary, CPU s':16}{'cues':>8}" + "".join(f"{tool.name:>14}{'MB/s':>7}" for tool in tools))
    for form, make_file in ((".srt", srt_of), (".ass", ass_of)):
        for size in SIZES:
            source = directory / f"a{form}"
            source.write_bytes(data := make_file(size))
            row = f"{f'{form[1:].upper()}, {len(data) / MB:.1f} MB':16}{CUES_OF_A_MB * size:8}"
            for tool in tools:
                ran = least(tool, source)
                rate = f"{len(data) / MB / ran.seconds:.1f}" if ran and ran.seconds and not ran.fault else ""
                row += f"{told(ran):>14}{rate:>7}"
            print(row, flush=True)


def hostile(tools: Sequence[Tool], directory: Path) -> None:
    """Tell how the time grows with hostile files: a ratio of about 2 is in proportion."""
    heads = (f"{tool.name:>11}{'':8}{'ratio':>6}" for tool in tools)
    print(f"\n{f'hostile, {SMALL / MB} and {LARGE / MB} MB, CPU s':36}" + "".join(heads))
    for what, form, make_file in HOSTILE:
        row = f"{what:36}"
        for tool in tools:
            ran: list[Ran | None] = []
            for size in (SMALL, LARGE):
                source = directory / f"a{form}"
                source.write_bytes(make_file(size))
                ran.append(least(tool, source))
                if ran[0] is None or ran[0].seconds is None or ran[0].fault:
                    break
            numbers = [one.seconds for one in ran if one and one.seconds and not one.fault]
            ratio = f"{numbers[1] / numbers[0]:.1f}" if len(numbers) == 2 else ""
            row += f"{told(ran[0]):>11}{told(ran[1]) if len(ran) == 2 else '':>8}{ratio:>6}"
        print(row, flush=True)


def refused(tools: Sequence[Tool], directory: Path) -> None:
    """Tell how long it takes to see that a file has too many cues; the others convert it."""
    print(f"\n{f'{TOO_MANY:,} cues, CPU s':24}" + "".join(f"{tool.name:>11}" for tool in tools) + "  bbbd says")
    for form, make_file in ((".srt", srt_file), (".ass", ass_file), (".vtt", vtt_file)):
        source = directory / f"a{form}"
        source.write_bytes(data := make_file(TOO_MANY, "a"))
        results = [least(tool, source) for tool in tools]
        fault = results[0].fault if results[0] else ""
        if results[0]:
            results[0] = Ran(results[0].seconds)
        row = "".join(f"{told(ran):>11}" for ran in results)
        print(f"{f'{form[1:].upper()}, {len(data) / MB:.1f} MB':24}{row}  {fault or 'nothing'}", flush=True)


def memory_of(pid: int) -> str:
    """Return what a process holds and the most that it has held, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = {name: int(size.split()[0]) for name, size in (line.split(":", 1) for line in lines) if name[:2] == "Vm"}
    return f"{held['VmRSS'] * 1024 / MB:10.1f}{held['VmHWM'] * 1024 / MB:10.1f}"


def upload(daemon: Daemon, own: str, data: bytes, lang: str) -> None:
    """Upload a text track."""
    body = multipart(part("file", data, "a.srt"))
    target = signed(CALL, query_of({"recordID": own, "kind": "subtitles", "lang": lang}))
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=300)
    connection.request("POST", target, body, {"Content-Type": "multipart/form-data; boundary=xyz"})
    answer = connection.getresponse().read()
    connection.close()
    assert b"SUCCESS" in answer, answer


def settle(daemon: Daemon, count: int) -> None:
    """Wait until so many uploads were put in."""
    until = time.monotonic() + 300
    while sum(line["event"] == "track_changed" for line in daemon.log) < count:
        assert time.monotonic() < until, daemon.log
        assert not any(line["event"] in {"track_refused", "tracks_failed"} for line in daemon.log), daemon.log
        time.sleep(0.01)


def daemon_memory(directory: Path) -> None:
    """Tell what a daemon holds after uploads, and how long they take."""
    own = make(directory / "data")
    daemon = Daemon(directory=directory / "data")
    large, pid, count = srt_of(8), daemon.process.pid, 0
    size = f"{len(large) / MB:.1f} MB"
    print(f"\n{'the daemon':32}{'VmRSS MB':>10}{'VmHWM MB':>10}{'answered s':>12}{'put in s':>10}")
    print(f"{'started':32}{memory_of(pid)}")
    try:
        for what, data, langs in (
            (f"one upload of {len(SRT)} bytes", SRT, ("en",)),
            (f"one upload of {size}", large, ("en",)),
            (f"ten of {size} at once", large, LANGS),
            (f"ten more of {size} at once", large, LANGS),
        ):
            begun = time.monotonic()
            with ThreadPoolExecutor(len(langs)) as threads:
                list(threads.map(partial(upload, daemon, own, data), langs))
            answered = time.monotonic() - begun
            count += len(langs)
            settle(daemon, count)
            print(f"{what:32}{memory_of(pid)}{answered:12.2f}{time.monotonic() - begun:10.2f}", flush=True)
    finally:
        daemon.end()


def converter_memory(directory: Path) -> None:
    """Tell the most that a converting process holds."""
    print(f"\n{'the converting process':32}{'MB':>10}{'RSS MB':>10}")
    for what, data in (
        ("SRT, one cue", f"{FIRST}\na\n".encode()),
        ("SRT", srt_of(8)),
        ("ASS", ass_of(8)),
        ("SRT, <b>a</b>b", one_cue("<b>a</b>b", 8 * MB)),
        ("SRT, <", one_cue("<", LARGE)),
        ("SRT, blank lines in one cue", lines_of("", 8 * MB)),
        ("SRT, lines of one letter", lines_of("a", 8 * MB)),
        (r"ASS, {\b1}a{\b0}b", blocks(r"{\b1}a{\b0}b", 8 * MB)),
        (f"SRT, {TOO_MANY:,} cues", srt_file(TOO_MANY, "a")),
    ):
        source = directory / "given"
        source.write_bytes(data)
        command, environment = [sys.executable, "-c", PEAK, str(source)], os.environ | {"PYTHONPATH": str(ROOT)}
        most, _blank, fault = subprocess.check_output(command, text=True, env=environment).strip().partition(" ")
        refusal = fault and f"  refused: {fault}"
        print(f"{what:32}{len(data) / MB:10.1f}{int(most) * 1024 / MB:10.1f}{refusal}", flush=True)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Measure the conversion of subtitles.")
    parser.add_argument("--part", action="append", choices=("right", "speed", "memory"), help="only this; repeatable")
    parser.add_argument("--why", action="store_true", help="show what the other tools made where they are wrong")
    given = parser.parse_args()
    parts = given.part or ["right", "speed", "memory"]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        tools = found() if {"right", "speed"} & set(parts) else []
        if "right" in parts:
            right(tools, directory, why=given.why)
        if "speed" in parts:
            for measure in (ordinary, hostile, refused):
                measure(tools, directory)
        if "memory" in parts:
            daemon_memory(directory)
            converter_memory(directory)


if __name__ == "__main__":
    main()
