"""Assertions: parsed answers of an endpoint, and the checks that all cases use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from bbbd.conform.endpoint_client import Answer

GOOD, BAD = "SUCCESS", "FAILED"


class ContractMismatch(Exception):
    """The endpoint differs from the contract; the text says how."""


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """A parsed answer in XML or JSON: the texts directly below its root, and in XML the root itself."""

    answer: Answer
    texts: dict[str, str]
    root: etree._Element = field(default_factory=lambda: etree.Element("response"))

    @property
    def code(self) -> str:
        """The returncode."""
        return self.texts.get("returncode", "")

    @property
    def key(self) -> str:
        """The messageKey, empty if missing."""
        return self.texts.get("messageKey", "")

    @property
    def names(self) -> list[str]:
        """The names directly below the root, in order."""
        return list(self.texts)

    def __str__(self) -> str:
        """Return a short summary of the answer."""
        message = self.texts.get("message", "")
        return " ".join(
            part for part in (self.code or "no returncode", self.key, f"({message})" if message else "") if part
        )


def summarize(answer: Answer) -> str:
    """Return a short summary of an answer that is not of the API."""
    kind = answer.headers.get("content-type", "no type")
    start = " ".join(answer.body[:400].decode("utf-8", "replace").split())[:80]
    return f"HTTP {answer.status}, {kind}: {start}" if start else f"HTTP {answer.status}, {kind}, empty"


def parse_xml(answer: Answer) -> etree._Element | None:
    """Return the root of an answer in XML, or None."""
    try:
        return etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def parse_answer(answer: Answer) -> ParsedAnswer | None:
    """Return the parsed answer, or None if it is not of the API."""
    if answer.body.lstrip()[:1] == b"{":
        return _parse_json(answer)
    root = parse_xml(answer)
    if root is None or root.tag != "response":
        return None
    texts: dict[str, str] = {}
    for child in root:
        if isinstance(child.tag, str):
            texts.setdefault(child.tag, child.text or "")
    return ParsedAnswer(answer, texts, root)


def _parse_json(answer: Answer) -> ParsedAnswer | None:
    try:
        response = json.loads(answer.body)["response"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(response, dict):
        return None
    return ParsedAnswer(answer, {name: value if isinstance(value, str) else "" for name, value in response.items()})


def expect_answer(answer: Answer) -> ParsedAnswer:
    """Return the parsed answer. Raises ``ContractMismatch`` if it is not of the API."""
    found = parse_answer(answer)
    if found is None:
        raise ContractMismatch(f"no answer of the API, but {summarize(answer)}")
    return found


def expect_success(found: ParsedAnswer, *keys: str) -> ParsedAnswer:
    """Require a success, with one of these keys if any are given."""
    return _expect(found, GOOD, keys)


def expect_failure(found: ParsedAnswer, *keys: str) -> ParsedAnswer:
    """Require a failure, with one of these keys if any are given."""
    return _expect(found, BAD, keys)


def _expect(found: ParsedAnswer, code: str, keys: tuple[str, ...]) -> ParsedAnswer:
    if found.code != code or (keys and found.key not in keys):
        expected = f"{code} {' or '.join(keys)}".strip()
        raise ContractMismatch(f"{found}, not {expected}")
    return found


def expect_equal(what: str, got: object, expected: object) -> None:
    """Require that a value is equal to another."""
    if got != expected:
        raise ContractMismatch(f"{what} is {got!r}, not {expected!r}")


def expect_names(what: str, got: Iterable[str], expected: Iterable[str]) -> None:
    """Require that all names are present."""
    there = set(got)
    missing = [name for name in expected if name not in there]
    if missing:
        raise ContractMismatch(f"{what} has no {', '.join(missing)}")


def expect_order(what: str, got: Iterable[str], expected: Iterable[str]) -> None:
    """Require that the present names are in the contract's order."""
    found = list(got)
    places = [(found.index(name), name) for name in expected if name in found]
    for (place, name), (later, after) in pairwise(places):
        if place > later:
            raise ContractMismatch(f"{what} has {after} before {name}")


def expect_match(what: str, text: str | None, pattern: str) -> str:
    """Require that a text matches a pattern, and return it."""
    if text is None or re.fullmatch(pattern, text) is None:
        raise ContractMismatch(f"{what} is {text!r}" if text is not None else f"there is no {what}")
    return text
