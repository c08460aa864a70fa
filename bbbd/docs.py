"""The reference pages and help texts, made from the declarations: ``python -m bbbd.docs DIRECTORY`` writes them."""

from __future__ import annotations

import sys
import textwrap
from enum import Enum
from pathlib import Path
from typing import Any

from bbbd.settings.settings import Settings
from bbbd.values.fields import Declared, FromSetting, declarations

_MADE = "<!-- Made by `make docs` from the declarations in the code. -->"


def shown(value: object) -> str:
    """Return a default as a settings file has it."""
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (tuple, frozenset)):
        joint = "," if value and isinstance(next(iter(value)), Enum) else " "
        return joint.join(sorted(map(shown, value)) if isinstance(value, frozenset) else map(shown, value))
    return str(value)


def settings_help() -> str:
    """Return every setting for ``--help``."""
    lines = ["Settings (in a .properties file; see docs/settings.md):"]
    for declared in declarations(Settings):
        value = shown(declared.default)
        told = f"{declared.meaning}" + (f" [{value}]" if value and len(value) < 60 else "")
        lines += [f"  {declared.name}", textwrap.fill(told, 76, initial_indent="      ", subsequent_indent="      ")]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def settings_page() -> str:
    """Return the page of all settings."""
    rows = [
        f"| {'<br>'.join(_code(name) for name in one.names)} | {_cell(one.kind.allowed)} | {_code(shown(one.default))} "
        f"| {'start' if one.more.get('restart') else 'reload'} | {_cell(one.meaning)} |"
        for one in declarations(Settings)
        if not hasattr(one.kind, "prefix")
    ]
    return "\n".join(
        (
            _MADE,
            "# Settings",
            "",
            "A file in BBB's `.properties` form: UTF-8, `key=value`, `${other.key}` is replaced. Read are every"
            " `--settings FILE` (later ones win), else `$BBBD_SETTINGS`, else `/etc/bbbd/bbbd.properties`, else"
            " `/etc/bigbluebutton/bbb-web.properties`. Flags win over files. All faults are told at once, with file"
            " and line, and stop the start (exit status 78). An unknown `bbbd.*` key is a warning; unknown keys of"
            " BigBlueButton's own are ignored.",
            "",
            "*Counts from*: `start` needs a restart; `reload` is enough for the others (SIGHUP). Live meetings keep"
            " what they were created with.",
            "",
            "| setting | kind | default | counts from | meaning |",
            "|---|---|---|---|---|",
            *rows,
            "",
        )
    )


def _default(declared: Declared) -> str:
    if declared.required:
        return "required"
    if isinstance(declared.default, FromSetting):
        attribute = declared.default.attribute
        return f"setting {_code(next(one.name for one in declarations(Settings) if one.attribute == attribute))}"
    return _code(shown(declared.default))


def _parameters(wants: type[Any]) -> list[str]:
    rows = [
        f"| {'<br>'.join(_code(name) for name in one.names)} "
        f"| {_cell(one.kind.allowed if hasattr(one.kind, 'allowed') else 'texts')} "
        f"| {_default(one)} | {_cell(one.meaning)} |"
        for one in declarations(wants)
    ]
    return ["| parameter | kind | default | meaning |", "|---|---|---|---|", *rows, ""] if rows else []


