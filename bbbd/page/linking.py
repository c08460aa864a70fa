"""Links modules: those that are needed together become one file, so that a browser asks once, not for each.

Each module is a block of the file that it is in, and its imports are constants of that block::

    let $3;{const {el}=$1;
    …the module…
    $3={draw,startChat};}

So names of different modules never meet, and nothing inside a module is rewritten but where others are loaded from.
That is right for modules that import each other in no circle and whose exports never change; others are refused. What
is imported lazily, with ``import("./x.js")``, becomes a file of its own with all that only it needs; modules that
several such files need are a file too. A file has the path of its last module, which is the one that is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath, relpath

# A module is read with an empty line before it: so every line follows a line's end, which is found quickly.
_IMPORT = re.compile(r'\nimport (?:\{(?P<names>[^}]*)\}|\* as (?P<all>[\w$]+)) from "(?P<path>\.[\w./]+)";(?=\n)')
_LAZY = re.compile(r'\bimport\("(\.[\w./]+)"\)')
_LAZILY = 'import("'
_DECLARED = re.compile(r"\nexport (?=(?:async )?(?:function\*?|const|class) ([\w$]+))")
_LISTED = re.compile(r"\nexport \{([^}]*)\};(?=\n)")
_OTHER = re.compile(r"\n(?:import|export)\b(?!\().*")
_OWN_URL = "import.meta.url"
_COMMENTS = re.compile(r"\n[ \t]*(?:/\*.*?\*/[ \t]*|//[^\n]*)(?=\n)", re.DOTALL)
_INDENTS = re.compile(r"\n[ \t\n]+")


class UnlinkableError(ValueError):
    """A module is written in a way that is not linked; says which, and what."""


@dataclass(slots=True)
class _Module:
    name: str
    #: Its text without comments, imports and exports.
    text: str
    #: What it imports at once: modules, and the name of each as a whole or the list of names in it.
    imports: list[tuple[str, str, str]]
    #: The modules that it imports lazily.
    lazy: list[str]
    exports: list[tuple[str, str]] = field(default_factory=list)

    @property
    def needs(self) -> list[str]:
        """The modules that it imports at once."""
        return [module for module, _all, _names in self.imports]


def imported_at_once(name: str, text: str) -> list[str]:
    """Return the names of the modules that a module imports, but not those that it imports lazily."""
    return [_path(name, match["path"]) for match in _IMPORT.finditer(f"\n{text}")]


def link(sources: Mapping[str, str], entry: str) -> dict[str, str]:
    """Return the files that do what ``entry`` does with all that it imports, by path; that of ``entry`` is its own.

    ``sources`` are the modules by path; those that nobody imports are left out.
    """
    modules = _in_order(sources, entry)
    files = _files(modules, entry)
    place = {module.name: file for file, own in files.items() for module in own}
    number = {name: f"${place}" for place, name in enumerate(modules)}
    lazies = {name for module in modules.values() for name in module.lazy}
    return {
        file: _write(file, own, place, number, modules, exported=lazies & {file}, shared=len(files) > 1)
        for file, own in files.items()
    }


def _path(name: str, relative: str) -> str:
    return normpath(join(dirname(name), relative))


def _read(name: str, sources: Mapping[str, str]) -> _Module:
    if name not in sources:
        raise UnlinkableError(f"{name} is imported and not there")
    text = _COMMENTS.sub("", f"\n{sources[name]}")
    if spread := next((line for line in text.splitlines() if line.count("`") % 2), None):
        raise UnlinkableError(f"{name}: a template is on one line, and its spaces stay: {spread.strip()}")
    exports = [pair for listed in _LISTED.findall(text) for pair in _pairs(listed)]
    exports += [(own, own) for own in _DECLARED.findall(text)]
    own_text = _DECLARED.sub("\n", _LISTED.sub("", _IMPORT.sub("", text)))
    if other := _OTHER.search(own_text):
        raise UnlinkableError(f"{name}: imports and exports of this form are not linked: {other[0].strip()}")
    imports = [
        (_path(name, found["path"]), found["all"] or "", found["names"] or "") for found in _IMPORT.finditer(text)
    ]
    lazy = [_path(name, path) for path in _LAZY.findall(text)] if _LAZILY in text else []
    return _Module(name, own_text, imports, lazy, exports)


def _pairs(listed: str) -> list[tuple[str, str]]:
    """Return the names of a list of imports or exports: ``a, b as c`` is a, a and b, c."""
    parts = [part.split() for part in listed.split(",") if part.strip()]
    return [(part[0], part[-1]) for part in parts]


def _in_order(sources: Mapping[str, str], entry: str) -> dict[str, _Module]:
    """Return all modules that ``entry`` needs, each behind those that it imports at once."""
    done: dict[str, _Module] = {}
    under_way: list[str] = []
    left = [entry]

    def visit(name: str) -> None:
        if name in done:
            return
        if name in under_way:
            raise UnlinkableError(f"a circle of imports: {' imports '.join((*under_way, name))}")
        under_way.append(name)
        module = _read(name, sources)
        for other in module.needs:
            visit(other)
        under_way.pop()
        done[name] = module
        left.extend(module.lazy)

    while left:
        visit(left.pop(0))
    return done


def _files(modules: Mapping[str, _Module], entry: str) -> dict[str, list[_Module]]:
    """Return the modules of each file: those that the same lazy imports need, and what is needed at once."""
    reached: dict[str, set[str]] = {name: set() for name in modules}

    def reach(name: str, start: str) -> None:
        if start not in reached[name]:
            reached[name].add(start)
            for other in modules[name].needs:
                reach(other, start)

    for start in (entry, *(name for module in modules.values() for name in module.lazy)):
        reach(start, start)
    groups: dict[frozenset[str], list[_Module]] = {}
    for name, module in modules.items():
        starts = {entry} if entry in reached[name] else reached[name]
        groups.setdefault(frozenset(starts), []).append(module)
    return {own[-1].name: own for own in groups.values()}


def _write(
    file: str,
    own: Iterable[_Module],
    place: Mapping[str, str],
    number: Mapping[str, str],
    modules: Mapping[str, _Module],
    *,
    exported: set[str],
    shared: bool,
) -> str:
    blocks, outside = [], dict[str, list[str]]()
    for module in own:
        for name in module.needs:
            if place[name] != file:
                outside.setdefault(place[name], []).append(number[name])
        blocks.append(_block(module, file, number, modules))
    imports = [
        f'import {{{",".join(sorted(set(names)))}}} from "{_relative(file, other)}";\n'
        for other, names in outside.items()
    ]
    # The file's own name is that of its last module: what imports it lazily finds that one's exports.
    exports = [f"export const {{{_names(modules[name].exports)}}}={number[name]};\n" for name in exported]
    if shared:
        exports.append(f"export {{{','.join(number[module.name] for module in own)}}};\n")
    return "".join((*imports, *blocks, *exports))


def _block(module: _Module, file: str, number: Mapping[str, str], modules: Mapping[str, _Module]) -> str:
    imports = []
    for path, whole, names in module.imports:
        other = modules[path]
        wanted = _pairs(names)
        if missing := {name for name, _ in wanted} - {outside for _, outside in other.exports}:
            told = ", ".join(sorted(missing))
            raise UnlinkableError(f"{module.name} imports {told}, which {path} does not export")
        imports.append(f"const {whole or f'{{{_names(wanted)}}}'}={number[path]};")
    text = module.text
    if module.lazy:
        text = _LAZY.sub(lambda match: f'import("{_relative(file, _path(module.name, match[1]))}")', text)
    if file != module.name:
        text = text.replace(_OWN_URL, f'new URL("{_relative(file, module.name)}",{_OWN_URL})')
    exports = _names([(outside, own) for own, outside in module.exports])
    body = _INDENTS.sub("\n", text).strip("\n")
    return f"let {number[module.name]};{{{''.join(imports)}\n{body}\n{number[module.name]}={{{exports}}};}}\n"


def _names(pairs: Iterable[tuple[str, str]]) -> str:
    return ",".join(name if name == other else f"{name}:{other}" for name, other in pairs)


def _relative(file: str, other: str) -> str:
    path = relpath(other, dirname(file))
    return path if path.startswith(".") else f"./{path}"
