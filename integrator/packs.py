"""Where rule packs are found: those that ship with the product, and the admin's own folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from integrator.errors import ConfigError, Problem
from integrator.positions import read, suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PACK_FILE = "pack.yaml"
_CLASS_READ = re.compile(r"\bclass\.([a-z0-9_]+)")


def shipped(package: Path = Path(__file__).parent) -> Path:
    """Return the folder of the packs that ship: inside an installed wheel, else at the top of the checkout."""
    for folder in (package / "_rules", package.parent / "rules"):
        if folder.is_dir():
            return folder
    raise ConfigError("the rule packs that ship with integrator are missing; install it again")


def within(path: Path) -> dict[str, Path]:
    """Return the packs that `path` names, by name: a folder of packs, one pack's folder, or its pack.yaml."""
    if path.is_file():
        return {path.absolute().parent.name: path}
    if not path.is_dir():
        raise ConfigError([Problem(str(path), 1, 1, "no such folder; name a folder that holds rule packs")])
    if (path / PACK_FILE).is_file():
        return {path.absolute().name: path / PACK_FILE}
    return {file.parent.name: file for file in sorted(path.glob(f"*/{PACK_FILE}"))}


def catalogue(paths: Sequence[Path] = ()) -> dict[str, Path]:
    """Return every pack's file by name: the shipped ones, then the admin's.

    An admin's pack takes the place of a shipped one of its name; two of the admin's own may not share a name.
    """
    own: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        for name, file in within(path).items():
            other = own.setdefault(name, file)
            if other.resolve() != file.resolve():
                problems.append(Problem(str(file), 1, 1, f'pack "{name}" is also at {other}; rename or remove one'))
    if problems:
        raise ConfigError(problems)
    return {**within(shipped()), **own}


def unknown(found: Mapping[str, Path], names: Sequence[str]) -> dict[str, str]:
    """Return a sentence for each of `names` that is no pack, by name."""
    known = ", ".join(sorted(found))
    return {
        name: f'there is no pack "{name}"{suggest(name, found)} (packs: {known})' for name in names if name not in found
    }


def find(paths: Sequence[Path] = (), names: Sequence[str] = ()) -> tuple[Path, ...]:
    """Return the files of the packs called `names` (empty: of all), in the order of their names."""
    found = catalogue(paths)
    if wrong := unknown(found, names):
        raise ConfigError("\n".join(wrong.values()))
    return tuple(found[name] for name in sorted(set(names or found)))


def guests(found: Mapping[str, Path], chosen: Collection[str]) -> frozenset[str]:
    """Return the packs not chosen that decide classes which the chosen ones read, and those which these rest upon."""
    deciders = {name: pack for pack in found.keys() - set(chosen) for name in _classes(found[pack])}
    wanted: set[str] = set()
    queue = list(chosen) if deciders else []
    while queue:
        read_there = _CLASS_READ.findall(_text(found[queue.pop()]))
        fresh = {deciders[name] for name in read_there if name in deciders} - wanted
        wanted |= fresh
        queue += fresh
    return frozenset(wanted)


def _classes(file: Path) -> list[str]:
    """Return the classes that the pack decides; one that cannot be read decides none, and loading it tells why."""
    try:
        written = read(file).value
    except ConfigError:
        return []
    classes = written.get("classes") if isinstance(written, dict) else None
    return [str(name) for name in classes] if isinstance(classes, dict) else []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
