"""``bbbd secret add|list|remove``: applications with a name and a secret of their own."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bbbd.cli.common import GOOD, CommandFailed, piped_line, say, settings_of
from bbbd.settings.applications import NAME, load_applications, write_applications
from bbbd.settings.secret import load_secrets, new_secret
from bbbd.storage.disk import Disk

_THEN = "after a reload of bbbd (SIGHUP)"


def add_subcommands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    for name, do, meaning in (
        ("add", add_application, "Gives an application a name and a secret of its own, and prints the secret."),
        ("list", list_applications, "Lists the names of applications that have a secret of their own."),
        ("remove", remove_application, "Takes an application's own secret away: its calls are refused."),
    ):
        sub = commands.add_parser(name, parents=[common], help=meaning, description=meaning)
        sub.set_defaults(do=do)
        if name != "list":
            sub.add_argument("name", metavar="NAME", help="letters, digits, dots, underscores and dashes")


def add_application(options: argparse.Namespace) -> int:
    """Add an application; its secret is read from a pipe, or made."""
    settings, _faults = settings_of(options)
    known = load_applications(settings)
    if not NAME.fullmatch(options.name):
        raise CommandFailed("a name is 1 to 64 letters, digits, dots, underscores and dashes")
    if options.name in known:
        raise CommandFailed(f"{options.name} has a secret already; remove it first")
    piped = "" if sys.stdin.isatty() else piped_line()
    secret = piped or new_secret()
    if "," in secret or not secret.isprintable():
        raise CommandFailed("a secret may not contain a comma or a control character")
    disk = Disk()
    if secret in known.values() or secret in load_secrets(settings, disk):
        raise CommandFailed("this secret is in use already: each application needs its own")
    write_applications(disk, settings, {**known, options.name: secret})
    url = settings.url("/bigbluebutton/")
    say(options, f"URL: {url}\nSecret: {secret}\nIt is valid {_THEN}.", name=options.name, url=url, secret=secret)
    return GOOD


def list_applications(options: argparse.Namespace) -> int:
    """List the names, never the secrets."""
    settings, _faults = settings_of(options)
    known = load_applications(settings)
    for name in known:
        say(options, name, name=name)
    if not known:
        sys.stderr.write("no application has a secret of its own\n")
    return GOOD


def remove_application(options: argparse.Namespace) -> int:
    """Remove an application."""
    settings, _faults = settings_of(options)
    known = load_applications(settings)
    if options.name not in known:
        raise CommandFailed(f"no application is called {options.name[:64]!r}")
    write_applications(Disk(), settings, {name: known[name] for name in known if name != options.name})
    say(options, f"removed {options.name}; its secret is invalid {_THEN}", name=options.name)
    return GOOD
