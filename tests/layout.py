"""Who may import whom in bbbd: one table, which ``test_shape`` holds against the code and docs/architecture.md."""

from __future__ import annotations

#: What each room may import beside itself. A room is a package; the modules of no package are the ties or the base.
MAY: dict[str, set[str]] = {
    "base": set(),
    "subtitles": set(),
    "meetings": {"base"},
    "recordings": {"base"},
    "callbacks": {"meetings", "recordings", "base"},
    "texttracks": {"recordings", "base"},
    "playback": {"recordings", "texttracks", "base"},
    "slides": {"meetings", "base"},
    "client": {"meetings", "slides", "base"},
    "api": {"meetings", "recordings", "texttracks", "callbacks", "playback", "base"},
    "conform": {"api"},
    "ties": {
        "api",
        "meetings",
        "recordings",
        "texttracks",
        "subtitles",
        "slides",
        "callbacks",
        "playback",
        "client",
        "base",
    },
    "developer": {"api", "meetings", "recordings", "callbacks", "playback", "client", "ties", "base"},
}
#: The modules of no package that are not of the base.
MODULES: dict[str, set[str]] = {
    "ties": {
        "tap",
        "options",
        "app",
        "slides_parts",
        "tree",
        "cli",
        "cli_recordings",
        "cli_archives",
        "cli_tracks",
        "cli_callbacks",
        "cli_conform",
        "commanding",
        "calling",
        "check",
        "docs",
    },
    "developer": {"testing", "cli_developer"},
}
#: What single modules may import beside what their room may.
MORE: dict[str, set[str]] = {
    "bbbd.tap": {"developer"},
    "bbbd.cli.main": {"developer"},
    "bbbd.cli.conform": {"conform"},
    "bbbd.docs": {"developer", "conform"},
}
#: Modules that import each other in a circle, for types alone or inside a function: to be opened, and none to be added.
CIRCLES: set[frozenset[str]] = {
    frozenset({"bbbd.http.channel", "bbbd.http.site"}),
    frozenset({"bbbd.live.connection", "bbbd.live.backend", "bbbd.live.room", "bbbd.live.viewport"}),
    frozenset(
        {
            "bbbd.docs",
            "bbbd.developer.control",
            "bbbd.developer.descriptions",
            "bbbd.developer.mode",
            "bbbd.developer.moodle.context",
            "bbbd.developer.moodle.events",
            "bbbd.developer.moodle.meetings",
            "bbbd.developer.moodle.namespace_state",
            "bbbd.developer.moodle.operations",
            "bbbd.developer.moodle.recordings",
            "bbbd.developer.moodle.notifications",
        }
    ),
}