def calls_page() -> str:
    """Return the page of all calls."""
    # Settings need no API; only this page does.
    from bbbd.api.calls import CALLS  # noqa: PLC0415
    from bbbd.api.problems import Notice, Problem  # noqa: PLC0415

    lines = [
        _MADE,
        "# Calls",
        "",
        "All below `/bigbluebutton/api/`. Every answer is HTTP 200 with `returncode` first, but for a join that sends"
        " on (302), for config.xml documents, which are given as they are, and for what stuns tells; a failure has"
        " `messageKey` and `message`. `format=json` or `Accept: application/json` gives JSON, `callback=name` JSONP."
        " Where a parameter is given twice, the first counts; empty is absent; unknown ones are ignored.",
        "",
        "There is no telephone bridge: `dialNumber` and `voiceBridge` are kept and told, nobody can dial in."
        " `setPollXML` and `learningDashboard` are `unsupportedRequest`, as is every call not listed here.",
        "",
    ]
    for call in CALLS.values():
        notes = [
            note
            for note, true in (
                ("POST only.", call.post_only),
                ("Its answer waits until the disk has what it promises.", call.changes),
                ("Signed as a form: all parameters, sorted by name.", call.signed.value == "form"),
                ("Needs a session token in place of a checksum.", call.signed.value == "token"),
                ("JSON unless XML is asked for.", call.usually_json),
            )
            if true
        ]
        lines += [f"## {call.name}", "", " ".join((call.meaning, *notes)), "", *_parameters(call.wants)]
    lines += ["## Failures", "", "| messageKey | message |", "|---|---|"]
    lines += [f"| `{problem.key}` | {_cell(problem.message)} |" for problem in Problem]
    lines += ["", "## Notices", "", "| messageKey | message |", "|---|---|"]
    lines += [f"| `{notice.value[0]}` | {_cell(notice.value[1])} |" for notice in Notice if notice.value[0]]
    return "\n".join((*lines, ""))


def callbacks_page() -> str:
    """Return the page of all callbacks."""
    from bbbd.callbacks.event_names import EventName  # noqa: PLC0415 - as above

    rows = [
        f"| {_code(one.event)} | {_code(one.hook)} | {_code(one.raw)} | {_cell(one.meaning)} |" for one in EventName
    ]
    return "\n".join((_MADE, *_CALLBACKS, *rows, ""))


_CALLBACKS = (
    "# Callbacks and hooks",
    "",
    "What is due is on the disk before it is tried and until it is settled; a restart or a kill loses none and repeats"
    " at most what was on its way. A 2xx status settles it; redirections are not followed. One call to a receiver (a"
    " URL, a hook) is on its way at a time, in order. `bbbd callbacks list` tells what is due and what was given up,"
    " `bbbd callbacks retry` has it tried again. Receivers may be at public addresses and in `bbbd.callbackNetworks`;"
    " for one on this machine set `bbbd.callbackNetworks=127.0.0.0/8`.",
    "",
    "| named by | what | tried |",
    "|---|---|---|",
    "| `meta_endCallbackUrl` | GET when the meeting has ended, with `recordingmarks=true` or `false`, and `meetingID`"
    " when the URL has none; not for breakout rooms | 5 times: at once, then 30, 60, 120, 300 s after the failure"
    " before |",
    "| `meetingEndedURL` | GET of the URL as it is | likewise |",
    "| `meta_analytics-callback-url` | POST of JSON with a bearer JWT (HS512): who was in, when, and what they did"
    " | likewise |",
    "| `meta_bbb-recording-ready-url`, `meta_bn-recording-ready-url`, `meta_canvas-recording-ready-url` | POST of"
    " `signed_parameters`, a JWT (HS256) of `meeting_id` and `record_id`, once for a recording | for"
    " `bbbd.callbacksGivenUpAfterHours`, with growing pauses; 3xx, 401, 404 and 410 end it |",
    "| `meta_eventCallbackUrl`, setting `bbbd.eventCallbackUrl` | GET with `event`, `meetingID`, `internalMeetingID`,"
    " `timestamp` (ms), of whom `userID`, `internalUserID`, `role`, and the facts below | as the end callback; later"
    " events wait |",
    "| `hooks/create` | POST of a form: `event`, a JSON list of one event in bbb-webhooks' processed form, and"
    " `timestamp` (ms); `checksum` in the query is SHA-1 of the URL as registered, `event=…&timestamp=…` unencoded, and"
    " the secret"
    " | 12 times more in five minutes, later events wait; then the hook is removed |",
    "",
    "## Events",
    "",
    "Hooks are told of recordings too: `rap-publish-ended` for each format of one that came, `rap-published`,"
    " `rap-unpublished` and `rap-deleted` of what a call did.",
    "",
    "| `event` of `meta_eventCallbackUrl` | hook's `id` | with `getRaw` | what happened |",
    "|---|---|---|---|",
)


