"""Verification of signed calls, which selects the parameters that count: of the query, or else of the form."""

from __future__ import annotations

from contextlib import suppress

from bbbd.api.call import UNSIGNED, AnyCall, Authentication
from bbbd.api.checksum import ALGORITHM_OF_LENGTH, form_text, matching_secret, split_checksum
from bbbd.api.problems import BadChecksum, Failed, missing
from bbbd.api.query import Query, read_query
from bbbd.api.server import Server

FORM = "application/x-www-form-urlencoded"
#: Content types accepted on every call, since clients send them; most are ignored.
KNOWN_TYPES = frozenset((FORM, "application/xml", "text/xml", "multipart/form-data"))


def form_counts(call: AnyCall, query: bytes) -> bool:
    """Return whether the parameters of a form count, which is then what is signed (if anything is)."""
    return call.authentication is not Authentication.QUERY or not split_checksum(query)[0]


def check(server: Server, call: AnyCall, query: bytes, form: bytes) -> Query:
    """Return the signed parameters. ``form`` is the raw body if its type is a form.

    Raises ``Failed``: first ``checksumError``, then for malformed parameters.
    """
    if call.authentication in UNSIGNED:
        return read_query(query or form)
    if call.authentication is Authentication.FORM:
        return _check_form(server, call, query, form)
    text, checksum = split_checksum(query)
    if text or not form:
        secret = _pass(server, call, [text], checksum)
        return read_query(text, secret)
    # Without a query string (apart from a checksum), the form is signed: as the reference
    # encodes it again, or as it was sent.
    raw, in_form = split_checksum(form)
    texts = [raw]
    # A malformed form with a valid checksum over its raw text is reported as malformed, else as a wrong checksum.
    with suppress(Failed):
        texts.append(form_text(read_query(form).pairs))
    secret = _pass(server, call, texts, checksum or in_form)
    return read_query(raw, secret)


def _check_form(server: Server, call: AnyCall, query: bytes, form: bytes) -> Query:
    whole = b"&".join(part for part in (query, form) if part)
    _raw, checksum = split_checksum(whole)
    try:
        parameters = read_query(whole)
    except Failed:
        raise BadChecksum("unreadable") from None
    return Query(parameters.pairs, _pass(server, call, [form_text(parameters.pairs)], checksum))


def _pass(server: Server, call: AnyCall, texts: list[bytes], checksum: bytes) -> int:
    """Return the number of the secret that signed a call. Raises ``Failed``."""
    if not checksum:
        failed = missing(call.unsigned_problem, "checksum")
        raise BadChecksum("missing", failed.problem, failed.message)
    algorithms = server.settings.algorithms
    secret = matching_secret(call.name, texts, checksum, server.secrets, algorithms)
    if not secret and call.signed_with_slash:
        secret = matching_secret(f"{call.name}/", texts, checksum, server.secrets, algorithms)
    if not secret:
        is_known = ALGORITHM_OF_LENGTH.get(len(checksum)) in algorithms
        raise BadChecksum("wrong" if is_known else "algorithm")
    return secret
