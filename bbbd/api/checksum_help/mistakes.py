"""Tables of usual signing mistakes: each with a description and its effect on the signed message.

A checksum is a digest of a call's name, a text and the secret. Each of these may be wrong, and so may be their
order. The correct candidate has an empty description and is the first of each table.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import product
from operator import itemgetter
from typing import TypeVar
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from bbbd.api.checksum import ALGORITHM_OF_LENGTH

T = TypeVar("T")
Choice = tuple[str, T]
#: Encodes a text of parameters in another way.
Writing = Callable[[bytes], bytes]
#: The order of a message's pieces (n, t, s: name, text, secret) and separators; whether the secret is the HMAC key.
Shape = tuple[bytes, bool]
#: Returns the names of a text's parameters, redacted.
Labels = Callable[[bytes], list[str]]

#: Digests by their length in hexadecimal: the API's, and two others that callers use.
DIGESTS = {32: "md5", 56: "sha224"} | ALGORITHM_OF_LENGTH
#: Other digests of the same lengths.
_STRANGE = ("sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2s", "blake2b")
#: The secret of the API's documentation, often copied with its examples.
EXAMPLE_SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"  # noqa: S105 - public

_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]+")
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_RUN = re.compile(rb"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{8}){4,16}(?![0-9a-fA-F])")
_BLANKS = ((b"\n", "a line break"), (b"\r\n", "a line break"), (b" ", "a space"), (b"\t", "a tab"), (b"\0", "a NUL"))
_BETWEEN = (
    (b"?", "a ?"),
    (b"&", "an &"),
    (b"/", "a /"),
    (b"+", "a +"),
    (b" ", "a space"),
    (b"\n", "a line break"),
    (b":", "a colon"),
    (b",", "a comma"),
    (b"|", "a |"),
    (b".", "a dot"),
    (b"-", "a -"),
)


def algorithm_name(algorithm: str) -> str:
    """Return the usual spelling of an algorithm's name."""
    return re.sub(r"^SHA(?=\d+$)", "SHA-", algorithm.upper().replace("SHA3_", "SHA3-"))


def split_parameters(text: bytes) -> list[tuple[bytes, bytes]]:
    """Return the raw parameters of a text, each with its name."""
    return [(part.partition(b"=")[0], part) for part in text.split(b"&")]


