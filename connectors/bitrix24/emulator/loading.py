"""Reads the files of `--data`, large ones in pieces: a million deals must not stand in memory three times."""

from __future__ import annotations

import gc
import mmap
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]

_PIECE = 4 << 20
_FEW = 100
_BETWEEN = re.compile(rb"\}\s*,\s*\{")


def one(path: Path) -> Row:
    """The object of the file; empty when there is no file."""
    if not path.exists():
        return {}
    with told(path, "one object"):
        found = orjson.loads(path.read_bytes())
        return {**found}


def rows(path: Path) -> Iterator[Row]:
    """The objects of the array in the file; none when there is no file."""
    if not path.exists():
        return
    if path.stat().st_size <= 2 * _PIECE:
        found = orjson.loads(path.read_bytes())
        if not isinstance(found, list):
            raise TypeError("no array")
        yield from found
        return
    known: dict[str, dict[str, str]] | None = None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        for piece in _pieces(text):
            known = _repeated(piece) if known is None else known
            for row in piece:
                yield _shared(row, known)


@contextmanager
def told(path: Path, wanted: str = "an array of objects, each with its own id") -> Iterator[None]:
    """Whatever is wrong with the file is a ValueError that names it."""
    try:
        yield
    except orjson.JSONDecodeError as wrong:
        raise ValueError(f"{path.name} is not JSON: {wrong}") from None
    except OSError as wrong:
        raise ValueError(f"{path.name} cannot be read: {wrong.strerror}") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path.name} must hold {wanted}.") from None


@contextmanager
def calm() -> Iterator[None]:
    """No garbage collection while millions of rows are made, and none of them looked at by it later."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _pieces(text: mmap.mmap) -> Iterator[list[Row]]:
    start, end = text.find(b"[") + 1, text.rfind(b"]")
    while start < end:
        piece, start = _piece(text, start, end)
        yield piece


def _piece(text: mmap.mmap, start: int, end: int) -> tuple[list[Row], int]:
    """The rows from `start` to some boundary, and where the next begins.

    A `},{` inside a row leaves its brackets or quotes open, so what parses ends between two rows.
    """
    for between in _BETWEEN.finditer(text, min(start + _PIECE, end), end):
        try:
            return orjson.loads(b"[" + text[start : between.start() + 1] + b"]"), between.end() - 1
        except orjson.JSONDecodeError:
            continue
    return orjson.loads(b"[" + text[start:end] + b"]"), end


def _repeated(piece: list[Row]) -> dict[str, dict[str, str]]:
    """The fields with few different texts (stages, flags, users), and those texts."""
    found: dict[str, dict[str, str]] = {}
    for name in piece[0]:
        texts = {value for row in piece if isinstance(value := row.get(name), str)}
        if 0 < len(texts) <= _FEW:
            found[name] = {text: text for text in texts}
    return found


def _shared(row: Row, known: dict[str, dict[str, str]]) -> Row:
    """The same row, its repeated texts held once for all rows."""
    for name, texts in known.items():
        value = row.get(name)
        if type(value) is str:
            row[name] = texts.get(value, value)
    return row
