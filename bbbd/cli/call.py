"""``bbbd call``: calls the API of the server and prints the answer."""

from __future__ import annotations

import argparse
import json
import sys
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from bbbd.cli.api_client import ApiAnswer, call, elements
from bbbd.cli.common import BAD, GOOD, CommandFailed, say
from bbbd.cli.signed_urls import add_call_arguments, own_target


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser("call", parents=[common], help=summary, description=summary)
    parser.set_defaults(do=make_call)
    add_call_arguments(parser)
    parser.add_argument("--raw", action="store_true", help="print the unchanged answer")
    parser.add_argument("--post", metavar="FILE", help="send a file as the body (slides for create, or a config.xml)")


def make_call(options: argparse.Namespace) -> int:
    """Call and print the answer."""
    target = own_target(options)
    post = Path(options.post).read_bytes().removeprefix(BOM_UTF8) if options.post else None
    if post is not None and options.call == "setConfigXML" and not _is_utf8(post):
        raise CommandFailed(f"{options.post} is not UTF-8")
    pairs = [*options.pairs, ("format", "json")] if options.json else options.pairs
    answer = call(target, options.call, pairs, post)
    if answer.location:
        say(options, f"{answer.status} to {answer.location}", status=answer.status, location=answer.location)
        return GOOD
    if options.raw or options.json:
        sys.stdout.buffer.write(answer.body + b"\n")
        return BAD if _failed(answer) else GOOD
    return _print(answer)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _failed(answer: ApiAnswer) -> bool:
    if answer.body.lstrip().startswith(b"{"):
        response: dict[str, Any] = json.loads(answer.body).get("response", {})
        return response.get("returncode") == "FAILED"
    root = elements(answer.body)
    return root is None or root.findtext("returncode") == "FAILED"


def _print(answer: ApiAnswer) -> int:
    root = elements(answer.body)
    if root is None and answer.status == 200 and not answer.body.lstrip().startswith(b"<"):
        sys.stdout.buffer.write(answer.body + b"\n")
        return GOOD
    if root is None:
        raise CommandFailed(f"the answer is not XML (HTTP status {answer.status})")
    if root.findtext("returncode") == "FAILED":
        sys.stderr.write(f"FAILED {root.findtext('messageKey') or ''}: {root.findtext('message') or ''}\n")
        return BAD
    if root.tag != "response":
        sys.stdout.buffer.write(answer.body + b"\n")
        return GOOD
    sys.stdout.write("\n".join(["SUCCESS", *_lines(root)[1:]]) + "\n")
    return GOOD


def _lines(element: ET.Element, depth: int = 0) -> list[str]:
    """Return the elements of an answer as lines for a terminal."""
    found: list[str] = []
    for child in element:
        if len(child):
            found += [f"{'  ' * depth}{child.tag}", *_lines(child, depth + 1)]
        elif child.text or child.tag not in ("messageKey", "message"):
            found.append(f"{'  ' * depth}{child.tag:<22} {child.text or ''}".rstrip())
    return found
