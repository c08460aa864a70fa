"""Compares the detection of legacy encodings with that of libraries, on the translations that Django ships.

``pip install django chardet charset-normalizer chardetng-py``, then ``python bench/encodings.py [--wrong]``. Each text
is a sentence (one cue), two, three, a sentence in capitals, or all sentences of a language (a film), in each encoding
in which its texts are found. An answer is right when the bytes decode to the text.
"""

from __future__ import annotations

import argparse
import gettext
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module, util
from pathlib import Path
from typing import NamedTuple

from bbbd.text_encoding import guess_encoding

_WEST = ("cp1252", "cp850", "mac_roman")
_CENTRAL = ("cp1250", "iso8859-2", "cp852", "mac_latin2")
_CYRILLIC = ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac_cyrillic")
LANGUAGES: dict[str, tuple[str, ...]] = {
    "fr": _WEST,
    "de": _WEST,
    "es": _WEST,
    "pt": _WEST,
    "it": _WEST,
    "ca": _WEST,
    "nl": _WEST,
    "da": (*_WEST, "cp865"),
    "sv": (*_WEST, "cp865"),
    "fi": _WEST,
    "is": ("cp1252", "cp861", "mac_iceland"),
    "pl": _CENTRAL,
    "cs": _CENTRAL,
    "sk": _CENTRAL,
    "hu": _CENTRAL,
    "hr": _CENTRAL,
    "sl": _CENTRAL,
    "ro": ("cp1250", "iso8859-2", "cp852", "mac_romanian"),
    "tr": ("cp1254", "cp857", "mac_turkish"),
    "lv": ("cp1257", "iso8859-13", "cp775"),
    "lt": ("cp1257", "iso8859-13", "cp775"),
    "et": ("cp1257", "cp775"),
    "ru": _CYRILLIC,
    "bg": _CYRILLIC,
    "uk": ("cp1251", "koi8-u", "iso8859-5", "mac_cyrillic", "cp1125"),
    "sr": ("cp1251", "iso8859-5", "cp855", "mac_cyrillic"),
    "el": ("cp1253", "iso8859-7", "cp737", "mac_greek"),
    "he": ("cp1255", "cp862"),
    "ar": ("cp1256", "iso8859-6"),
    "th": ("cp874",),
    "ja": ("cp932", "euc_jp"),
    "zh_Hans": ("gb18030",),
    "zh_Hant": ("big5hkscs",),
    "ko": ("cp949",),
}
#: Sentences of each language that are one cue each.
SENTENCES = 6
_PLACEHOLDER = re.compile(r"%\([^)]*\)\w|%\w|[\u201c\u201d\u201e\u2018\u2019]|\{[^}]*\}|<[^>]*>|\u200f|\u200e")


class Text(NamedTuple):
    """A text, its language and its encoding; the size is what it is like."""

    language: str
    encoding: str
    size: str
    text: str


def sentences(language: str) -> list[str]:
    """Return sentences of a language that no small encoding lacks a letter of, the same at each run."""
    spec = util.find_spec("django")
    assert spec is not None, "pip install django"
    assert spec.origin is not None
    found: list[str] = []
    root = Path(spec.origin).parent
    for path in sorted(root.glob(f"**/locale/{language}/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        pairs: dict[object, str] = vars(catalogue)["_catalog"]
        for original, text in sorted(pairs.items(), key=str):
            plain = " ".join(_PLACEHOLDER.sub("", text).split())
            wide = language in {"ja", "zh_Hans", "zh_Hant", "ko", "th"}
            if original and (8 if wide else 25) <= len(plain) <= 70 and not plain.isascii():
                found.append(plain)
    return found


def texts() -> Iterator[Text]:
    """Yield the texts of all languages in their encodings."""
    for language, encodings in LANGUAGES.items():
        for encoding in encodings:
            cedillas = str.maketrans("șțȘȚ", "şţŞŢ") if encoding != "mac_romanian" else {}
            written = [one.translate(cedillas) for one in sentences(language)]
            fitting = [one for one in written if one.encode(encoding, "ignore").decode(encoding) == one]
            step = max(1, len(fitting) // (3 * SENTENCES))
            chosen = fitting[::step][: 3 * SENTENCES]
            for place in range(0, len(chosen) - 2, 3):
                one = chosen[place : place + 3]
                yield Text(language, encoding, "one cue", one[0])
                yield Text(language, encoding, "two cues", "\n".join(one[:2]))
                yield Text(language, encoding, "three cues", "\n".join(one))
                capitals = one[1].upper()
                if capitals != one[1] and capitals.encode(encoding, "ignore").decode(encoding) == capitals:
                    yield Text(language, encoding, "capitals", capitals)
            yield Text(language, encoding, "film", "\n".join(fitting))


def libraries() -> dict[str, Callable[[bytes], str]]:
    """Return what detects an encoding, by name: bbbd, and the libraries that are installed."""
    found: dict[str, Callable[[bytes], str]] = {"bbbd": guess_encoding}
    if util.find_spec("chardet"):
        chardet = import_module("chardet")
        found["chardet"] = lambda data: chardet.detect(data)["encoding"] or "ascii"
    if util.find_spec("charset_normalizer"):
        normalizer = import_module("charset_normalizer")

        def normalized(data: bytes) -> str:
            best = normalizer.from_bytes(data).best()
            return best.encoding if best else "ascii"

        found["normalizer"] = normalized
    if util.find_spec("chardetng_py"):
        chardetng = import_module("chardetng_py")
        found["chardetng"] = chardetng.detect
    if len(found) > 3:

        def voted(data: bytes) -> str:
            votes = Counter(data.decode(detect(data), "replace") for detect in found_alone)
            text, count = votes.most_common(1)[0]
            names = [detect(data) for detect in found_alone]
            own = next(name for name in names if data.decode(name, "replace") == text)
            return own if count > 1 else names[0]

        found_alone = list(found.values())
        found["voting"] = voted
    return found


def main() -> None:
    """Print the share of right answers: by size, and by language and encoding."""
    parser = argparse.ArgumentParser(description="Compare detectors of encodings.")
    parser.add_argument("--wrong", action="store_true", help="print each text that bbbd decodes wrongly")
    parser.add_argument("--only", action="append", help="only this detector; repeatable")
    options = parser.parse_args()
    detectors = {name: one for name, one in libraries().items() if not options.only or name in options.only}
    right: Counter[tuple[str, str]] = Counter()
    count: Counter[str] = Counter()
    for one in texts():
        data = one.text.encode(one.encoding)
        groups = ("all", one.size, f"{one.language} {one.encoding}")
        count.update(groups)
        for name, detect in detectors.items():
            try:
                decoded = data.decode(found := detect(data), "replace")
            except LookupError:
                decoded = ""
            if decoded == one.text:
                right.update((group, name) for group in groups)
            elif options.wrong and name == "bbbd":
                print(f"{one.language} {one.encoding} {one.size}: {found}: {one.text[:60]!r} {decoded[:60]!r}")
    print(f"{'':24}{'texts':>8}" + "".join(f"{name:>12}" for name in detectors))
    for group, all_of_it in count.items():
        shares = "".join(f"{100 * right[group, name] / all_of_it:11.0f}%" for name in detectors)
        print(f"{group:24}{all_of_it:8}{shares}")


if __name__ == "__main__":
    main()
