"""Decodes a text from a stranger: by its byte order mark, as UTF-8, or in a legacy encoding, guessed by naive Bayes.

Subtitles and notes are short, and detectors made for web pages take ``Größe`` for Chinese and Polish for French. So
the tables have the letters of each language by their frequency, and the encodings in which its texts are found: those
of Windows, DOS, Mac and ISO. For each encoding the bytes are decoded, and the text is scored by the letter
frequencies of each of its languages. A text in capitals counts as its small letters. Without evidence against it, the
answer is Windows-1252. ``bench/encodings.py`` compares it with the libraries.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from itertools import pairwise
from math import log
from string import ascii_lowercase
from typing import NamedTuple

#: The answer without evidence against it.
USUAL = "cp1252"
#: Size of the sample in bytes.
_SAMPLE = 1 << 12
_NOT_ASCII = re.compile(rb"(?:[\x80-\xff][ -\x7f]{0,30}+)++")
_TAG = re.compile(rb"<[^<>]{0,20}>")
_LINE_END = re.compile(rb"[\r\n]")
_MARKED = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: Encodings in ASCII bytes alone, by the escape sequences that begin their first character.
_ESCAPED = {
    b"\x1b$@": "iso2022_jp_ext",
    b"\x1b$B": "iso2022_jp_ext",
    b"\x1b$(": "iso2022_jp_ext",
    b"\x1b$)C": "iso2022_kr",
}

_WEST = (USUAL, "iso8859-15", "cp850", "mac_roman")
_NORTH = (*_WEST, "cp865")
_CENTRAL = ("cp1250", "iso8859-2", "cp852", "mac_latin2")
_CYRILLIC = ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac_cyrillic")
_UKRAINIAN = ("cp1251", "koi8-u", "iso8859-5", "cp1125", "mac_cyrillic")
_BALKAN = ("cp1251", "iso8859-5", "cp855", "mac_cyrillic")
_GREEK = ("cp1253", "iso8859-7", "cp737", "cp869", "mac_greek")
_TURKISH = ("cp1254", "cp857", "mac_turkish")
_BALTIC = ("cp1257", "iso8859-13", "cp775")

#: Letters of each language: those of the first group are a quarter of a text each, of the next an eighth, and so on.
_LATIN = (
    (_WEST, "- ea tinrsou lhmdcb fpgvy wk jéï qxz öçàñ"),  # English
    (_WEST, "- es itanroul dcmp év gfbhqj zèxy êàç kœù ûâëü ôîwïÿæ"),  # French
    (_WEST, "- en itsra dhlugocmb fzwkp vü äjö y ß qxé -"),  # German
    (_WEST, "- eao rsintcld um pbgvá hfó yqñíjzú¿¡ éxk ü - w"),  # Spanish
    ((*_WEST, "cp860"), "- aeo sirtdn mulcp vg bfãhçáqz jõ êxúkéí wyó àô âü"),  # Portuguese
    (_WEST, "- eioa tnrsl ucmdgp vz fbhèà wqìòù kyé - j -"),  # Italian
    (_WEST, "- ea sirtnolu cdmp gbv fhqóyà xèj éízçïú kò· ü w"),  # Catalan
    (_WEST, "e - natirods glumvb whcjkpz f yéë ï qè xöó ü"),  # Dutch
    (_NORTH, "- e trnislad okgmu vfbph jåy æø cw - zäö xé"),  # Danish, Norwegian
    (_NORTH, "- aet nrilsd okgm äuvfbp öhåjyc - é wzx - -"),  # Swedish
    (_NORTH, "- tai esnoläuk mvr ypjh d ögb f c z wq"),  # Finnish
    ((USUAL, "iso8859-15", "cp861", "mac_iceland"), "- a inrtels ukðgmfv doyíbháó jþúpö æé ý c x zq"),  # Icelandic
    (_CENTRAL, "- a ieonst rzwykdpulcm jgbł ąhężśóć ńf - ź v -"),  # Polish
    (_CENTRAL, "- - oenats lidrpukvmyíb áhzcjžě řéčšý gůf úw x ť óďň"),  # Czech
    (_CENTRAL, "- - eaonitsr ldkvpmuyá bhczj ížčéúťýš góľf ň ôxď ĺŕ äw"),  # Slovak
    (_CENTRAL, "- e atlnsr zokmiáégdb vjyhupó cöőfí üúű - - - wx"),  # Hungarian
    (_CENTRAL, "- iae onrstj klpudmv bzg cšč hžć f yđ w å"),  # Croatian
    (_CENTRAL, "- eai notrs lvjpdkmz bučšg ch - fž - - y"),  # Slovene
    (("cp1250", "iso8859-2", "cp852", "mac_romanian"), "- eai trnuolc sădmp gfţb zvş îhâ xj kw yșț -"),  # Romanian
    (_TURKISH, "- iae lnr stıkdumyob gçzücşğ phöfv - - j âî -"),  # Turkish
    (_BALTIC, "- ai sterun odmklpvāj īēzbšg cū ņļf hy ģž ķ č"),  # Latvian
    (_BALTIC, "- ia stenrou kldpm vjųgšb ėžyįąf ūcč zę h - -"),  # Lithuanian
    ((*_BALTIC, USUAL), "- aei stulnd komrv pgäjbh õü f - cö ž yšqz"),  # Estonian
    (("cp1258",), "- n htia\u0323g c\u0309êu\u0301mđôây lươoákep\u0303b\u0300rsà ódxvă q ùfú wí zéj è"),  # Vietnamese
)
#: Letters of languages that use ASCII letters only rarely.
_OTHER = (
    (_CYRILLIC, "- ое иатнслр вкдпмуьый бзяч гжшц юфэхщ ъ ё - -"),  # Russian
    (_CYRILLIC, "- аие тонрс влдкпмз бъягуч йцж фшщ хю - ьѝ -"),  # Bulgarian
    (_UKRAINIAN, "- а ониітевс лркдьумп ябзйг чцжхшє ющфї - - ґ -"),  # Ukrainian
    (_BALKAN, "- аие онсрт кдлвмупј бзг шцчњ љжћфх - ђ - џ"),  # Serbian
    (_BALKAN, "- иае онтсрк длвпм бзјуг шцч њж фќ х ѓѕљ џ"),  # Macedonian
    (_GREEK, "- α ετιονρ μσπκηλίέςυά δγήόχθω ύφβ ώξ ζ - ϋΐΰ ϊψ΄"),  # Greek
    (
        ("cp1255", "iso8859-8", "cp862"),
        "- יו תהלאשרמ בנסדקחםפע ןטגכצ זך - ף ץ \u05bc\u05b6\u05b4 \u05b0\u05b8\u05b9־",
    ),  # Hebrew
    (
        ("cp1256", "iso8859-6"),
        "- ال يمتنور ةدحسعبأق كفهجخإص ذطى\u0651غث ضشئز\u064bآ ء\u064f ظ\u0650 ـ،؟ ؤ",
    ),  # Arabic
    (("cp1256",), "- اي ردنهتمو بلکسش فعگزخق جحذصطپ ژآغچ ضثظئ ء\u064b \u0650،؟\u200c أ\u064f"),  # Persian
    (
        ("cp874",),
        "- - นา่เ รอลกมีั้งยสดบ วทหติปไคจ์ูชข ืุพใะแผ็ำถซ ณโฟ ึธศษฤญภ ฉฮ ฎํ ฐฝฬ๊ๆ",
    ),  # Thai
)
#: Languages with thousands of characters: encodings, and the first bytes of the frequent characters.
_THOUSANDS = (
    (("cp932", "euc_jp"), "euc_jp", range(0xB0, 0xD0)),
    (("gb18030",), "gb2312", range(0xB0, 0xD8)),
    (("big5hkscs",), "big5", range(0xA4, 0xC7)),
    (("cp949",), "euc_kr", range(0xB0, 0xC9)),
)
_KANA = "".join(map(chr, range(0x3041, 0x30FD)))
_MARKS = "¿¡’“”–…«»„—‘\xa0´€"
_SIGNS = "©®°£"
_WIDE_MARKS = "、。，！？：；（）「」『』…《》“”・～\u3000"

Odds = dict[str, float]
_IMPROBABLE = log(1e-8)
#: Share of all the ASCII letters that a language lacks.
_RARE_LETTERS = 0.01
#: Priors of encodings by the beginning of the name.
_PRIORS = {USUAL: 0.0, "cp125": log(1 / 15), "cp874": log(1 / 15)}
_WIDE_PRIOR = log(1 / 10)
_RARE = log(1 / 40)
#: Odds of a small letter in a text in capitals, of a capital behind a small letter, of a mark inside a word.
_ODD = log(1e-3)
_MARK_INSIDE = re.compile(rf"(?<=[^\W\d_])[{_MARKS.replace('’', '')}\x80-\x9f¬¤¦§¨±²³¶©®°£¹º»¼½¾‚†‡‰‹›](?=[^\W\d_])")
#: A text of one capital is as odd as so many of these; the more capitals, the less.
_CAPITALS = 1.0
#: Share of capitals among a text's letters from which it counts as one in capitals.
_SHARE = 0.7


class _Candidate(NamedTuple):
    encoding: str
    prior: float
    languages: tuple[Odds, ...]


def decode(data: bytes) -> str:
    """Return the text of a file; bytes that are none in its encoding become U+FFFD."""
    for mark, encoding in _MARKED.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    else:
        return _unescaped(data) or text
    # A file with a few bad bytes, or cut off within a character, is still UTF-8.
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > 8 * broken:
        return text
    return data.decode(guess_encoding(data), "replace")


def _unescaped(data: bytes) -> str:
    """Return a text in an encoding that changes alphabets by escape sequences; empty if it is none."""
    escape = data.find(b"\x1b$")
    encoding = next((name for begin, name in _ESCAPED.items() if data.startswith(begin, escape)), "")
    if escape < 0 or not encoding or not data.isascii():
        return ""
    text = data.decode(encoding, "replace")
    return text if text.count("\ufffd") * 8 < len(text) else ""


def guess_encoding(data: bytes) -> str:
    """Return the most probable encoding of bytes that are not UTF-8."""
    # A line that is repeated is no more evidence than once.
    sample = _TAG.sub(b"", b"\n".join(dict.fromkeys(_samples(data))))
    return max(_candidates(), key=partial(_likelihood, sample)).encoding


def _samples(data: bytes) -> Iterator[bytes]:
    """Yield the first non-ASCII bytes, each with a few neighbours on its line."""
    left = _SAMPLE
    for found in _NOT_ASCII.finditer(data):
        if left <= 0:
            return
        before = _LINE_END.split(data[max(found.start() - 10, 0) : found.start()])[-1]
        yield before + found[0][:left]
        left -= len(found[0])


def _likelihood(sample: bytes, candidate: _Candidate) -> float:
    text = sample.decode(candidate.encoding, "replace").replace("İ", "i")
    capitals, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if capitals and capitals >= _SHARE * (capitals + small):
        odd = _CAPITALS / capitals + sum(one.islower() and not one.isascii() for one in text)
    else:
        odd = sum(one.islower() and other.isupper() for one, other in pairwise(text))
    odd += len(_MARK_INSIDE.findall(text))
    letters = Counter(text.lower()).items()
    likelihood = max(
        sum(times * odds.get(letter, _IMPROBABLE) for letter, times in letters) for odds in candidate.languages
    )
    return candidate.prior + odd * _ODD + likelihood


@cache
def _candidates() -> tuple[_Candidate, ...]:
    found: dict[str, list[Odds]] = {}
    for table, ascii_share in ((_LATIN, 0.0), (_OTHER, 0.02)):
        ground = _ground(ascii_share)
        for names, letters in table:
            for name in names:
                found.setdefault(name, []).append(ground | _letters(letters))
    candidates = [_Candidate(name, _prior(name), tuple(languages)) for name, languages in found.items()]
    wide = _ground(0.02) | _uniform(_WIDE_MARKS, 0.1)
    for names, encoding, firsts in _THOUSANDS:
        kana = _uniform(_KANA, 0.5) if "cp932" in names else {}
        odds = wide | _uniform(_frequent(encoding, firsts), 0.25 if kana else 0.75) | kana
        candidates += [_Candidate(name, _WIDE_PRIOR, (odds,)) for name in names]
    return tuple(candidates)


def _prior(encoding: str) -> float:
    return next((prior for begin, prior in _PRIORS.items() if encoding.startswith(begin)), _RARE)


def _letters(groups: str) -> Odds:
    """Return log probabilities of letters in groups, each half as probable as those of the group before it."""
    return {
        letter: log(0.78 / 2**place)
        for place, letters in enumerate(groups.split(), 2)
        for letter in letters.replace("-", "")
    }


def _uniform(letters: str, share: float) -> Odds:
    return dict.fromkeys(letters, log(share / len(letters)))


def _ground(letters: float) -> Odds:
    """Return the log probabilities of ASCII, given the share of its letters in a text, and of common marks."""
    signs = "".join(chr(code) for code in range(127) if not chr(code).isalpha())
    ascii_letters = _uniform(ascii_lowercase, max(letters, _RARE_LETTERS))
    return ascii_letters | _uniform(signs, 0.2) | _uniform(_MARKS, 0.05) | _uniform(_SIGNS, 0.03)


def _frequent(encoding: str, firsts: range) -> str:
    pairs = bytes(byte for first in firsts for second in range(0x40, 0xFF) for byte in (first, second))
    return "".join(letter for letter in pairs.decode(encoding, "ignore") if letter > "\x7f")
