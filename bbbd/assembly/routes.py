"""The resource tree: the resource of each path, and the rules for the body of each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.web.resource import Resource

from bbbd.api.check_authorization import Authorization
from bbbd.api.problems import Problem
from bbbd.api.request_bodies import incoming, largest_body, refusal_of_body
from bbbd.api.resource import ApiResource
from bbbd.api.server import Server
from bbbd.http.access_log import AccessLog
from bbbd.http.incoming_body import BodyRefusal, IncomingBody
from bbbd.http.request import Request
from bbbd.live import document_uploads
from bbbd.live.address_check import AddressCheck
from bbbd.live.document_uploads import DocumentUploads
from bbbd.live.parts import LiveParts
from bbbd.live.token_status import TokenStatus
from bbbd.live.websocket_endpoint import WebSocketEndpoint
from bbbd.page.files import bundled
from bbbd.page.files_resource import PageFilesResource
from bbbd.page.fixed_names import fixed_names
from bbbd.page.invitation_page import InvitationPage
from bbbd.page.join_page import JoinPage
from bbbd.page.plain_pages import PathPrefix, RootPage, StyleSheet
from bbbd.playback import upload
from bbbd.playback.files import Formats, Protected, Published
from bbbd.playback.foreign import ForeignPlayer
from bbbd.playback.player import Playback
from bbbd.playback.textfiles import TextFiles, TextTrackPage
from bbbd.playback.upload import ArchiveUpload
from bbbd.uploads import resource as media_uploads
from bbbd.uploads.resource import MediaUploadsResource


class Routes:
    """Makes the resource tree of one server."""

    def __init__(
        self,
        server: Server,
        live: LiveParts,
        access: AccessLog,
        uploads: ArchiveUpload,
        media: MediaUploadsResource,
        monitoring: Mapping[bytes, Resource],
    ) -> None:
        self._server = server
        self._monitoring = monitoring
        self._hub = live.hub
        self._access = access
        self._guesses = live.slide_files.guesses
        self._uploads = uploads
        self._media = media
        self._slides = live.slide_files

    def root(self, before_api: Callable[[Resource], Resource]) -> RootPage:
        """Return the root. ``before_api`` returns the resource that stands before the API."""
        api = before_api(ApiResource(self._server, self._access, self._guesses))
        root = RootPage({problem.key: problem.message for problem in reversed(Problem)}, bundled().words)
        bigbluebutton = _BigBlueButton(api)
        bigbluebutton.putChild(b"api", api)
        root.putChild(b"html5client", self._client())
        clock = self._server.meetings.clock
        for name, resource in fixed_names(bundled().files, self._server.current, lambda: clock.now().wall).items():
            root.putChild(name, resource)
        self._put_playback(root, bigbluebutton)
        self._put_connection(root, bigbluebutton)
        root.putChild(b"bigbluebutton", bigbluebutton)
        for name, resource in self._monitoring.items():
            root.putChild(name, resource)
        place: Resource = root
        *outer, last = upload.PATH[1:].split(b"/")
        for name in outer:
            place.putChild(name, inner := PathPrefix())
            place = inner
        place.putChild(last, self._uploads)
        return root

    def _client(self) -> Resource:
        hub, guesses, current, worker = self._hub, self._guesses, self._server.current, self._server.worker
        files, addresses = bundled(modules=current.settings.page_modules), AddressCheck(current)
        join_page = JoinPage(files, hub, guesses, current, worker)
        client = PathPrefix()
        for name, child in (
            (b"join", join_page),
            (b"guestWait", join_page),
            (b"invitation", InvitationPage(files, hub, guesses, current)),
            (b"door", TokenStatus(hub, guesses, addresses)),
            (b"media", self._media),
            (b"page.css", StyleSheet(files.files["shell/page.css"].plain)),
            (b"slides", self._slides),
            (b"socket", WebSocketEndpoint(hub, guesses, addresses)),
            (files.version.encode(), PageFilesResource(files, worker)),
        ):
            client.putChild(name, child)
        return client

    def _put_connection(self, root: RootPage, bigbluebutton: Resource) -> None:
        server, connection = self._server, PathPrefix()
        authorization = Authorization(server.meetings, server.expired_tokens, self._guesses)
        for name in (b"checkAuthorization", b"legacyCheckAuthorization"):
            connection.putChild(name, authorization)
        for place in (root, bigbluebutton):
            place.putChild(b"connection", connection)

    def _put_playback(self, root: RootPage, bigbluebutton: Resource) -> None:
        server, settings, worker = self._server, self._server.settings, self._server.worker
        published = Published(server.library, server.protection)
        tracks = TextFiles(server.tracks, worker)
        formats = Formats(published, server.current, worker, tracks)
        foreign = ForeignPlayer(Path(settings.player_dir), worker) if settings.player_dir else None
        video = formats.resource(b"video")
        root.putChild(b"playback", Playback(published, server.current, foreign, video, tracks, worker))
        root.putChild(b"recording", Protected(published, formats, server.current))
        root.others = formats.resource
        text_tracks = TextTrackPage(server.library, server.track_links, tracks, self._guesses)
        for place in (root, bigbluebutton):
            place.putChild(b"textTrack", text_tracks)


class RoutedBodyPolicy:
    """The body policy of one server: uploads decide about archives, documents and media, the API about all others."""

    def __init__(
        self, server: Server, uploads: ArchiveUpload, slides: DocumentUploads, media: MediaUploadsResource
    ) -> None:
        self._server = server
        self._uploads = uploads
        self._slides = slides
        self._media = media

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        """Return the size limit of a body in bytes."""
        if path == upload.PATH:
            return 0 if self._uploads.refusal(request, method) else self._uploads.largest()
        if path == document_uploads.PATH:
            return self._slides.largest(request, method)
        if media_uploads.is_ours(path):
            return self._media.largest(method)
        return largest_body(self._server, request, path, method)

    def refusal(
        self, request: Request, path: bytes, method: bytes, query: bytes, why: BodyRefusal
    ) -> tuple[int, bytes, bytes] | None:
        """Return the answer to a body that is not read; None is a bare 413."""
        if path == upload.PATH:
            return self._uploads.body_refusal(request, method)
        if path == document_uploads.PATH:
            return self._slides.body_refusal(request, method, why)
        if media_uploads.is_ours(path):
            return self._media.body_refusal(why)
        return refusal_of_body(self._server, request, path, method, query, why)

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> IncomingBody:
        """Return the decision about a body: its sink, and its use of the budget."""
        if path == upload.PATH:
            return self._uploads.incoming(request, method)
        if path == document_uploads.PATH:
            return self._slides.incoming(request, method)
        if media_uploads.is_ours(path):
            return self._media.incoming(request, path, method)
        return incoming(self._server, request, path, method, query)


class _BigBlueButton(PathPrefix):
    """``/bigbluebutton``, with or without the last slash: answers like the API's root."""

    def __init__(self, api: Resource) -> None:
        super().__init__()
        self._api = api
        self.putChild(b"", api)

    def render(self, request: Any) -> int:
        rendered: int = self._api.render(request)
        return rendered
