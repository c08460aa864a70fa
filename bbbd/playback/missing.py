"""The page of a recording that is unknown, unpublished or not allowed: the same for all three, in words."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from bbbd.http.request import Request
from bbbd.page.plain_pages import answer_page
from bbbd.page.translations import Translations

#: The longest address of a page that one came from, in characters.
_LONGEST = 2000


def answer_missing(request: Request, words: Translations) -> None:
    """Answer 404 with a page in the browser's language, and a link to the site where one came from if that is known."""
    language = words.choose(request.header(b"Accept-Language") or "")
    request.setHeader(b"Vary", b"Accept-Language, Referer")
    content = f'<p class="lead">{escape(words.text("missing.lead", language))}</p>'
    origin = _origin(request.header(b"Referer") or "")
    if origin:
        label = words.text("back.to", language).replace("{host}", urlsplit(origin).hostname or "")
        content += f'\n<p class="actions"><a class="primary" href="{escape(origin)}/">{escape(label)}</a></p>'
    else:
        content += f'\n<p class="aside-note">{escape(words.text("missing.where", language))}</p>'
    answer_page(request, words.text("missing.title", language), content, 404, language)


def _origin(address: str) -> str:
    """Return the origin of a page's address, empty if it is none of the web. What follows it may be a secret."""
    try:
        url = urlsplit(address)
        host = url.hostname or ""
    except ValueError:
        return ""
    is_page = url.scheme in ("http", "https") and host and "@" not in url.netloc and len(address) <= _LONGEST
    return f"{url.scheme}://{url.netloc}" if is_page else ""
