"""``bbbd meetings``: lists and ends the meetings of the running server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from bbbd.cli.api_client import call, elements
from bbbd.cli.common import BAD, GOOD, CommandFailed, say
from bbbd.cli.signed_urls import ApiTarget, own_target

_EXAMPLES = """\
examples:
  bbbd meetings list
  bbbd meetings end demo
  bbbd meetings end --all
"""


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand and its own subcommands to the command line."""
    whole = commands.add_parser(
        "meetings",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = whole.add_subparsers(dest="meetings_command", required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], meaning: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = own.add_parser(name, parents=[common], help=meaning, description=meaning)
        sub.set_defaults(do=do)
        return sub

    command("list", list_meetings, "Lists live meetings, the oldest first: begin, meetingID, people, name.")
    end_parser = command("end", end, "Ends meetings, with their breakout rooms.")
    which = end_parser.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", metavar="ID", default=[], help="meetingIDs")
    which.add_argument("--all", action="store_true", help="every live meeting")


def list_meetings(options: argparse.Namespace) -> int:
    """List meetings, one line each."""
    found = _meetings(own_target(options))
    for one in found:
        say(options, _line(one), **_facts(one))
    if not found:
        sys.stderr.write("no meetings\n")
    return GOOD


def end(options: argparse.Namespace) -> int:
    """End meetings, and say which; one that cannot be ended does not keep the others."""
    target = own_target(options)
    # The rooms of a meeting end with it.
    chosen = [_text(one, "meetingID") for one in _meetings(target) if _text(one, "isBreakout") != "true"]
    status = GOOD
    for meeting_id in chosen if options.all else dict.fromkeys(options.ids):
        root = _answer(target, "end", ("meetingID", meeting_id))
        if root.findtext("returncode") == "SUCCESS":
            say(options, f"ended  {_shown(meeting_id)}", meeting=meeting_id)
        else:
            status = BAD
            sys.stderr.write(f"bbbd: {_shown(meeting_id)}: {root.findtext('message') or 'refused'}\n")
    return status


def _answer(target: ApiTarget, name: str, *pairs: tuple[str, str]) -> ET.Element:
    root = elements(call(target, name, list(pairs)).body)
    if root is None:
        raise CommandFailed("the answer is not XML")
    return root


def _meetings(target: ApiTarget) -> list[ET.Element]:
    root = _answer(target, "getMeetings")
    if root.findtext("returncode") != "SUCCESS":
        raise CommandFailed(root.findtext("message") or "getMeetings failed")
    return sorted(root.iterfind("meetings/meeting"), key=lambda one: int(_text(one, "createTime") or 0))


def _text(meeting: ET.Element, name: str) -> str:
    return meeting.findtext(name) or ""


def _shown(text: str) -> str:
    return text if text.isprintable() else ascii(text)


def _facts(meeting: ET.Element) -> dict[str, object]:
    return {
        "meeting": _text(meeting, "meetingID"),
        "internal_id": _text(meeting, "internalMeetingID"),
        "name": _text(meeting, "meetingName"),
        "created": int(_text(meeting, "createTime") or 0),
        "people": int(_text(meeting, "participantCount") or 0),
        "moderators": int(_text(meeting, "moderatorCount") or 0),
        "breakout": _text(meeting, "isBreakout") == "true",
        "record": _text(meeting, "recording") == "true",
    }


def _line(meeting: ET.Element) -> str:
    facts = _facts(meeting)
    created = datetime.fromtimestamp(int(str(facts["created"])) / 1000, UTC)
    people = f"{facts['people']} {'person' if facts['people'] == 1 else 'people'}"
    marks = [mark for mark in ("breakout", "record") if facts[mark]]
    told = f"{created:%Y-%m-%d %H:%M}  {_shown(str(facts['meeting']))}  {people}  {_shown(str(facts['name']))}"
    return f"{told}  ({', '.join(marks)})" if marks else told
