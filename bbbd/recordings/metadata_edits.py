"""Edits metadata.xml: unknown elements stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import UnreadableMetadata, children_of, meta_of, parsed, text_of
from bbbd.values.late_modules import etree

#: A new value of ``protected`` that removes the element.
ABSENT = "absent"
#: Canonical XML sorts the attributes of an element in the square of their number.
_MOST_ATTRIBUTES = 1000


def with_state(data: bytes, place: Place) -> bytes:
    """Return a file with the state of a place; the same bytes if it has it. Raises ``UnreadableMetadata``."""
    children = children_of(parsed(data))
    is_published = str(place is Place.PUBLISHED).lower()
    if (text_of(children, "state"), text_of(children, "published")) == (place.value, is_published):
        return data
    return change_metadata(data, state=place.value)


def canonical(data: bytes) -> bytes:
    """Return a file in canonical XML and in one state, for comparison."""
    root = parsed(change_metadata(data, state="published"))
    if any(len(element.attrib) > _MOST_ATTRIBUTES for element in root.iter(etree.Element)):
        raise UnreadableMetadata(f"has an element with more than {_MOST_ATTRIBUTES} attributes")
    try:
        return etree.tostring(root, encoding=None, method="c14n")
    except etree.C14NError:
        raise UnreadableMetadata("has no canonical form") from None


def meta_names(data: bytes) -> set[str]:
    """Return the names of a file's metadata in lower case."""
    return {name.lower() for name in meta_of(children_of(parsed(data)))}


def current_meta(data: bytes, names: Iterable[str]) -> tuple[dict[str, str], str]:
    """Return the values of metadata by lower-case names (empty if absent), and ``protected``."""
    children = children_of(parsed(data))
    known = {name.lower(): value for name, value in meta_of(children).items()}
    return {name: known.get(name, "") for name in names}, text_of(children, "protected")


def change_metadata(
    data: bytes, *, state: str = "", meta: Mapping[str, str] | None = None, protected: str = ""
) -> bytes:
    """Return a metadata.xml with another state and metadata; an empty value removes the element.

    Everything else stays, unknown elements too. Raises ``UnreadableMetadata``.
    """
    root = parsed(data)
    if state:
        for name, value in (("state", state), ("published", "true" if state == "published" else "false")):
            _child(root, name).text = value
    if protected == ABSENT:
        for element in root.findall("protected"):
            root.remove(element)
    elif protected:
        _child(root, "protected").text = protected
    for name, value in (meta or {}).items():
        try:
            _change_meta(_child(root, "meta"), name, value)
        except ValueError:
            raise UnreadableMetadata(f"cannot have {name} with a character that is none of XML") from None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _change_meta(parent: etree._Element, name: str, value: str) -> None:
    found = [child for child in parent if str(child.tag).lower() == name]
    if value:
        element = found[0] if found else etree.SubElement(parent, name)
        for child in list(element):
            element.remove(child)
        element.text = value
    else:
        for element in found:
            parent.remove(element)


def _child(root: etree._Element, name: str) -> etree._Element:
    found = root.find(name)
    return found if found is not None else etree.SubElement(root, name)
