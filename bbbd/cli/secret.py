"""``bbbd secret``: prints the shared secret, or sets a new one; applications may have their own."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bbbd.cli import applications
from bbbd.cli.common import GOOD, CommandFailed, piped_line, say, settings_of
from bbbd.settings.applications import load_applications
from bbbd.settings.secret import load_secrets, new_secret, read_secrets, secret_file, write_secrets
from bbbd.storage.disk import Disk


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    secret = commands.add_parser("secret", parents=[common], help=summary, description=summary)
    secret.set_defaults(do=print_secret)
    secret.add_argument("--show", action="store_true", help="print it to a pipe or file as well")
    secret.add_argument(
        "--only", action="store_true", help="print the secret alone, for a pipe: bbbd secret --only | …"
    )
    own = secret.add_subparsers(dest="secret_command", metavar="COMMAND")
    set_summary = "Reads a new secret from standard input; makes one when the input is empty or a terminal."
    setting = own.add_parser("set", parents=[common], help=set_summary, description=set_summary)
    setting.set_defaults(do=set_secret)
    setting.add_argument("--keep-old", action="store_true", help="the old secret stays valid; the new one signs")
    applications.add_subcommands(own, common)


def print_secret(options: argparse.Namespace) -> int:
    """Print URL and secret, as ``bbb-conf --secret`` does."""
    if not (options.show or options.only or options.json or sys.stdout.isatty()):
        raise CommandFailed("the secret is printed to a terminal only; --show and --only print it here too")
    settings, _faults = settings_of(options)
    secret = load_secrets(settings, Disk())[0]
    url = settings.url("/bigbluebutton/")
    say(options, secret if options.only else f"URL: {url}\nSecret: {secret}", url=url, secret=secret)
    return GOOD


def set_secret(options: argparse.Namespace) -> int:
    """Write a new secret."""
    settings, _faults = settings_of(options)
    path = secret_file(settings)
    if path is None:
        raise CommandFailed("the secret is in the settings (securitySalt); change it there")
    piped = "" if sys.stdin.isatty() else piped_line()
    secret = piped or new_secret()
    if "," in secret or not secret.isprintable():
        raise CommandFailed("a secret may not contain a comma or a control character")
    if secret in load_applications(settings).values():
        raise CommandFailed("an application has this secret: the server needs one of its own")
    disk = Disk()
    disk.mkdir(path.parent)
    old = read_secrets(path) if options.keep_old else ()
    write_secrets(disk, path, (secret, *(one for one in old if one != secret)))
    validity = "the old one still signs" if old else "only the new secret is valid"
    say(options, f"written to {path}; after a reload of bbbd (SIGHUP) {validity}", path=str(path))
    return GOOD
