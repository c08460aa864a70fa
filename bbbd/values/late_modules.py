"""Libraries that are large and often not needed: each is imported when something of it is first used.

lxml takes 4 MB and a fiftieth of a second, nh3 a third of that, jwt a tenth; a server that only answers calls needs
none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ("etree", "jwt", "nh3")


class _Late:
    """Stands for a module, whose names it keeps once they were used."""

    def __init__(self, name: str) -> None:
        self._module_name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._module_name), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import jwt
    import nh3
    from lxml import etree
else:
    etree = _Late("lxml.etree")
    jwt = _Late("jwt")
    nh3 = _Late("nh3")
