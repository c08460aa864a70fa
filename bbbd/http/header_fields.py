"""Header fields of a request, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


class HeaderFields:
    """The values of each name, in the order of their arrival. Names are the same in lower and upper case.

    Requests share them: once they are read, nothing is added.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[bytes, list[bytes]] = {}

    @classmethod
    def of_lines(cls, lines: Sequence[bytes]) -> HeaderFields:
        """Return the fields of lines that are known to be well formed."""
        fields = cls()
        values = fields._values
        for line in lines:
            name, _, value = line.partition(b":")
            name = name.lower()
            if name in values:
                values[name].append(value.strip(b" \t"))
            else:
                values[name] = [value.strip(b" \t")]
        return fields

    def add(self, name: bytes, value: bytes) -> None:
        """Add a value to those of its name."""
        name = name.lower()
        if name in self._values:
            self._values[name].append(value)
        else:
            self._values[name] = [value]

    def find(self, name: bytes) -> bytes | None:
        """Return the last value of a name, or None."""
        values = self._values.get(name.lower())
        return values[-1] if values else None

    def select(self, name: bytes) -> list[bytes]:
        """Return all values of a name."""
        return self._values.get(name.lower(), [])

    def without(self, name: bytes) -> HeaderFields:
        """Return the fields of all other names."""
        others = HeaderFields()
        others._values = {one: values for one, values in self._values.items() if one != name.lower()}
        return others

    def __contains__(self, name: bytes) -> bool:
        """Return whether a name was sent."""
        return name.lower() in self._values

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Return each name with each of its values."""
        return ((name, value) for name, values in self._values.items() for value in values)
