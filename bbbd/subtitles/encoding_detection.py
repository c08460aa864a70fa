"""Guesses in which old encoding a text was saved, from how often languages use their letters.

Subtitles are short: a detector made for web pages takes ``Größe`` for Chinese and Polish for French.
So each language here says its letters, the most frequent first, and the encodings that its subtitles
are found in. Every guess is a likelihood: what the bytes would be in that encoding, and how probable
that text is in that language. Where nothing speaks against Windows-1252, it is Windows-1252.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import exp, inf, log

#: What is guessed where nothing speaks against it.
USUAL = "cp1252"
#: Bytes that are looked at.
_SAMPLE = 1 << 14

_CENTRAL = ("cp1250", "iso8859-2")
_CYRILLIC = ("cp1251", "koi8-u")
_GREEK = ("cp1253", "iso8859-7")

#: Languages that write ASCII letters and some more: the more frequent first.
_LATIN = (
    ((USUAL,), "’£“”é…©€½ï"),  # English
    ((USUAL,), "éàèêçùôâîûïëœüÉÀÇÊ"),  # French
    ((USUAL,), "üäößÜÄÖé"),  # German
    ((USUAL,), "óáíñé¿ú¡üÁÉÍÓÚÑ"),  # Spanish
    ((USUAL,), "ãáçéíõêóúàâôÁÉÍÓÚÀÇÃ"),  # Portuguese
    ((USUAL,), "èàùòìéÈÉÀ"),  # Italian
    ((USUAL,), "àéèíòóçúïü·ÀÉÈÍÓ"),  # Catalan
    ((USUAL,), "éëïèöüó"),  # Dutch
    ((USUAL,), "åøæäöéÅØÆÄÖ"),  # Danish, Norwegian
    ((USUAL,), "äöåÄÖéÅ"),  # Swedish, Finnish
    ((USUAL,), "ðáíóþúöæéýÞÁÍÓÚÖÆÉ"),  # Icelandic
    (_CENTRAL, "łężąćóśńźŁŻŚĆÓŹĄĘŃ"),  # Polish
    (_CENTRAL, "íáéěřčžšýůúňóťďČŠŽŘÚÁÍŤĎÉÝŇÓ"),  # Czech
    (_CENTRAL, "áíéýťčžúšľóôňäďĺŕŽČŠÁÚĽÍÉÝŤĎ"),  # Slovak
    (_CENTRAL, "éáóöőíüűúÉÁÖÓÍÚÜŐŰ"),  # Hungarian
    (_CENTRAL, "čšžćđČŠŽĐĆ"),  # Croatian, Slovene
    (_CENTRAL, "ăţşîâÎŞŢÂĂ"),  # Romanian
    (("cp1254",), "ıçşüğöİŞÇÜÖâĞî"),  # Turkish
    (("cp1257",), "āīēšūļņģžķčŠŽĀĪĒŪĻŅĢĶČ"),  # Latvian
    (("cp1257",), "ųšžėąįūčęŠŽĮČĖŪŲĄĘ"),  # Lithuanian
    (("cp1257",), "äõüöšžÄÕÜÖŠŽ"),  # Estonian
)
#: Languages that write ASCII letters only now and then.
_OTHER = (
    (_CYRILLIC, "оеаинтсрвлкмдпуяыьгзбчйжхшюцщэфъёОЕАИНТСРВЛКМДПУЯЫЬГЗБЧЙЖХШЮЦЩЭФЪЁ"),  # Russian, Bulgarian
    (_CYRILLIC, "оаниетвірклсудмпязбйьгчжєшхщюфцїґОАНИЕТВІРКЛСУДМПЯЗБЙГЧЖЄШХЩЮФЦЇҐ"),  # Ukrainian
    (("cp1251",), "аеионтрсдклвмпзјубгцшчжћђљњфхџАЕИОНТРСДКЛВМПЗЈУБГЦШЧЖЋЂЉЊФХЏ"),  # Serbian
    (_GREEK, "αετιονρμσπκηίλυέςάγδήόχθωύφβώξζψϊϋΑΕΤΙΟΝΡΜΣΠΚΗΛΥΓΔΧΘΩΦΒΞΖΨΆΈΉΊΌΎΏ"),
    (("cp1255",), "יותהלארשמבנסחדםעקפכןטגזצךףץ־"),
    (("cp1256",), "اليمترنوةدحأعقبسكفهجخصإذىطثغضشئًءز،آظ؟ُّ"),
    (("cp1256",), "ايردنتمهوبکشلسفزعخقگحجطذصپغژآ،چئثظء؟أ\u200c"),  # Persian
    (("cp874",), "า่นอกเ้รลมีังยหดสวบทตไคปิจูใืข์ุชแะพ็ผถำณซโฟึธศษภญฤฉฮฎฐๆ"),
)
#: Where the frequent characters of those stand that have thousands: encodings, and first bytes of what is frequent.
_THOUSANDS = (
    (("cp932", "euc_jp"), "euc_jp", range(0xB0, 0xD0)),
    (("gb18030",), "gb2312", range(0xB0, 0xD8)),
    (("big5hkscs",), "big5", range(0xA4, 0xC7)),
    (("cp949",), "euc_kr", range(0xB0, 0xC9)),
)
_KANA = "".join(map(chr, range(0x3041, 0x30FD)))
_MARKS = "’“”–…«»„—‘°\xa0´©®€£"
_WIDE_MARKS = "、。，！？：；（）「」『』…《》“”・～\u3000"

Odds = dict[str, float]
_IMPROBABLE = log(1e-6)
#: How much more probable than any other encoding the usual one is, before a byte is seen.
_USUAL_PRIOR = log(4)


def _descending(letters: str, share: float) -> Odds:
    """Share a probability among letters, the first twenty times as probable as the last."""
    weights = [exp(-3 * place / len(letters)) for place in range(len(letters))]
    whole = sum(weights)
    return {letter: log(share * weight / whole) for letter, weight in zip(letters, weights, strict=True)}


def _uniform(letters: str, share: float) -> Odds:
    return dict.fromkeys(letters, log(share / len(letters)))


def _ascii(letters: float) -> Odds:
    """The odds of ASCII, where its letters have this share of a text."""
    marks = "".join(chr(code) for code in range(127) if not chr(code).isalpha())
    return _uniform(marks, 0.2) | _uniform("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", letters)


def _frequent(encoding: str, firsts: range) -> str:
    pairs = bytes(byte for first in firsts for second in range(0x40, 0xFF) for byte in (first, second))
    return "".join(letter for letter in pairs.decode(encoding, "ignore") if letter > "\x7f")


@cache
def _languages() -> tuple[tuple[str, Odds], ...]:
    """Every encoding with the odds of characters in a language that is found in it."""
    latin = _ascii(0.7) | _uniform(_MARKS, 0.02)
    other = _ascii(0.02) | _uniform(_MARKS, 0.02)
    wide = other | _uniform(_WIDE_MARKS, 0.1)
    found = [(names, latin | _descending(letters, 0.06)) for names, letters in _LATIN]
    found += [(names, other | _descending(letters, 0.75)) for names, letters in _OTHER]
    for names, encoding, firsts in _THOUSANDS:
        kana = _uniform(_KANA, 0.5) if "cp932" in names else {}
        found.append((names, wide | _uniform(_frequent(encoding, firsts), 0.25 if kana else 0.75) | kana))
    return tuple((name, odds) for names, odds in found for name in names)


def _samples(data: bytes) -> Iterator[bytes]:
    """The first bytes outside of ASCII, each with a few before and behind it on its line."""
    left = _SAMPLE
    for found in re.finditer(rb"(?:[\x80-\xff][ -\x7f]{0,10}+)++", data):
        if left <= 0:
            return
        before = re.split(rb"[\r\n]", data[max(found.start() - 10, 0) : found.start()])[-1]
        yield before + found[0][:left]
        left -= len(found[0])


def guess_encoding(data: bytes) -> str:
    """Return the name of the encoding in which bytes that are not UTF-8 were most probably written."""
    sample = b"\n".join(_samples(data))
    read = {name: Counter(sample.decode(name, "replace")) for name, _odds in _languages()}
    likely = {USUAL: -inf}
    for name, odds in _languages():
        likelihood = sum(times * odds.get(letter, _IMPROBABLE) for letter, times in read[name].items())
        likely[name] = max(likely.get(name, -inf), likelihood)
    likely[USUAL] += _USUAL_PRIOR
    return max(likely, key=likely.__getitem__)
