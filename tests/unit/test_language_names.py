"""English names of languages: for every spelling of a tag, and the tag where there is none."""

from __future__ import annotations

import pytest

from bbbd.texttracks.language_names import _table, english_name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en", "English"),
        ("EN_us", "English (United States)"),
        ("pt-BR", "Portuguese (Brazil)"),
        ("zh-Hant-TW", "Chinese (Traditional, Taiwan)"),
        ("zh-Hans", "Chinese (Simplified)"),
        ("en-Latn", "English"),
        ("ru-Cyrl", "Russian"),
        ("ru-Latn", "Russian (Latin)"),
        ("sh", "Serbian (Latin)"),
        ("sh-RS", "Serbian (Latin, Serbia)"),
        ("iw", "Hebrew"),
        ("zh-yue", "Cantonese"),
        ("zh-cmn-Hans-CN", "Chinese (Simplified, China)"),
        ("zh-min-nan", "Min Nan Chinese"),
        ("i-klingon", "Klingon"),
        ("i-default", "English"),
        ("prs-HR", "Persian (Croatia)"),
        ("de-1996", "German"),
        ("de-CH-1901", "German (Switzerland)"),
        ("de-DD", "German (Germany)"),
        ("en-u-ca-buddhist", "English"),
        ("en-GB-oed", "English (United Kingdom)"),
        ("es-419", "Spanish (Latin America)"),
        ("ar-001", "Arabic (world)"),
        ("en-QQ", "English (Unknown Region [QQ])"),
        ("nb", "Norwegian Bokmål"),
        ("qaa", "qaa"),
        ("und", "und"),
        ("x-foo", "x-foo"),
        ("not a tag", "not a tag"),
    ],
)
def test_a_tag_has_a_name(tag: str, name: str) -> None:
    assert english_name(tag) == name


def test_the_table_is_whole() -> None:
    table = _table()
    assert list(table) == ["alias", "language", "script", "region", "usual"]
    assert [len(rows) // 100 for rows in table.values()] == [4, 80, 2, 3, 1]
    assert all(name == name.strip() != "" for rows in table.values() for name in rows.values())
