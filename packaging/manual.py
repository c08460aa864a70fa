"""Man pages and completions of the ``bbbd`` command, made from its parser: ``python packaging/manual.py DIRECTORY``.

Needs argparse-manpage and shtab (the extra ``manual``). It writes ``man/bbbd.1``, a page for each subcommand
(``man/bbbd-recordings.1``), and the completions of bash (``completions/bbbd``) and zsh (``completions/_bbbd``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from bbbd import __version__
from bbbd.cli.main import SUBCOMMANDS, parser


def subparsers(whole: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give the subcommands with their parsers."""
    for action in whole._actions:  # argparse has no other way to its subparsers
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def page(own: argparse.ArgumentParser, name: str, summary: str) -> str:
    """Return the man page of a parser. ``summary`` is the line that apropos finds."""
    own.man_short_description = summary[0].lower() + summary[1:].rstrip(".")
    made = Manpage(own, _Facts({"project_name": "bbbd", "prog": name, "version": __version__, "manual_title": "bbbd"}))
    # In its title, and in the line that apropos reads, a page has the name of its file.
    heading, text = str(made).split(".SH SYNOPSIS", 1)
    said = name.replace("-", r"\-")
    file = said.replace(" ", r"\-")
    heading = heading.replace(f".TH {said.upper()}", f".TH {file.upper()}").replace(f"\n{said} ", f"\n{file} ")
    return f"{heading}.SH SYNOPSIS{text}"


class _Facts(dict[str, str]):
    """What argparse-manpage asks of a project."""


def main(directory: Path) -> None:
    """Write all files."""
    whole = parser(*SUBCOMMANDS)
    (directory / "man").mkdir(parents=True, exist_ok=True)
    (directory / "completions").mkdir(exist_ok=True)
    own = dict(subparsers(whole))
    pages = {"bbbd": page(whole, "bbbd", whole.description or "")}
    pages |= {f"bbbd-{name}": page(own[name], f"bbbd {name}", one.summary) for name, one in SUBCOMMANDS.items()}
    for name, text in pages.items():
        (directory / "man" / f"{name}.1").write_text(text)
    for shell, file in (("bash", "bbbd"), ("zsh", "_bbbd")):
        (directory / "completions" / file).write_text(shtab.complete(whole, shell=shell))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
