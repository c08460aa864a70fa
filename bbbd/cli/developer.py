"""``bbbd clock`` and ``bbbd people``: developer mode by hand, on a running server."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bbbd.cli.api_client import ask
from bbbd.cli.common import GOOD, CommandFailed, run, say, settings_of
from bbbd.values.durations import seconds_of


def _span(text: str) -> float:
    try:
        return seconds_of(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f'"{text}" {fault}') from None


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands to the command line."""
    own = argparse.ArgumentParser(add_help=False, parents=[common])
    own.add_argument("--namespace", default="", metavar="NAME", help="the server at /NAME/bigbluebutton")
    told = "Tells and moves the clock of a server in developer mode."
    clock = commands.add_parser("clock", help=told, description=told).add_subparsers(
        dest="clock_command", required=True, metavar="COMMAND"
    )
    shown = clock.add_parser("show", parents=[own], help="tells what time it is there")
    shown.set_defaults(do=tell_clock)
    moved = clock.add_parser("advance", parents=[own], help="moves it; ends when all that fell due is done")
    moved.add_argument("span", metavar="SPAN", type=_span, help="such as 90s, 6m, 1h30m")
    moved.set_defaults(do=move_clock)
    told = "Brings virtual people into a meeting of a server in developer mode."
    people = commands.add_parser("people", help=told, description=told).add_subparsers(
        dest="people_command", required=True, metavar="COMMAND"
    )
    crowd = people.add_parser("add", parents=[own], help="a crowd joins")
    for name in ("moderators", "viewers", "guests"):
        crowd.add_argument(f"--{name}", type=int, default=0, metavar="N", help=f"how many {name}")
    crowd.add_argument("--seed", type=int, default=0, metavar="N", help="the same people for the same number")
    crowd.set_defaults(do=bring)
    act = people.add_parser("act", parents=[own], help="somebody does something")
    act.add_argument("who", metavar="WHO", help="by userID, internal id or name")
    act.add_argument("does", metavar="WHAT", help="speak, chat, raise hand, share camera, leave, start recording, …")
    act.set_defaults(do=have_act)
    bustle = people.add_parser("bustle", parents=[own], help="whoever is in does things by chance")
    bustle.add_argument("actions", metavar="N", type=int, help="how many")
    bustle.set_defaults(do=have_bustle)
    admitted = people.add_parser("admit", parents=[own], help="guests who wait are let in")
    admitted.add_argument("--refuse", action="store_true", help="they are refused")
    admitted.set_defaults(do=admit)
    for one in (crowd, act, bustle, admitted):
        one.add_argument("meeting", metavar="MEETING", help="its meetingID")


def _ask(options: argparse.Namespace, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    settings, _faults = settings_of(options)
    space = f"/{options.namespace}" if options.namespace else ""
    status, told = run(lambda: ask(settings.url(f"{space}/developer/{path}"), body))
    try:
        answer: dict[str, Any] = json.loads(told)
    except ValueError:
        raise CommandFailed(f"there is no developer mode at {settings.url('/')} (HTTP status {status})") from None
    if status != 200:
        raise CommandFailed(answer.get("error", f"HTTP status {status}"))
    return answer


def _tell_clock(options: argparse.Namespace, answer: dict[str, Any]) -> int:
    say(options, f"{answer['now']}  moved by {answer['moved']} s", **answer)
    return GOOD


def tell_clock(options: argparse.Namespace) -> int:
    """Tell what time it is there."""
    return _tell_clock(options, _ask(options, "clock"))


def move_clock(options: argparse.Namespace) -> int:
    """Move the clock."""
    return _tell_clock(options, _ask(options, "clock", {"advance": options.span}))


def bring(options: argparse.Namespace) -> int:
    """Bring a crowd."""
    counts = {name: getattr(options, name) for name in ("moderators", "viewers", "guests", "seed")}
    for user in _ask(options, "people", {"meetingID": options.meeting, **counts})["users"]:
        say(options, user, user=user)
    return GOOD


def _act(options: argparse.Namespace, **body: Any) -> int:
    answer = _ask(options, "people/act", {"meetingID": options.meeting, **body})
    done = answer.get("done", answer.get("answered", 0))
    say(options, f"done: {done}", done=done)
    return GOOD


def have_act(options: argparse.Namespace) -> int:
    """Have somebody do something."""
    return _act(options, who=options.who, does=options.does)


def have_bustle(options: argparse.Namespace) -> int:
    """Have whoever is in do things."""
    return _act(options, bustle=options.actions)


def admit(options: argparse.Namespace) -> int:
    """Let guests in, or refuse them."""
    return _act(options, admit=not options.refuse)
