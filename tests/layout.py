"""The packages of bbbd, what each is, and which others it may import: one table for ``test_shape`` and the docs.

``python tests/layout.py`` (part of ``make docs``) writes it into docs/architecture.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple


class Package(NamedTuple):
    """A package, or a module that stands alone: what it is, and what it may import beside itself."""

    what: str
    may: frozenset[str]


def _package(what: str, may: str = "") -> Package:
    return Package(what, frozenset(may.split()))


#: From the ground up.
PACKAGES: dict[str, Package] = {
    "clock": _package("the wall clock and the steady clock"),
    "short_turns": _package("work in short turns of the reactor"),
    "limits": _package("the limits whose refusals are counted: their words"),
    "values": _package("texts from outside become values: fields, value types, enums, durations, XML", "limits"),
    "child_limits": _package("limits that bbbd's own processes set for themselves"),
    "child_programs": _package("bbbd's own programs: the environment they start in, and how they say why they end"),
    "log": _package("lines of the log", "values"),
    "metrics": _package("the declaration of every metric, and what counts them", "values"),
    "storage": _package(
        "files, and when they are safe on the disk: `disk.py`, group commit",
        "clock values metrics settings",
    ),
    "settings": _package("what an operator sets, a module for each family; the shared secret", "values storage"),
    "egress": _package("HTTP out: every request that leaves, checked and bounded", "values storage settings"),
    "environment": _package(
        "what a server runs on: disk, clock, threads, network, counters",
        "clock short_turns log metrics storage egress",
    ),
    "http": _package(
        "HTTP in: connections, requests, files, rate limits; knows no meeting",
        "clock short_turns limits values log metrics storage settings",
    ),
    "text_encoding": _package("decodes texts from strangers, in encodings old and new"),
    "subtitles": _package("SRT, SSA, ASS and WebVTT; could be a library of its own", "child_limits text_encoding"),
    "meetings": _package(
        "the domain: events, what each does, the journal, when a meeting ends",
        "clock short_turns values metrics storage settings environment",
    ),
    "recordings": _package(
        "recordings on disk: index, metadata, transactions, imports, exports",
        "child_programs clock limits values child_limits metrics storage settings environment",
    ),
    "callbacks": _package(
        "calls to applications: which event makes which, the outbox, hooks",
        "clock limits values metrics storage settings egress environment meetings recordings",
    ),
    "texttracks": _package(
        "captions and subtitles of recordings",
        "child_programs clock values metrics storage environment recordings",
    ),
    "slides": _package(
        "documents become pages",
        "child_programs clock limits child_limits storage settings egress environment text_encoding meetings",
    ),
    "history": _package(
        "a meeting's history, from its journal or from BigBlueButton's events.xml, and to events.xml",
        "clock values storage meetings",
    ),
    "presentation": _package(
        "the files of the playback format `presentation`, made from a history",
        "clock values storage recordings slides history",
    ),
    "composing": _package(
        "kept sound, cameras and screens become the films of a recording and its other formats, by ffmpeg",
        "child_programs child_limits storage recordings history presentation",
    ),
    "transcription": _package(
        "what is said in a recording becomes a text track, by speech recognition on this machine",
        "child_programs child_limits storage subtitles recordings presentation composing",
    ),
    "processing": _package(
        "ended meetings become recordings: a queue on disk, a process for each, publication",
        "child_programs clock child_limits storage settings values environment meetings recordings history"
        " presentation texttracks",
    ),
    "playback": _package(
        "published recordings over HTTP, and the player",
        "clock values storage settings environment http recordings texttracks page",
    ),
    "live": _package(
        "people in a meeting, the server's half: WebSocket, rights, who sees what",
        "clock short_turns limits values metrics storage settings environment http meetings slides",
    ),
    "media": _package(
        "sound, cameras and screens: the media plane, and Janus, its engine",
        "clock values storage settings environment meetings live",
    ),
    "uploads": _package(
        "what browsers record of themselves, received piece by piece",
        "clock limits values storage settings environment http meetings recordings live",
    ),
    "page": _package("people in a meeting, the browser's half, and what serves it", "storage settings http live"),
    "api": _package(
        "the HTTP API: `calls.py` lists every call",
        "clock short_turns limits values log metrics storage settings egress http meetings recordings callbacks"
        " texttracks playback",
    ),
    "monitoring": _package(
        "health, readiness, and the metrics for Prometheus",
        "clock metrics storage settings environment http meetings recordings callbacks texttracks slides"
        " processing live api",
    ),
    "assembly": _package(
        "one server put together: `app.py`, `routes.py`",
        "metrics storage settings environment http meetings recordings callbacks texttracks slides processing"
        " playback live media uploads page api monitoring",
    ),
    "cli": _package(
        "the `bbbd` command, one module for each subcommand",
        "clock values storage settings egress subtitles meetings recordings callbacks texttracks slides"
        " composing transcription processing media api conform",
    ),
    "__main__": _package("`python -m bbbd`: runs the server", "cli"),
    "conform": _package("the conformance kit: asks any endpoint; of `api` it knows `checksum.py` alone", "api"),
    "developer": _package(
        "developer mode: a movable clock, virtual people, faults, Moodle's mock",
        "clock limits values log metrics storage settings egress environment http meetings recordings callbacks"
        " presentation playback page api assembly",
    ),
    "testing": _package("the pytest plugin, `pytest -p bbbd.testing`", "values storage"),
    "limits_reference": _package("the page of limits, which looks up their constants", "limits values settings live"),
    "docs": _package(
        "reference pages, made from the declarations",
        "values metrics settings meetings callbacks live api conform developer limits_reference",
    ),
    "daemon": _package(
        "the process around a server: command line, data directory, endpoints, TLS, signals, turns, log",
        "short_turns values log storage settings",
    ),
    "tap": _package(
        "`twistd bbbd`: settings, reactor, signals",
        "clock values log storage settings environment monitoring assembly developer daemon",
    ),
}
#: Modules of more than 300 lines, each with its reason.
LONG = {
    "api/checksum_help/mistakes.py": "one table of mistakes",
    "http/channel.py": "one state machine of a connection",
    "callbacks/outbox.py": "delivery as one state machine",
    "live/connection.py": "one state machine of a connection",
    "meetings/journal.py": "a journal from its first line to its archive",
    "api/calls.py": "the whole API on one page",
    "conform/join.py": "a catalogue of cases",
    "conform/monitoring.py": "a catalogue of cases",
    "meetings/create_parameters.py": "a catalogue of parameters",
    "conform/create_values.py": "a catalogue of cases",
    "api/checksum_help/explanation.py": "one search, told in one voice",
    "tap.py": "the daemon from its start to its stop",
    "limits_reference.py": "one table of limits",
    "history/vocabulary.py": "one table of events",
    "history/happenings.py": "a catalogue of structures",
    "history/from_journal.py": "one teller for each event",
    "callbacks/event_names.py": "one table of names, and a rule for each event",
    "live/breakouts.py": "the messages of one feature, and what each does",
    "meetings/model.py": "what a meeting is, on one page",
    "assembly/app.py": "all parts of one server, in their order",
    "live/hub.py": "all that connections ask of the server",
}
_BEGIN, _END = "<!-- packages: made by make docs -->\n", "<!-- end of packages -->\n"


def _row(name: str, package: Package) -> str:
    alone = not (Path(__file__).parent.parent / "bbbd" / name).is_dir()
    may = ", ".join(one for one in PACKAGES if one in package.may) or "nothing of bbbd"
    return f"| `{name}.py` | {package.what} | {may} |\n" if alone else f"| `{name}/` | {package.what} | {may} |\n"


def with_table(page: str) -> str:
    """Return a page with the table of packages as it is now."""
    before, _, rest = page.partition(_BEGIN)
    rows = "".join(_row(name, package) for name, package in PACKAGES.items())
    head = "\n| in `bbbd/` | what it is | may import |\n|---|---|---|\n"
    return f"{before}{_BEGIN}{head}{rows}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(with_table(path.read_text()))
