"""The reference pages, made from the declarations in the code: ``python -m bbbd.docs DIRECTORY`` writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from bbbd.api.calls import CALLS
from bbbd.api.problems import Notice, Problem
from bbbd.callbacks.event_names import EventName
from bbbd.conform.cases import CASES
from bbbd.developer.reference import surface_page
from bbbd.limits_reference import limits_page
from bbbd.live.reference import protocol_page
from bbbd.meetings.reference import events_page
from bbbd.metrics.reference import metrics_page
from bbbd.settings.reference import parameters_table, settings_page
from bbbd.values.markdown import MADE, cell, code

_CALLS = (
    "# Calls",
    "",
    "All paths are below `/bigbluebutton/api/`. Every answer has HTTP status 200 and starts with `returncode`; a"
    " failure has `messageKey` and `message`. Exceptions: a join redirects (302), config.xml documents are sent"
    " without an envelope, and so is the answer of stuns. The answer is JSON with `format=json` or `Accept:"
    " application/json`, and JSONP with `callback=name`. Of a parameter that is given twice the first value counts. An"
    " empty parameter counts as absent. Unknown parameters are ignored.",
    "",
    "bbbd has no telephone bridge: it stores and reports `dialNumber` and `voiceBridge`, but nobody can dial in."
    " `setPollXML`, `learningDashboard` and every call that is not listed here fail with `unsupportedRequest`.",
    "",
)


def calls_page() -> str:
    """Return the page of all calls."""
    lines = [MADE, *_CALLS]
    for call in CALLS.values():
        notes = [
            note
            for note, true in (
                ("POST only.", call.post_only),
                ("Its answer is sent after the change is safe on the disk.", bool(call.changes)),
                ("Signed as a form: all parameters, sorted by name.", call.authentication.value == "form"),
                ("Needs a session token instead of a checksum.", call.authentication.value == "token"),
                ("Answers JSON unless the request asks for XML.", call.json_by_default),
            )
            if true
        ]
        lines += [f"## {call.name}", "", " ".join((call.meaning, *notes)), "", *parameters_table(call.parameters)]
    lines += ["## Failures", "", "| messageKey | message |", "|---|---|"]
    lines += [f"| `{problem.key}` | {cell(problem.message)} |" for problem in Problem]
    lines += ["", "## Notices", "", "| messageKey | message |", "|---|---|"]
    lines += [f"| `{notice.value[0]}` | {cell(notice.value[1])} |" for notice in Notice if notice.value[0]]
    return "\n".join((*lines, ""))


_CALLBACKS = (
    "# Callbacks and hooks",
    "",
    "bbbd stores each callback on the disk before the first try and keeps it until it is settled. A restart or a crash"
    " loses none, and repeats at most the callbacks that were being sent. A 2xx status settles a callback. Redirects"
    " are not followed. Each receiver (a URL, a hook) gets one call at a time, in order. `bbbd callbacks list` lists"
    " the callbacks that are due and those given up, with the status line and the first 200 bytes of an answer that"
    " refused one; `bbbd callbacks retry` tries those given up again. Receivers may have"
    " public addresses and addresses in `bbbd.callbackNetworks`; for a receiver on this machine set"
    " `bbbd.callbackNetworks=127.0.0.0/8`.",
    "",
    "| named by | call | tries |",
    "|---|---|---|",
    "| `meta_endCallbackUrl` | GET when the meeting has ended, with `recordingmarks=true` or `false`, and with"
    " `meetingID` unless the URL has it; not for breakout rooms | 5: at once, then 30, 60, 120 and 300 s after the"
    " previous failure |",
    "| `meetingEndedURL` | GET of the unchanged URL | the same |",
    "| `meta_analytics-callback-url` | POST of JSON with a bearer JWT (HS512): the attendees, their times and their"
    " activity | the same |",
    "| `meta_bbb-recording-ready-url`, `meta_bn-recording-ready-url`, `meta_canvas-recording-ready-url` | POST of"
    " `signed_parameters`, a JWT (HS256) of `meeting_id` and `record_id`, once for a recording: when a meeting's is"
    " made, published or not, and when an imported one is published | for"
    " `bbbd.callbacksGivenUpAfterHours`, with growing pauses; 3xx, 401, 404 and 410 stop it |",
    "| `meta_eventCallbackUrl`, setting `bbbd.eventCallbackUrl` | GET with `event`, `meetingID`, `internalMeetingID`,"
    " `timestamp` (ms), for a person `userID`, `internalUserID`, `role`, and the facts below | as the end callback;"
    " later events wait |",
    "| `hooks/create`, setting `bbbd.hooksPermanent` | POST of a form as bbb-webhooks sends it: `domain` (the server's"
    " host), `event`, a JSON list of one event in processed form, and `timestamp` (ms); `checksum` in the query is the"
    " digest (`bbbd.hooksAlgorithm`, SHA-1) of the URL as registered, the body as sent, and the secret; with"
    " `bbbd.hooksAuth2` a bearer header with the secret in its place. 401 counts as taken | 12 more in five minutes,"
    " then every five minutes; later events wait. A hook that failed for `bbbd.hooksGivenUpAfterHours` is removed; a"
    " permanent hook stays, and only calls of that age are given up |",
    "",
    "## Events",
    "",
    "Hooks also receive events of recordings. While a meeting becomes a recording: `rap-archive-started`,"
    " `rap-archive-ended`, `rap-process-started`, `rap-process-ended`, `rap-publish-started`, `rap-publish-ended` (the"
    " last for each format of imported recordings that are notified, too); those that end have `success` and"
    " `step-time` (ms). After a call: `rap-published`, `rap-unpublished` and `rap-deleted`. A kill may repeat those of"
    " the step that it interrupted.",
    "",
    "| `event` of `meta_eventCallbackUrl` | hook's `id` | with `getRaw` | meaning |",
    "|---|---|---|---|",
)


def callbacks_page() -> str:
    """Return the page of what can be asked of developer mode."""
    rows = [f"| {code(one.event)} | {code(one.hook)} | {code(one.raw)} | {cell(one.meaning)} |" for one in EventName]
    return "\n".join((MADE, *_CALLBACKS, *rows, ""))


_CONFORMANCE = (
    "# Does an endpoint conform to the contract?",
    "",
    "`bbbd conform` tests any BigBlueButton endpoint from outside: a real server, a load balancer, a mock, or bbbd. For"
    " each difference it prints the answer and the sentence of the contract.",
    "",
    "```sh",
    "bbbd conform https://bbb.example.org < secret-file",
    "```",
    "",
    "The command reads the shared secret from standard input. It creates meetings whose ids begin with `bbbd-conform-`,"
    " a few at a time, and ends all of them. It only reads recordings and makes none. Exit status 0: the endpoint"
    " conforms; 1: it differs, or a case could not be tested.",
    "",
    "*must*: the contract demands it. *should*: the contract shows it, or later editions and other servers do it and"
    " applications depend on it. *bbbd*: a decision of bbbd where the contract is silent, tested with `--decisions`"
    " only. `--only WORD` selects cases, `--list` lists them, `--json` is for programs.",
    "",
    "## The cases",
    "",
    "| | section | case |",
    "|---|---|---|",
)


def conformance_page() -> str:
    """Return the page of all cases of the conformance kit."""
    rows = [f"| {case.level} | {cell(case.where)} | {cell(case.name)} |" for case in CASES]
    return "\n".join((MADE, *_CONFORMANCE, *rows, ""))


#: The functions that make the pages, by file name.
PAGES = {
    "settings.md": settings_page,
    "calls.md": calls_page,
    "callbacks.md": callbacks_page,
    "metrics.md": metrics_page,
    "events.md": events_page,
    "protocol.md": protocol_page,
    "limits.md": limits_page,
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
