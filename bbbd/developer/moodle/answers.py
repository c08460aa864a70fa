"""Answers in the mock's format: an XML declaration, lists of numbered elements, the returncode last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bbbd.api.problems import Failed
from bbbd.api.response_tree import Tree, xml

CONTENT_TYPE = b"text/xml;charset=utf-8"
#: Booleans as PHP writes them.
YES, NO = "1", ""


def write(tree: Tree, returncode: str = "SUCCESS") -> bytes:
    """Return a tree as an answer."""
    return b'<?xml version="1.0"?>\n' + xml([("response", (*tree, ("returncode", returncode)))]) + b"\n"


def refuse(failed: Failed) -> bytes:
    """Return the answer to a refused call."""
    return write((("messageKey", failed.problem.key), ("message", failed.message)), "FAILED")


def numbered(values: Iterable[Any]) -> Tree:
    """Return a list as elements ``_0``, ``_1`` and so on."""
    return [(f"_{number}", value) for number, value in enumerate(values)]


def tree_of(value: Any) -> Any:
    """Return a JSON value as a tree."""
    if isinstance(value, dict):
        return [(name, tree_of(one)) for name, one in value.items()]
    return numbered(map(tree_of, value)) if isinstance(value, list) else value
