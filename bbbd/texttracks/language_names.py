"""English names of languages, from a table: the labels of text tracks that were given none."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import takewhile

from bbbd.texttracks.languages import canonical

#: By kind (alias, language, script, region, usual): what each subtag in lower case means.
Table = dict[str, dict[str, str]]


@cache
def _table() -> Table:
    """Return the table, which is read once."""
    found: Table = {}
    for line in files("bbbd.texttracks").joinpath("language_names.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, subtag, meaning = line.split("\t")
            found.setdefault(kind, {})[subtag] = meaning
    return found


def english_name(tag: str) -> str:
    """Return a language's English name, or the tag if unknown: ``Portuguese (Brazil)``, ``Chinese (Traditional)``.

    A script that the language usually has is not told, nor are variants and extensions. Waits for the disk once.
    """
    try:
        subtags = _without_aliases(canonical(tag).lower().split("-"))
    except ValueError:
        return tag
    table = _table()
    language, *rest = subtags
    name = table["language"].get(language)
    if name is None or language == "und":
        return tag
    details = []
    while rest and len(rest[0]) == 3 and rest[0].isalpha():
        del rest[0]
    if rest and len(rest[0]) == 4 and rest[0].isalpha():
        script = rest.pop(0)
        if table["usual"].get(language) != script:
            details.append(table["script"].get(script) or f"Unknown Script [{script.title()}]")
    regions = list(takewhile(_is_region, rest))
    if regions:
        # An alias may bring one; the tag's own stands behind it.
        region = regions[-1]
        details.append(table["region"].get(region) or f"Unknown Region [{region.upper()}]")
    return f"{name} ({', '.join(details)})" if details else name


def _is_region(subtag: str) -> bool:
    return len(subtag) == 2 or (len(subtag) == 3 and subtag.isdigit())


def _without_aliases(subtags: list[str]) -> list[str]:
    """Return subtags with the longest beginning that is another spelling replaced."""
    aliases = _table()["alias"]
    for length in range(len(subtags), 0, -1):
        known = aliases.get("-".join(subtags[:length]))
        if known is not None:
            return [*known.lower().split("-"), *subtags[length:]]
    return subtags
