"""Detection of legacy encodings by letter frequencies of languages (naive Bayes).

Subtitles are short, and detectors made for web pages take ``Größe`` for Chinese and Polish for French.
So the table has the letters of each language, the most frequent first, and the encodings in which its
subtitles are found. Each pair of language and encoding gets a likelihood: the bytes are decoded, and the text
is scored by the language's letter frequencies. Without evidence against it, the answer is Windows-1252.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import exp, inf, log

#: The answer without evidence against it.
USUAL = "cp1252"
#: Size of the sample in bytes.
_SAMPLE = 1 << 14

_CENTRAL = ("cp1250", "iso8859-2")
_CYRILLIC = ("cp1251", "koi8-u")
_GREEK = ("cp1253", "iso8859-7")

#: Languages written in ASCII letters and some others: the others, the most frequent first.
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
#: Languages that use ASCII letters only rarely.
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
#: Languages with thousands of characters: encodings, and the first bytes of the frequent characters.
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
#: Prior of the usual encoding over each other one.
_USUAL_PRIOR = log(4)


def _descending(letters: str, share: float) -> Odds:
    """Return log probabilities of letters with a total of ``share``; the first is 20 times as probable as the last."""
    weights = [exp(-3 * place / len(letters)) for place in range(len(letters))]
    whole = sum(weights)
    return {letter: log(share * weight / whole) for letter, weight in zip(letters, weights, strict=True)}


def _uniform(letters: str, share: float) -> Odds:
    return dict.fromkeys(letters, log(share / len(letters)))


def _ascii(letters: float) -> Odds:
    """Return the log probabilities of ASCII, given the share of its letters in a text."""
    marks = "".join(chr(code) for code in range(127) if not chr(code).isalpha())
    return _uniform(marks, 0.2) | _uniform("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", letters)


def _frequent(encoding: str, firsts: range) -> str:
    pairs = bytes(byte for first in firsts for second in range(0x40, 0xFF) for byte in (first, second))
    return "".join(letter for letter in pairs.decode(encoding, "ignore") if letter > "\x7f")


@cache
def _languages() -> tuple[tuple[str, Odds], ...]:
    """Return every encoding with the log probabilities of characters of a language."""
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
    """Yield the first non-ASCII bytes, each with a few neighbours on its line."""
    left = _SAMPLE
    for found in re.finditer(rb"(?:[\x80-\xff][ -\x7f]{0,10}+)++", data):
        if left <= 0:
            return
        before = re.split(rb"[\r\n]", data[max(found.start() - 10, 0) : found.start()])[-1]
        yield before + found[0][:left]
        left -= len(found[0])


def guess_encoding(data: bytes) -> str:
    """Return the most probable encoding of bytes that are not UTF-8."""
    sample = b"\n".join(_samples(data))
    read = {name: Counter(sample.decode(name, "replace")) for name, _odds in _languages()}
    likely = {USUAL: -inf}
    for name, odds in _languages():
        likelihood = sum(times * odds.get(letter, _IMPROBABLE) for letter, times in read[name].items())
        likely[name] = max(likely.get(name, -inf), likelihood)
    likely[USUAL] += _USUAL_PRIOR
    return max(likely, key=likely.__getitem__)
