"""Routes of developer mode: the first segment of a path selects a namespace, else the main server."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.web.resource import Resource

from bbbd.developer.console import Console
from bbbd.developer.control import Control
from bbbd.developer.mode import NAME, Developer, Namespace, TooManyNamespaces
from bbbd.developer.moodle import mock_routes as moodle
from bbbd.http.incoming_body import BodyRefusal, IncomingBody
from bbbd.http.request import Request
from bbbd.http.site import Site
from bbbd.limits import Limit
from bbbd.log import in_namespace
from bbbd.page.plain_pages import NotFound

#: The second segments of a namespace's path; the first call to one creates the namespace.
_BELOW = moodle.BELOW | {
    b"bigbluebutton",
    b"html5client",
    b"playback",
    b"recording",
    b"textTrack",
    b"bbblb",
    b"developer",
}
_LARGEST = 1 << 20
#: Styled by class, since the content security policy of the pages forbids inline styles.
_BANNER = b'<p role="note" class="developer-mode">Developer mode: nothing here is for people.</p>'


def space_of(developer: Developer, names: list[bytes]) -> Namespace | None:
    """Return the namespace of a path, or None for the main server. Raises ``TooManyNamespaces``."""
    if len(names) < 2 or names[0] in _BELOW or not NAME.fullmatch(names[0].decode("latin-1")):
        return None
    name = names[0].decode("latin-1")
    return developer.space(name) if names[1] in _BELOW else developer.spaces.get(name)


class Root(Resource):
    """The root resource of developer mode."""

    def __init__(self, developer: Developer) -> None:
        super().__init__()
        self._developer = developer

    def getChildWithDefault(self, path: bytes, request: Any) -> Resource:
        """Return the resource for the first segment of a path."""
        _add_banner(cast("Request", request))
        try:
            space = space_of(self._developer, [path, *request.postpath])
        except TooManyNamespaces:
            return NotFound()
        if space is None:
            return _below(self._developer, self._developer.main, path, request)
        return _Named(_Space(self._developer, space), space.name)


class _Space(Resource):
    """The resource ``/<name>`` of a namespace."""

    def __init__(self, developer: Developer, space: Namespace) -> None:
        super().__init__()
        self._developer = developer
        self._space = space

    def getChildWithDefault(self, path: bytes, request: Any) -> Resource:
        """Return the resource for the next segment."""
        return _below(self._developer, self._space, path, request)


class _Named(Resource):
    """A resource whose requests are logged under a namespace's name, and everything below it."""

    def __init__(self, resource: Resource, name: str) -> None:
        super().__init__()
        self._resource = resource
        self._name = name
        self.isLeaf = resource.isLeaf

    def getChildWithDefault(self, path: bytes, request: Any) -> Resource:
        """Return the resource for the next segment."""
        with in_namespace(self._name):
            return _Named(self._resource.getChildWithDefault(path, request), self._name)

    def render(self, request: Any) -> Any:
        """Process a request."""
        with in_namespace(self._name):
            return self._resource.render(request)


def _below(developer: Developer, space: Namespace, path: bytes, request: Any) -> Resource:
    if path == b"developer":
        return Console(space.name, Control(developer, space))
    if space.name and (of_mock := moodle.resource_of(developer, space, path)) is not None:
        return of_mock
    found: Resource = space.app.site.resource.getChildWithDefault(path, request)
    return found


def _add_banner(request: Request) -> None:
    """Add a banner to every HTML page that says that this is developer mode."""
    answer = request.answer
    # Nothing can be added to a page that is packed.
    request.headers = request.headers.without(b"Accept-Encoding")

    def marked(body: bytes, content_type: bytes) -> None:
        if content_type.startswith(b"text/html") and b"<body" in body:
            head, tag, rest = body.partition(b"<body")
            attributes, _close, rest = rest.partition(b">")
            body = head + tag + attributes + b">" + _BANNER + rest
        answer(body, content_type)

    request.answer = marked  # type: ignore[method-assign]


class NamespaceBodyPolicy:
    """The body policy of developer mode: delegates to the server of a path."""

    def __init__(self, developer: Developer) -> None:
        self._developer = developer

    def _of(self, path: bytes) -> tuple[Site, bytes]:
        names = path[1:].split(b"/")
        try:
            space = space_of(self._developer, names)
        except TooManyNamespaces:
            space = None
        if space is None:
            return self._developer.main.app.site, path
        own = b"/" + b"/".join(names[1:])
        return space.app.site, b"/bigbluebutton" + own if names[1] == b"api" else own

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        """Return the size limit of a body in bytes."""
        site, own = self._of(path)
        if own.startswith((b"/developer/", b"/backoffice/")):
            return _LARGEST
        return site.bodies.largest(request, own, method)

    def refusal(
        self, request: Request, path: bytes, method: bytes, query: bytes, why: BodyRefusal
    ) -> tuple[int, bytes, bytes] | None:
        """Return the answer to a body that is not read."""
        site, own = self._of(path)
        return site.bodies.refusal(request, own, method, query, why)

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> IncomingBody:
        """Return the decision about a body."""
        site, own = self._of(path)
        if own.startswith((b"/developer/", b"/backoffice/")):
            return IncomingBody()
        if own != path and path.split(b"/")[2] == b"api" and not own.endswith(b"/putRecordingTextTrack"):
            # The mock takes calls without a checksum.
            return IncomingBody()
        return site.bodies.incoming(request, own, method, query)


def site_of(developer: Developer, timer: IReactorTime) -> Site:
    """Return the site of all servers."""

    def refused(host: str | None, limit: Limit) -> None:
        developer.main.app.site.refused(host, limit)

    budget = developer.main.app.site.budget
    site = Site(Root(developer), timer, developer.current, NamespaceBodyPolicy(developer), budget, refused)
    # The periodic tasks of each server reap its own site, which has no connections.
    reaping = LoopingCall(site.reap)
    reaping.clock = timer
    reaping.start(1, now=False)
    return site
