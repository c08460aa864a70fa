"""``bbbd people``: adds virtual people to a meeting of a server in developer mode, and makes them act."""

from __future__ import annotations

import argparse
from typing import Any

from bbbd.cli.common import GOOD, say
from bbbd.cli.developer import ask_developer_mode, namespace_parser


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    own = namespace_parser(common)
    people = commands.add_parser("people", help=summary, description=summary).add_subparsers(
        dest="people_command", required=True, metavar="COMMAND"
    )
    crowd = people.add_parser("add", parents=[own], help="a crowd joins")
    for name in ("moderators", "viewers", "guests"):
        crowd.add_argument(f"--{name}", type=int, default=0, metavar="N", help=f"number of {name}")
    crowd.add_argument("--seed", type=int, default=0, metavar="N", help="the same number makes the same people")
    crowd.set_defaults(do=add_crowd)
    acting = people.add_parser("act", parents=[own], help="one person does something")
    acting.add_argument("who", metavar="WHO", help="a userID, internal id or name")
    acting.add_argument("does", metavar="WHAT", help="speak, chat, raise hand, share camera, leave, start recording, …")
    acting.set_defaults(do=act)
    busy = people.add_parser("bustle", parents=[own], help="random people do random things")
    busy.add_argument("actions", metavar="N", type=int, help="number of actions")
    busy.set_defaults(do=bustle)
    admitted = people.add_parser("admit", parents=[own], help="admits the guests who wait")
    admitted.add_argument("--refuse", action="store_true", help="refuse them instead")
    admitted.set_defaults(do=admit)
    for one in (crowd, acting, busy, admitted):
        one.add_argument("meeting", metavar="MEETING", help="its meetingID")


def add_crowd(options: argparse.Namespace) -> int:
    """Add a crowd and print the internal ids."""
    counts = {name: getattr(options, name) for name in ("moderators", "viewers", "guests", "seed")}
    for user in ask_developer_mode(options, "people", {"meetingID": options.meeting, **counts})["users"]:
        say(options, user, user=user)
    return GOOD


def _act(options: argparse.Namespace, **body: Any) -> int:
    answer = ask_developer_mode(options, "people/act", {"meetingID": options.meeting, **body})
    done = answer.get("done", answer.get("answered", 0))
    say(options, f"done: {done}", done=done)
    return GOOD


def act(options: argparse.Namespace) -> int:
    """Make one person do something."""
    return _act(options, who=options.who, does=options.does)


def bustle(options: argparse.Namespace) -> int:
    """Make random people do random things."""
    return _act(options, bustle=options.actions)


def admit(options: argparse.Namespace) -> int:
    """Admit or refuse the guests who wait."""
    return _act(options, admit=not options.refuse)
