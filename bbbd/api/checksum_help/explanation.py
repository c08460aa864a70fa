"""Explanation of a wrong checksum: what the caller most likely signed, and what should be signed.

The usual mistakes are tried until the digest matches the caller's checksum. Pure and bounded. Explanations never
contain a secret, even if the caller sent it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, product
from urllib.parse import unquote_to_bytes

from bbbd.api.call import UNSIGNED, Authentication
from bbbd.api.calls import CALLS
from bbbd.api.checksum import ALGORITHM_OF_LENGTH, form_text, is_valid, sign, split_checksum
from bbbd.api.checksum_help.mistakes import (
    DIGESTS,
    Choice,
    algorithm_name,
    call_names,
    checksum_damages,
    checksum_digits,
    parameter_selections,
    secret_variants,
    split_parameters,
)
from bbbd.api.checksum_help.redaction import MOST_NAMED, Redactor
from bbbd.api.checksum_help.search import SearchSpace, distinct
from bbbd.api.problems import Failed
from bbbd.api.query import MOST_PARAMETERS, read_query
from bbbd.api.signatures import FORM
from bbbd.log import escaped
from bbbd.values.enums import Algorithm

#: Size limit of queries and forms that are searched.
LONGEST = 64 << 10
#: Length limit of a text in a message.
MOST_SHOWN = 2_000

RIGHT = "The checksum is right."
NONE_FITS = (
    "none of the usual mistakes: it was signed with another secret, or over another text; which of the two cannot"
    " be known"
)
NO_CHECKSUM = "there is no checksum: it is sent as the parameter checksum"
TOO_LONG = f"the request was not looked into: that is done up to {LONGEST} bytes and {MOST_PARAMETERS} parameters"
SECRET_SENT = "The secret itself was sent; it never leaves the application."  # noqa: S105 - a sentence

_MISNAMED = re.compile(rb"(?i)(^|&)(?!(?-i:checksum=))[^=&]{0,20}check_?sum[^=&]{0,20}=")
#: A checksum in a body: form, multipart or JSON.
_IN_BODY = re.compile(
    rb'(?:^|&)checksum=([^&\s]+)|name="?checksum"?[^\r\n]{0,200}\r?\n\r?\n([^\r\n]+)|"checksum"\s*:\s*"([^"]+)"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request that matter for its checksum. ``body`` may be of any type."""

    call: str
    query: bytes = b""
    body: bytes = b""
    content_type: str = ""
    #: The requested path, with scheme and host if known.
    address: str = ""

    @property
    def form(self) -> bytes:
        """The body, if its type is a form."""
        return self.body if self.content_type.partition(";")[0].strip().lower() == FORM else b""

    @property
    def authentication(self) -> Authentication:
        """The authentication of the call."""
        return CALLS[self.call].authentication if self.call in CALLS else Authentication.QUERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The findings about one checksum. Secrets are replaced by ``<secret>``."""

    right: bool
    #: The accepted signed texts; the checksum may be over any of them.
    signed: tuple[str, ...]
    #: The same without values of parameters.
    outline: tuple[str, ...]
    given: str
    #: The correct checksums, over the first text and with the first secret.
    passing: dict[Algorithm, str]
    likely: str
    #: All mistakes that fit, the most likely first; empty for a right checksum, and if none fits.
    mistakes: tuple[str, ...]

    @property
    def findings(self) -> list[str]:
        """The most likely mistake, and the others that fit."""
        return [self.likely, *(f"Or: {mistake}" for mistake in self.mistakes if mistake != self.likely)]

    def message(self) -> str:
        """Return the whole explanation in a few lines. It contains checksums that pass, so it must not be logged."""
        lines = self.findings
        if self.signed:
            lines.append(f"Signed here: {' or '.join(map(_short, self.signed))}")
        lines.append(f"Given: {_short(self.given) or 'nothing'}")
        lines += [f"Right by {algorithm_name(one)}: {digest}" for one, digest in self.passing.items()]
        return "\n".join(lines)

    def log_line(self) -> str:
        """Return one line that may be logged: without values of parameters and without passing checksums."""
        texts = [f"Signed here: {' or '.join(map(_short, self.outline))}"] if self.outline else []
        return " ".join([*self.findings, *texts])


def explain(request: SignedRequest, secrets: Sequence[str], algorithms: Iterable[Algorithm]) -> Explanation:
    """Return why the checksum of a call does not pass, or that it does. Never raises."""
    secrets, allowed = tuple(filter(None, secrets)), sorted(algorithms)
    redact = Redactor(secrets)
    repair, repaired = _repair(request, redact)
    texts, given = _signed_texts(repaired)
    right = not repair and is_valid(request.call, texts, given, secrets, allowed)
    likely, mistakes = RIGHT, list[str]()
    if not right:
        search = _Search(repaired, texts, given, secrets, allowed, redact)
        mistakes += dict.fromkeys(map(_sentence, search.mistakes(repair)))
        likely = mistakes[0] if mistakes else _sentence([NONE_FITS])
        if redact.contains_secret(request.query + b"\n" + request.body[:LONGEST]):
            mistakes.append(SECRET_SENT)
    return Explanation(
        right=right,
        signed=tuple(redact(request.call.encode() + text) + "<secret>" for text in texts),
        outline=tuple(redact(_outline(redact.redacted(request.call.encode() + text))) + "<secret>" for text in texts),
        # Redacted before splitting, since a secret may contain & or =.
        given=redact(
            _signed_texts(
                replace(repaired, query=redact.redacted(repaired.query), body=redact.redacted(repaired.form))
            )[1]
        ),
        passing={one: sign(request.call, texts[0], secrets[0], one) for one in allowed if texts and secrets},
        likely=likely,
        mistakes=tuple(mistakes),
    )


def _sentence(clauses: Iterable[str]) -> str:
    text = "; and ".join(clauses)
    return f"{text[:1].upper()}{text[1:]}."


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text)} characters)"


def _outline(text: bytes) -> bytes:
    return b"&".join(name + b"=..." if name != part else b"..." * bool(part) for name, part in split_parameters(text))


# Signed texts, as in ``signatures``; and checksums in wrong places.


def _encoded_again(text: bytes) -> bytes | None:
    with suppress(Failed):
        return form_text(read_query(text).pairs)
    return None


def _join(*texts: bytes) -> bytes:
    return b"&".join(filter(None, texts))


def _signed_texts(request: SignedRequest) -> tuple[list[bytes], bytes]:
    text, checksum = split_checksum(request.query)
    texts: list[bytes | None] = [text]
    if request.authentication is Authentication.FORM:
        whole = _join(request.query, request.form)
        texts, checksum = [_encoded_again(whole)], split_checksum(whole)[1]
    elif not text and request.form:
        raw, in_form = split_checksum(request.form)
        texts, checksum = [raw, _encoded_again(request.form)], checksum or in_form
    return list(dict.fromkeys(text for text in texts if text is not None)), checksum


def _repair(request: SignedRequest, redact: Redactor) -> tuple[str, SignedRequest]:
    """Return why the server did not find the checksum, and the request with the checksum in the right place."""
    if _signed_texts(request)[1]:
        return "", request
    if b"&amp;checksum=" in request.query:
        clause = "&amp; was sent where & belongs: the URL was escaped as HTML"
        return clause, replace(request, query=request.query.replace(b"&amp;", b"&"))
    if found := _IN_BODY.search(request.body[:LONGEST]):
        clause = (
            "the checksum stands in the body; there it is looked for in a form alone, without parameters in the URL"
        )
        value = next(filter(None, found.groups()), b"")
        return clause, replace(request, query=_join(request.query, b"checksum=" + value))
    for place, raw in (("query", request.query), ("body", request.form)):
        if found := _MISNAMED.search(raw):
            label = redact.labels(raw)[raw.count(b"&", 0, found.end(1))]
            fixed = raw[: found.end(1)] + b"checksum=" + raw[found.end() :]
            clause = f"the checksum was sent as {label}; it is called checksum"
            return clause, replace(request, query=fixed) if place == "query" else replace(request, body=fixed)
    return "", request


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for the caller's mistake."""

    request: SignedRequest
    texts: list[bytes]
    given: bytes
    secrets: tuple[str, ...]
    allowed: list[Algorithm]
    redact: Redactor

    def mistakes(self, repair: str) -> Iterator[Sequence[str]]:
        """Yield the mistakes that fit, each as clauses of a sentence."""
        spelling, digits = checksum_digits(self.given)
        known = list(filter(None, (repair, spelling)))
        algorithm = DIGESTS.get(len(digits))
        if obstacle := self._obstacle():
            yield [obstacle]
        elif damages := list(self._damages(digits)):
            yield from ([*known, damage] for damage in damages)
        elif not digits:
            yield known
        elif algorithm is None:
            lengths = ", ".join(f"{length} ({algorithm_name(name)})" for length, name in ALGORITHM_OF_LENGTH.items())
            yield [*known, f"the checksum has {len(digits)} digits, as no digest has that is taken: {lengths}"]
        else:
            if algorithm not in self.allowed:
                taken = ", ".join(map(algorithm_name, self.allowed)) or "none"
                known.append(
                    f"it is a digest by {algorithm_name(algorithm)}, which is not taken here; taken are {taken}"
                )
            found = self._search_space().search(algorithm, bytes.fromhex(digits))
            yield from ([*known, *clauses] for clauses in found or ([(NONE_FITS,)] if known else []))

    def _obstacle(self) -> str:
        if not self.secrets:
            return "no secret is configured here, so that nothing passes"
        whole = _join(self.request.query, self.request.form)
        if len(whole) > LONGEST or whole.count(b"&") > MOST_PARAMETERS:
            return TOO_LONG
        if not self.texts:
            return "the parameters cannot be read: they are not UTF-8, badly percent-encoded or too long"
        return "" if self.given else NO_CHECKSUM

    def _damages(self, digits: str) -> Iterator[str]:
        call = self.request.call
        for text, secret in product(self.texts, self.secrets):
            yield from checksum_damages(digits, call.encode() + text + secret.encode())
        parts = split_parameters(_join(self.request.query, self.request.form))
        seconds = [part[9:] for name, part in parts if name == b"checksum" and part[9:] != self.given]
        without = [
            b"&".join(part for name, part in split_parameters(text) if name != b"checksum") for text in self.texts
        ]
        if any(is_valid(call, without, second, self.secrets, self.allowed) for second in seconds[:2]):
            yield "the checksum was sent twice: the first counts, and the second is right"

    def _search_space(self) -> SearchSpace:
        request = self.request
        calls = [other for other, row in CALLS.items() if other != request.call and row.authentication not in UNSIGNED]
        whole = _join(request.query, request.form)
        callback = next(
            (part.partition(b"=")[2] for key, part in split_parameters(whole) if key == b"callbackURL"), b""
        )
        address = request.address or f"/bigbluebutton/api/{request.call}"
        address = "" if self.redact.contains_secret(address.encode()) else escaped(address)
        shorter = (choice for text in self.texts for choice in parameter_selections(text, self.redact.labels))
        return SearchSpace(
            names=distinct(call_names(request.call, address, calls, unquote_to_bytes(callback.replace(b"+", b" ")))),
            texts=distinct(chain((("", text) for text in self.texts), self._unsigned_texts(), shorter)),
            secrets=distinct(secret_variants(self.secrets)),
            labels=self.redact.labels,
        )

    def _unsigned_texts(self) -> Iterator[Choice[bytes]]:
        """Yield texts other than those that should be signed."""
        query, body = split_checksum(self.request.query)[0], split_checksum(self.request.body[:LONGEST])[0]
        if self.request.authentication is Authentication.FORM:
            rule = "for this call all parameters are signed, sorted by name and encoded again"
        elif self.request.form:
            rule = "with parameters in the URL these alone are signed"
        else:
            content_type = self.redact(self.request.content_type.encode())[:MOST_NAMED]
            rule = f"a body of type {content_type or '(none)'} is never signed"
        if not body and self.request.authentication is not Authentication.FORM:
            return
        for what, text in (
            ("the body was signed as it was sent", body),
            ("the body's parameters were signed, sorted by name and encoded again", _encoded_again(body)),
            ("the URL's parameters and then the body's were signed", _join(query, body)),
            ("the body's parameters and then the URL's were signed", _join(body, query)),
            ("all parameters were signed, sorted by name and encoded again", _encoded_again(_join(query, body))),
            ("the URL's parameters were signed as they were sent", query),
        ):
            if text:
                yield f"{what}; {rule}", text