def _join(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"&".join(part for _name, part in parts)


# Mistakes in the checksum itself.


def _from_base64(value: bytes) -> bytes:
    plain = value.translate(bytes.maketrans(b"-_ ", b"+/+")).rstrip(b"=")
    try:
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""


def checksum_digits(given: bytes) -> tuple[str, str]:
    """Return a description of a checksum's notation, and its hexadecimal digits; empty if there are none."""
    whole = unquote_to_bytes(given)
    blank = whole.strip(b" +\t\r\n\0")
    for clause, digits in (
        ("", given),
        ("the checksum has characters that are percent-encoded, or blanks around it", blank),
        ("the checksum has signs between its digits", re.sub(rb"[-: ]", b"", blank)),
    ):
        if _HEXADECIMAL.fullmatch(digits):
            return clause, digits.lower().decode()
    if len(whole) * 2 in DIGESTS and not whole.isascii():
        return "the checksum was sent as raw bytes; it is sent in hexadecimal digits", whole.hex()
    if len(raw := _from_base64(blank)) * 2 in DIGESTS:
        return "the checksum was sent in Base64; it is sent in hexadecimal digits", raw.hex()
    if run := _RUN.search(whole):
        return "the checksum has something else around its digits", run[0].lower().decode()
    return "the checksum is not a hexadecimal number", ""


def checksum_damages(digits: str, message: bytes) -> Iterator[str]:
    """Yield the ways in which digits are a damaged digest of a message."""
    for algorithm in (*DIGESTS.values(), *_STRANGE):
        raw = hashlib.new(algorithm, message, usedforsecurity=False).digest()
        whole, name = raw.hex(), algorithm_name(algorithm)
        if digits == whole:
            if algorithm in _STRANGE:
                yield f"the checksum is a {name} digest, which is never taken"
        elif digits in ("".join(f"{byte:x}" for byte in raw), whole.lstrip("0")):
            yield f"the checksum is the right {name} digest without its zeros: each byte has two digits, also below 16"
        elif len(digits) >= 8 and len(digits) < len(whole) and (whole.startswith(digits) or whole.endswith(digits)):
            yield f"the checksum was cut off: these are {len(digits)} of the {len(whole)} digits of the {name} digest"
        elif digits.startswith(whole):
            yield f"the checksum has something else after its {len(whole)} digits"


# Mistakes in the name.


def call_names(call: str, address: str, calls: Iterable[str], callback: bytes) -> Iterator[Choice[bytes]]:
    """Yield names that may have been signed in place of the call's name."""
    own = call.encode()
    yield "", own
    yield f"the call's name was left out; what is signed begins with {call}", b""
    if "/" in call:
        last = call.rpartition("/")[2]
        yield f"the call's name was signed as {last}; it is all of {call}", last.encode()
    pieces = address.split("/")[-12:]
    tails = ["/".join(pieces[place:]) for place in range(len(pieces))]
    others = [call.lower(), call.upper(), call[:1].upper() + call[1:], f"{call}.xml", f"{call}.json", f"{call}/"]
    for name in (*others, *tails, *(f"/{tail}" for tail in tails)):
        yield f"the call's name was signed as {name}; it is {call} alone, in this case", name.encode()
    for other in calls:
        yield f"it was signed for {other}, and sent to {call}", other.encode()
    if callback:
        yield f"the callbackURL was signed in place of the call's name, {call}", callback


# Mistakes in the selection of parameters.


def parameter_selections(text: bytes, labels: Labels) -> Iterator[Choice[bytes]]:
    """Yield texts with only some of the parameters."""
    parts = split_parameters(text)
    for clause, without in (
        ("no parameters were signed, only the call's name and the secret", None),
        ("a cache-buster (_) was added after the signing", (b"_", b"_dc")),
        ("format or callback was added after the signing", (b"_", b"format", b"callback")),
    ):
        yield clause, _join(pair for pair in parts if without and pair[0] not in without)
    filled = [pair for pair in parts if pair[1]]
    yield "a leading, trailing or doubled & was not signed; each & that is sent is", _join(filled)
    kept = [pair for pair in filled if pair[1].partition(b"=")[2]]
    yield "parameters that are sent empty were not signed", _join(kept)
    kept = [pair for pair in filled if not pair[0].startswith(b"meta_")]
    yield "the meta_ parameters were not signed", _join(kept)
    first, last = dict(reversed(filled)), dict(filled)
    for which, only in (("first", first), ("last", last)):
        yield f"of a parameter that is sent twice only the {which} was signed", _join((n, only[n]) for n in last)
    for place, label in enumerate(labels(text)):
        clause = f"the parameter {label} was not signed: it was left out, or added after the signing"
        if label == "checksum":
            clause = "a second checksum was not signed; here only the first, and what equals it, is left out"
        yield clause, _join(parts[:place] + parts[place + 1 :])
    for count in range(2, len(parts)):
        yield f"the last {count} parameters were added after the signing", _join(parts[:-count])
        yield f"the first {count} parameters were added after the signing", _join(parts[count:])


# Mistakes in the encoding of parameters.


def sorted_by_name(text: bytes) -> bytes:
    """Return a text with its parameters sorted by name."""
    return _join(sorted((pair for pair in split_parameters(text) if pair[1]), key=itemgetter(0)))


def _recode(encode: Callable[[bytes], bytes], text: bytes) -> bytes:
    pairs = [part.replace(b"+", b" ").partition(b"=") for part in text.split(b"&")]
    return b"&".join(
        encode(unquote_to_bytes(name)) + sign + encode(unquote_to_bytes(value)) for name, sign, value in pairs
    )


def _lower_escapes(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: found[0].lower(), text)


def _upper_escapes(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: found[0].upper(), text)


def _percent_encode(safe: str, space: str, tilde: str, case: Writing, raw: bytes) -> bytes:
    return case(quote_from_bytes(raw, safe + " ").replace(" ", space).replace("~", tilde).encode())


def _latin_encode(space: str, raw: bytes) -> bytes:
    return quote(raw.decode("utf-8", "replace"), " ", "latin-1", "replace").replace(" ", space).encode()


def _decode(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _as_is(text: bytes) -> bytes:
    return text


def _surround(before: bytes, after: bytes, text: bytes) -> bytes:
    return b"&".join(filter(None, (before, text, after)))


def _sorted_by(write: Writing, text: bytes) -> bytes:
    return sorted_by_name(write(text))


def _replacing(*pairs: tuple[bytes, bytes]) -> Writing:
    def write(text: bytes) -> bytes:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    return write


def _all_encodings() -> Iterator[Choice[Writing]]:
    yield "", _as_is
    yield "spaces were signed as %20, and sent as +", _replacing((b"+", b"%20"))
    yield "spaces were signed as +, and sent as %20", _replacing((b"%20", b"+"))
    yield "the parameters were sorted for the signing, and sent in another order", sorted_by_name
    yield "the parameters were sent encoded twice, and signed encoded once", _replacing((b"%25", b"%"))
    yield "the parameters were signed encoded twice, and sent encoded once", _replacing((b"%", b"%25"))
    yield "the parameters were signed before they were encoded; what is signed is as it is sent", _decode
    yield "the parameters were signed decoded, but for +; what is signed is as it is sent", unquote_to_bytes
    yield "the percent-encoding was signed in lower case, and sent in upper case", _lower_escapes
    yield "the percent-encoding was signed in upper case, and sent in lower case", _upper_escapes
    yield "&amp; was signed where & is sent: the text was escaped as HTML before", _replacing((b"&", b"&amp;"))
    yield "& was signed where &amp; is sent: the URL was escaped as HTML afterwards", _replacing((b"&amp;", b"&"))
    for before, after in ((b"", b"checksum="), (b"", b"checksum"), (b"checksum=", b"")):
        clause = "an empty checksum was signed with the parameters; it is left out, with the & beside it"
        yield clause, partial(_surround, before, after)
    yield "true and false were signed as 1 and 0", _replacing((b"=true", b"=1"), (b"=false", b"=0"))
    yield "true and false were signed as 1 and nothing", _replacing((b"=true", b"=1"), (b"=false", b"="))
    yield "true and false were signed as True and False", _replacing((b"=true", b"=True"), (b"=false", b"=False"))
    for space in ("+", "%20"):
        yield (
            "the parameters were signed in ISO 8859-1, and sent in UTF-8",
            partial(_recode, partial(_latin_encode, space)),
        )
    yield from _library_encodings()


def _library_encodings() -> Iterator[Choice[Writing]]:
    """Yield the encodings of the usual libraries: Java, PHP, Python, JavaScript and .NET."""
    safe = ("", "/", "*", "!'()*", "!()*", "/:", ":/@", ":/?@!$'()*,;", ":/?@!$'()*,;[]")
    ways = product(("", "sorted and "), (_as_is, _lower_escapes), safe, ("+", "%20"), ("%7E", "~"))
    for order, case, kept, space, tilde in ways:
        clause = (
            f"the parameters were {order}encoded for the signing in another way than for the URL: a space as {space},"
            f" a ~ as {tilde}, -._{kept} as they are{', the rest in lower case' * (case is _lower_escapes)}"
        )
        write = partial(_recode, partial(_percent_encode, kept, space, tilde, case))
        yield clause, partial(_sorted_by, write) if order else write


#: Encodings of a text.
ENCODINGS: tuple[Choice[Writing], ...] = tuple(_all_encodings())


# Mistakes in the secret, and in the order of the pieces.


def secret_variants(secrets: Sequence[str]) -> Iterator[Choice[bytes]]:
    """Yield texts that may have been used in place of the secret."""
    yield from (("", secret.encode()) for secret in secrets)
    for own in (secret.encode() for secret in secrets):
        for blank, clause in _BLANKS:
            yield f"{clause} stands after the secret", own + blank
            yield f"{clause} stands before the secret", blank + own
            yield f"{clause} stands before and after the secret", blank + own + blank
        for mark in (b'"', b"'"):
            yield f"the secret was taken with its quotes, {mark.decode()}", mark + own + mark
        for name in (b"securitySalt=", b"Secret: ", b"secret="):
            yield f"the secret was taken with what stands before it, {name.decode()}", name + own
        yield "the secret was taken without its last character", own[:-1]
        yield "the secret was taken without its first character", own[1:]
        yield "the secret was signed percent-encoded", quote_from_bytes(own, "").encode()
        yield "the secret was signed in lower case", own.lower()
        yield "the secret was signed in upper case", own.upper()
        yield "the secret was added twice", own + own
    for comma in (",", ", "):
        yield "all secrets were taken for one; those between the commas are each a secret", comma.join(secrets).encode()
    yield "no secret was added", b""
    yield "it was signed with the secret of the API's documentation", EXAMPLE_SECRET.encode()


def _shapes() -> Iterator[Choice[Shape]]:
    yield "", (b"nts", False)
    yield "the secret was put first; it comes last", (b"snt", False)
    yield "the secret was put before the parameters; it comes last", (b"nst", False)
    yield "the call's name was put after the parameters; it comes first", (b"tns", False)
    for order in (b"nt", b"nts", b"t"):
        yield "the secret was used as the key of an HMAC; it is added to the text, for a plain digest", (order, True)
    for mark, clause in _BETWEEN:
        yield f"{clause} was put between the call's name and the parameters", (b"n%bts" % mark, False)
        yield f"{clause} was put between the parameters and the secret", (b"nt%bs" % mark, False)
        yield f"{clause} was put between name, parameters and secret", (b"n%bt%bs" % (mark, mark), False)


#: Orders of the pieces.
SHAPES: tuple[Choice[Shape], ...] = tuple(_shapes())
