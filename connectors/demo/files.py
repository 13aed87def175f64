"""JSON arrays written row by row, so that a million of them need no memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Row = dict[str, Any]
Put = Callable[[Row], None]


@contextmanager
def array(path: Path) -> Iterator[Put]:
    """What is put inside stands in the file as one JSON array, a row a line."""
    with path.open("wb", buffering=1 << 20) as file:
        write, dumps, between = file.write, orjson.dumps, b"[\n"

        def put(row: Row) -> None:
            nonlocal between
            write(between)
            write(dumps(row))
            between = b",\n"

        yield put
        write(b"[]\n" if between == b"[\n" else b"\n]\n")


def save(path: Path, rows: Iterable[Row]) -> None:
    """The rows stand in the file."""
    with array(path) as put:
        for row in rows:
            put(row)


def save_one(path: Path, row: Row) -> None:
    """The object stands in the file."""
    path.write_bytes(orjson.dumps(row))