def surface_page() -> str:
    """Return the page of what can be asked of developer mode."""
    from bbbd.developer.control import SURFACE  # noqa: PLC0415 - as above
    from bbbd.developer.descriptions import surface  # noqa: PLC0415
    from bbbd.developer.faults import Fault  # noqa: PLC0415
    from bbbd.developer.moodle.operations import OPERATIONS  # noqa: PLC0415
    from bbbd.developer.people import ACTIONS  # noqa: PLC0415

    rows = [f"| `{one['path']}` | {one['method']} | {_cell(one['meaning'])} |" for one in surface(SURFACE)]
    return "\n".join(
        (
            _MADE,
            "# Developer mode's surface",
            "",
            "Below `/developer/`, or `/<namespace>/developer/`. JSON in and out; [developer.md](developer.md) tells the"
            " rest.",
            "",
            "| path | method | what |",
            "|---|---|---|",
            *rows,
            "",
            f"People can: {', '.join(f'`{action}`' for action in ACTIONS)}.",
            "",
            f"Faults: {', '.join(f'`{fault.value}`' for fault in Fault)}.",
            "",
            *_BACK_OFFICE,
            *(
                line
                for one in OPERATIONS
                for line in (
                    f"### {' or '.join(one.names)}",
                    "",
                    one.meaning,
                    "",
                    *_parameters(one.wants),
                )
            ),
        )
    )


_BACK_OFFICE = (
    "## The back office",
    "",
    "Below `/<serverID>/backoffice/`, as the mock of Moodle's tests has it: GET or POST, the parameters in the query"
    " (what it lacks may be a form's in the body), answered in XML with the `returncode` last. No checksum. Unknown"
    " parameters are ignored. What is wrong is answered with one `messageKey` and `message` and changes nothing: status"
    " 400, 404 for what is not there, 409 for an id that is taken otherwise, 503 where there is no room.",
    "",
)


def conformance_page() -> str:
    """Return the page of all cases of the conformance kit."""
    from bbbd.conform.cases import CASES  # noqa: PLC0415 - as above

    rows = [f"| {case.level} | {_cell(case.where)} | {_cell(case.name)} |" for case in CASES]
    return "\n".join((_MADE, *_CONFORMANCE, *rows, ""))


_CONFORMANCE = (
    "# Is an endpoint as the contract says?",
    "",
    "`bbbd conform` asks any BigBlueButton endpoint from outside: a real server, a load balancer, a mock, bbbd itself."
    " Of what differs it prints what came, and the contract's own sentence beside it.",
    "",
    "```sh",
    "bbbd conform https://bbb.example.org < secret-file",
    "```",
    "",
    "The shared secret comes from standard input. The meetings that it makes have ids that begin with `bbbd-conform-`;"
    " a few are there at a time, and all are ended. Recordings are only looked at, none is made. Exit status 0: nothing"
    " differs; 1: something does, or could not be asked.",
    "",
    "*must*: the contract says it. *should*: it shows it, or later editions and other servers have it and applications"
    " lean on it. *bbbd*: what bbbd decided where the contract is silent, asked with `--decisions` alone. `--only WORD`"
    " chooses, `--list` lists, `--json` is for programs.",
    "",
    "## The cases",
    "",
    "| | section | case |",
    "|---|---|---|",
)


def _events_page() -> str:
    from bbbd.meetings.reference import events_page  # noqa: PLC0415 - as above

    return events_page()


def _protocol_page() -> str:
    from bbbd.live.reference import protocol_page  # noqa: PLC0415 - as above

    return protocol_page()


#: The pages, by file name.
PAGES = {
    "settings.md": settings_page,
    "calls.md": calls_page,
    "callbacks.md": callbacks_page,
    "events.md": _events_page,
    "protocol.md": _protocol_page,
    "developer-surface.md": surface_page,
    "conformance.md": conformance_page,
}


def main() -> None:
    """Write the pages into the directory that the command line names."""
    directory = Path(sys.argv[1])
    for name, make in PAGES.items():
        (directory / name).write_text(make(), "utf-8")


if __name__ == "__main__":
    main()
