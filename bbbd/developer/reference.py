"""The reference page of developer mode, ``docs/developer-surface.md``."""

from __future__ import annotations

from bbbd.developer.control import SURFACE
from bbbd.developer.descriptions import surface
from bbbd.developer.faults import Fault
from bbbd.developer.moodle.operations import OPERATIONS
from bbbd.developer.people import ACTIONS
from bbbd.settings.reference import parameters_table
from bbbd.values.markdown import MADE, cell

_BACK_OFFICE = (
    "## The back office",
    "",
    "All paths are below `/<serverID>/backoffice/`, like those of the mock in Moodle's tests. GET or POST, with the"
    " parameters in the query; parameters that it lacks are read from a form in the body. The answer is XML with"
    " `returncode` last. There is no checksum. Unknown parameters are ignored. A fault is answered with `messageKey`"
    " and `message` and changes nothing; its status is 400, 404 for an unknown object, 409 for an id that is already in"
    " use, 503 for a server that is full.",
    "",
)


def surface_page() -> str:
    """Return the page of the paths of developer mode, and of the back office."""
    rows = [f"| `{one['path']}` | {one['method']} | {cell(one['meaning'])} |" for one in surface(SURFACE)]
    return "\n".join(
        (
            MADE,
            "# The paths of developer mode",
            "",
            "All paths are below `/developer/` or `/<namespace>/developer/`. Requests and answers are JSON;"
            " [developer.md](developer.md) explains their use.",
            "",
            "| path | method | meaning |",
            "|---|---|---|",
            *rows,
            "",
            f"People can: {', '.join(f'`{action}`' for action in ACTIONS)}.",
            "",
            f"Faults: {', '.join(f'`{fault.value}`' for fault in Fault)}.",
            "",
            *_BACK_OFFICE,
            *(
                line
                for one in OPERATIONS
                for line in (
                    f"### {' or '.join(one.names)}",
                    "",
                    one.meaning,
                    "",
                    *parameters_table(one.parameters),
                )
            ),
        )
    )
