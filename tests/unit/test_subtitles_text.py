"""Bytes to lines: marks, line ends, and encodings of before UTF-8."""

# ruff: noqa: RUF001

from __future__ import annotations

import codecs

import pytest

from bbbd.subtitles import UnreadableSubtitles
from bbbd.subtitles.text_lines import lines_of

TIMES = "00:00:01,000 --> 00:00:02,000"


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", [""]),
        ("a\nж".encode(), ["a", "ж"]),
        (codecs.BOM_UTF8 + "ж".encode(), ["ж"]),
        (codecs.BOM_UTF8 + b"a\xe9", ["a\ufffd"]),
        (codecs.BOM_UTF16_LE + "a\nж".encode("utf-16-le"), ["a", "ж"]),
        (codecs.BOM_UTF16_BE + "a\nж".encode("utf-16-be"), ["a", "ж"]),
        (codecs.BOM_UTF16_LE + "ж".encode("utf-16-le") + b"\x00", ["ж\ufffd"]),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", ["\ufffda"]),
        ("Это текст, который обрезан".encode()[:-1], ["Это текст, который обреза\ufffd"]),
        (b"a\r\nb\rc\nd\r\r\ne", ["a", "b", "c", "d", "e"]),
        (b"a\r\n\r\nb\n\n", ["a", "", "b", "", ""]),
        ("a\u2028b\x85c\u2029d".encode(), ["a\u2028b\x85c\u2029d"]),
        ("a\ufeffb\x01\x0b\x0c\x1c\x1b\x08\x1a\tc".encode(), ["ab\tc"]),
        (b"caf\xe9 d\xe9j\xe0 vu \x81", ["caf\xe9 d\xe9j\xe0 vu \ufffd"]),
    ],
)
def test_lines_are_found(data: bytes, lines: list[str]) -> None:
    assert lines_of(data) == lines


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a\0b", "NUL"),
        ("ab".encode("utf-16-le"), "NUL"),
        (codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), "NUL"),
        (b"a" * 10_001, "more than 10000 characters"),
        (b"a" * ((8 << 20) + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UnreadableSubtitles, match=says):
        lines_of(data)


def test_the_longest_line_counts_characters() -> None:
    assert lines_of("ж".encode() * 10_000 + b"\r\n") == ["ж" * 10_000, ""]


OLD = [
    ("cp1252", "Café déjà vu"),
    ("cp1252", "Größe"),
    ("cp1252", "¿Qué?"),
    ("cp1252", "naïve"),
    ("cp1252", "Il va à la mer."),
    ("cp1252", "Ça va très bien, merci."),
    ("cp1252", "C’est “l’été” – déjà… 5 €"),
    ("cp1252", "Das ist schön.\nIch weiß nicht, Ärger gibt es überall."),
    ("cp1252", "Não há ninguém aqui.\nVocê não está só, irmão."),
    ("cp1252", "¡Hola! ¿Cómo estás?\nMañana."),
    ("cp1252", "Perché no? È così."),
    ("cp1252", "Å ja, det er på øya.\nHva gjør du?"),
    ("cp1252", "Jag förstår inte.\nVar är du någonstans?"),
    ("cp1252", "Hyvää päivää.\nMitä sinä täällä teet?"),
    ("cp1252", "Það er ekki rétt.\nÉg veit það."),
    ("cp1252", "© 2020"),
    ("cp1252", "It’s £5 or £6.\n“And £7 for a café?”"),
    ("cp1250", "Dziękuję bardzo.\nNie ma za co, książę."),
    ("cp1250", "Kde jsi byl?\nČekám tě už hodinu."),
    ("cp1250", "Ďakujem veľmi pekne.\nKde si bol? Čakám ťa už hodinu."),
    ("cp1250", "Köszönöm szépen.\nŐ hol van? Tűz!"),
    ("cp1250", "Šta ćeš ti ovdje?\nŽivjeli!"),
    ("cp1250", "Ce faci aici?\nNu ştiu, mă duc acasă să mănânc."),
    ("iso8859-2", "Dziękuję bardzo.\nCześć, książę. Gdzie są pieniądze?"),
    ("iso8859-2", "Příliš žluťoučký kůň\núpěl ďábelské ódy."),
    ("cp1251", "Привет, как дела?\nХорошо, спасибо."),
    ("cp1251", "Что ты здесь делаешь?"),
    ("cp1251", "Щоб ти знав, це їжа.\nДякую, я вже їв."),
    ("cp1251", "Какво правиш тук?\nНищо, чакам те."),
    ("cp1251", "Шта радиш овде?\nНишта, чекам те."),
    ("koi8-r", "Привет, как дела?\nХорошо, спасибо."),
    ("cp1253", "Καλημέρα, τι κάνεις;\nΕυχαριστώ πολύ."),
    ("iso8859-7", "Καλημέρα, τι κάνεις;\nΕυχαριστώ πολύ, Άννα."),
    ("cp1254", "Teşekkür ederim.\nGörüşürüz, kardeşim. Işık nerede?"),
    ("cp1255", "שלום, מה שלומך?\nתודה רבה."),
    ("cp1256", "مرحبا، كيف حالك؟\nشكرا جزيلا."),
    ("cp1256", "سلام، حال شما چطور است؟\nخيلي ممنون."),
    ("cp1257", "Kur tu esi?\nEs gaidu tevi jau stundu, mīļā."),
    ("cp1257", "Ką tu čia veiki?\nLaukiu tavęs jau valandą, žmogau."),
    ("cp874", "สวัสดี คุณสบายดีไหม\nขอบคุณมาก"),
    ("cp932", "こんにちは、元気ですか？\nありがとうございます。"),
    ("cp932", "お前は誰だ？"),
    ("euc_jp", "こんにちは、元気ですか？\nありがとうございます。"),
    ("gb18030", "你好，你在做什么？\n谢谢你，我的朋友。"),
    ("iso2022_jp", "こんにちは、元気ですか？\nありがとうございます。"),
    ("iso2022_kr", "안녕하세요, 무엇을 하고 있어요?\n감사합니다."),
    ("cp850", "Das ist schön.\nIch weiß nicht, wie spät."),
    ("mac_roman", "Où es-tu allé ce matin ?\nJ’étais à la forêt."),
    ("cp852", "Dziękuję bardzo.\nCześć, książę. Gdzie są pieniądze?"),
    ("mac_latin2", "Příliš žluťoučký kůň\núpěl ďábelské ódy."),
    ("cp866", "Привет, как дела?\nХорошо, спасибо."),
    ("mac_cyrillic", "Привет, как дела?\nХорошо, спасибо."),
    ("iso8859-5", "Привет, как дела?\nХорошо, спасибо."),
    ("cp737", "Καλημέρα, τι κάνεις;\nΕυχαριστώ πολύ."),
    ("cp857", "Teşekkür ederim.\nGörüşürüz, kardeşim. Işık nerede?"),
    ("cp775", "Kur tu esi?\nEs gaidu tevi jau stundu, mīļā."),
    ("cp862", "שלום, מה שלומך?\nתודה רבה."),
    ("cp1251", "ПРИВЕТ, КАК ДЕЛА?\nХОРОШО, СПАСИБО."),
    ("koi8-r", "ПРИВЕТ, КАК ДЕЛА?\nХОРОШО, СПАСИБО."),
    ("cp866", "ЧТО ТЫ ЗДЕСЬ ДЕЛАЕШЬ?"),
    ("cp1253", "ΚΑΛΗΜΕΡΑ, ΤΙ ΚΑΝΕΙΣ;\nΕΥΧΑΡΙΣΤΩ ΠΟΛΥ."),
    ("cp1250", "DZIĘKUJĘ BARDZO.\nCZEŚĆ, KSIĄŻĘ."),
    ("cp1252", "ES IST SCHÖN.\nICH WEISS NICHT, WIE SPÄT."),
    ("big5", "你好，你在做什麼？\n謝謝你，我的朋友。"),
    ("cp949", "안녕하세요, 무엇을 하고 있어요?\n감사합니다."),
]


@pytest.mark.parametrize(("encoding", "text"), OLD)
def test_old_encodings_are_guessed_from_a_few_lines(encoding: str, text: str) -> None:
    srt = "".join(f"1\n{TIMES}\n<i>{line}</i>\n\n" for line in text.split("\n"))
    ssa = "".join(f"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{line}\n" for line in text.split("\n"))
    for file in (text, srt, ssa, srt * 500):
        assert lines_of(file.encode(encoding)) == file.split("\n")
