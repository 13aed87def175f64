"""Where a pack's YAML comes from: a file as it is now, or the text that a file once held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from integrator.domain.packs import PackText
from integrator.positions import parse, read

if TYPE_CHECKING:
    from integrator.positions import Document

PACK_FILE = "pack.yaml"
BYTE_ORDER_MARK = "\ufeff"

PackSource = Path | PackText


def document(source: PackSource) -> Document:
    """Return the pack's YAML; ConfigError when it cannot be read or is none."""
    if isinstance(source, PackText):
        return parse(source.text.removeprefix(BYTE_ORDER_MARK), source.file)
    return read(source / PACK_FILE if source.is_dir() else source)


def folder(source: PackSource) -> str:
    """Return the name of the folder in which the pack stands, which is its own."""
    if isinstance(source, PackText):
        return source.name
    return (source.parent if source.name == PACK_FILE else source).absolute().name


def text_of(name: str, path: Path) -> PackSource:
    """Return the file's text exactly as it is now; where it cannot be read, the path, so that loading tells why."""
    try:
        return PackText(name, str(path), path.read_bytes().decode())
    except (OSError, UnicodeDecodeError):
        return path
