"""``bbbd callbacks``: lists callbacks that are due or were given up, and retries the latter.

Callbacks are files that a running daemon watches, so the command works with and without one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.outbox_store import OutboxStore, read_entry
from bbbd.callbacks.receiver_queues import origin_of
from bbbd.cli.common import GOOD, CommandFailed, say, settings_of
from bbbd.storage.disk import Disk

_EXAMPLES = """\
examples:
  bbbd callbacks list
  bbbd callbacks list --given-up
  bbbd callbacks retry 000000000000012
  bbbd callbacks retry --all
"""


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand and its own subcommands to the command line."""
    whole = commands.add_parser(
        "callbacks",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = whole.add_subparsers(dest="callbacks_command", required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], meaning: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = own.add_parser(name, parents=[common], help=meaning, description=meaning)
        sub.set_defaults(do=do)
        return sub

    listed = command(
        "list", list_callbacks, "Lists callbacks that are due or were given up, with the result of the last try."
    )
    listed.add_argument("--given-up", action="store_true", help="only callbacks that were given up")
    again = command("retry", retry, "Retries callbacks that were given up; a running daemon does so within seconds.")
    again.add_argument("ids", nargs="*", metavar="ID", help="as `bbbd callbacks list` prints it")
    again.add_argument("--all", action="store_true", help="all callbacks that were given up")


def _store(options: argparse.Namespace) -> OutboxStore:
    settings, _faults = settings_of(options)
    return OutboxStore(Disk(), settings.directory / "outbox")


def _when(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}" if milliseconds else "-"


def _line(name: str, entry: Delivery, state: str) -> str:
    last = f"  {entry.last_result}" if entry.last_result else ""
    last += f'  "{entry.answer}"' if entry.answer else ""
    return (
        f"{name}  {state:<8}  {entry.kind.value:<9}  {_when(entry.created_at)}  {entry.tries} tries"
        f"  {origin_of(entry.url)}{last}"
    )


def list_callbacks(options: argparse.Namespace) -> int:
    """List callbacks that are due or were given up, one line each."""
    store = _store(options)
    found: Iterable[tuple[str, str, Delivery | None]]
    found = (("given up", path.stem, read_entry(path)) for path in sorted(store.given_up.glob("*.json")))
    if not options.given_up:
        due = store.look(store.find())
        found = chain((("due", f"{number:015d}", entry) for number, entry in due), found)
    count = 0
    for state, name, entry in found:
        if entry is not None:
            count += 1
            say(
                options,
                _line(name, entry, state),
                id=name,
                state=state,
                kind=entry.kind.value,
                made=entry.created_at,
                next=entry.next_try_at,
                tries=entry.tries,
                to=origin_of(entry.url),
                meeting=entry.meeting,
                last=entry.last_result,
                answer=entry.answer,
            )
    if not count:
        sys.stderr.write("nothing was given up\n" if options.given_up else "nothing is due\n")
    return GOOD


def retry(options: argparse.Namespace) -> int:
    """Retry callbacks that were given up."""
    store, disk = _store(options), Disk()
    if options.all == bool(options.ids):
        raise CommandFailed("name the callbacks to retry, or use --all")
    known = {path.stem: path for path in sorted(store.given_up.glob("*.json"))}
    for one in options.ids:
        if one not in known:
            raise CommandFailed(f"no callback that was given up has the id {one[:50]!r}")
    disk.mkdir(store.again)
    for one in options.ids or known:
        disk.rename(known[one], store.again / known[one].name)
        say(options, f"again  {one}", id=one)
    disk.sync_directory(store.again)
    return GOOD
