"""Forms with brackets, as PHP's http_build_query writes them: what both CRMs send as a webhook and accept as a request.

Both directions keep the order of the keys, which the recorded bodies have too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote_plus

MAX_DEPTH = 32


def encode(nested: Mapping[str, Any]) -> bytes:
    """The bytes of a form; None and empty collections leave no key, as in PHP."""
    return "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in _pairs(nested, "")).encode("ascii")


def decode(body: bytes | str) -> dict[str, Any]:
    """The form as nested dicts; keys 0, 1, 2 ... and `[]` become a list. Values are strings."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        _put(tree, _path(key), value)
    return {key: _listed(value) for key, value in tree.items()}


def _pairs(value: object, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        items: Iterator[tuple[object, object]] = iter(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = iter(enumerate(value))
    elif value is None:
        return
    else:
        yield prefix, _text(value)
        return
    for key, inner in items:
        yield from _pairs(inner, f"{prefix}[{key}]" if prefix else str(key))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _path(key: str) -> list[str]:
    head, bracket, rest = key.partition("[")
    if not bracket or not head or not rest.endswith("]"):
        return [key]
    return [head, *rest[:-1].split("][")][:MAX_DEPTH]


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    node = tree
    for name in path[:-1]:
        inner = node.setdefault(name or str(len(node)), {})
        if not isinstance(inner, dict):
            # A key that was a plain value before and is an array now: PHP keeps the later one.
            inner = node[name] = {}
        node = inner
    node[path[-1] or str(len(node))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if list(inner) == [str(number) for number in range(len(inner))]:
        return list(inner.values())
    return inner
