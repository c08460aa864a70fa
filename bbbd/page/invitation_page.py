"""The page of an invitation: it asks for a name, and leads to a join that the server signs."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.live.hub import Hub
from bbbd.live.invitations import LONGEST_NAME, PATH, Invited
from bbbd.page.files import PageFiles
from bbbd.page.plain_pages import ReadOnlyResource, answer_form, answer_page
from bbbd.settings.current import CurrentSettings

_FORM = """<p class="lead">{lead}</p>
<form class="card-form" method="get" accept-charset="utf-8">
<input type="hidden" name="token" value="{token}">
<label class="field"><span>{label}</span>
<input name="name" dir="auto" maxlength="{most}" required autocomplete="name" autofocus></label>
<div class="actions"><button type="submit" class="primary">{go}</button></div>
</form>"""


class InvitationPage(ReadOnlyResource):
    """``/html5client/invitation?token=…``; with ``name`` it redirects to the join. It changes nothing itself."""

    isLeaf = True

    def __init__(self, files: PageFiles, hub: Hub, guesses: TokenRateLimit, current: CurrentSettings) -> None:
        super().__init__()
        self._words = files.words
        self._current = current
        self._hub = hub
        self._guesses = guesses

    def render_GET(self, request: Request) -> int:
        """Answer with the form, or redirect to the join; HEAD too."""
        asked = request
        asked.setHeader(b"Vary", b"Accept-Language")
        language = self._words.choose(asked.header(b"Accept-Language") or "")
        given = parse_qs(asked.query.decode("latin-1"), encoding="utf-8", errors="replace")
        token = given.get("token", [""])[0]
        invited = self._hub.invited(token)
        if invited is None:
            return self._refuse(asked, language)
        if link := invited.link(given.get("name", [""])[0]):
            asked.setResponseCode(302)
            asked.setHeader(b"Location", link.encode())
            asked.setHeader(b"Cache-Control", b"no-store")
            asked.setHeader(b"Referrer-Policy", b"no-referrer")
            asked.answer(b"", b"text/html;charset=utf-8")
            return NOT_DONE_YET
        form, settings = self._form(token, invited, language), self._current.settings
        # Where a join leads to, and one that failed.
        targets = (settings.join_page, settings.guest_page, settings.error_redirect_url, settings.way_out)
        return answer_form(asked, invited.meeting, form, language, (settings.url(PATH), *targets))

    def _form(self, token: str, invited: Invited, language: str) -> str:
        words = self._words
        lead = words.text("invitation.moderator" if invited.is_moderator else "invitation.guest", language)
        label, go = words.text("invitation.name", language), words.text("invitation.go", language)
        return _FORM.format(
            lead=escape(lead), token=escape(token), label=escape(label), go=escape(go), most=LONGEST_NAME
        )

    def _refuse(self, request: Request, language: str) -> int:
        words = self._words
        if self._guesses.too_many(request.caller):
            text = f'<p class="lead">{escape(words.text("busy.lead", language))}</p>'
            return answer_page(request, words.text("busy.title", language), text, 429, language)
        self._guesses.count(request.caller)
        text = f'<p class="lead">{escape(words.text("invitation.over", language))}</p>'
        return answer_page(request, words.text("unknown.title", language), text, 403, language)
