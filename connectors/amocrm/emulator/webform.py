"""The parts of a list request that mean something, and the addresses of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors.emulation import form

PAGE_LIMIT = 250
EVENTS_LIMIT = 100
DEFAULT_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the lists understand it; `base` is the address of the host, `path` that of the list."""

    base: str
    path: str
    raw: str
    page: int
    limit: int
    with_: frozenset[str]
    filters: Any
    order: Mapping[str, str]
    text: str

    def href(self, page: int) -> str:
        """The absolute address of another page of the same list, on the host that was asked."""
        pairs = [(key, value) for key, value in parse_qsl(self.raw, keep_blank_values=True) if key != "page"]
        if not any(key == "limit" for key, _ in pairs):
            pairs.append(("limit", str(self.limit)))
        return f"{self.base}{self.path}?{urlencode([*pairs, ('page', str(page))])}"

    def links(self, *, further: bool) -> dict[str, dict[str, str]]:
        """`next` only when there is a further page, `first` and `prev` from the second on."""
        pages = {"self": self.page}
        if further:
            pages["next"] = self.page + 1
        if self.page > 1:
            pages |= {"first": 1, "prev": self.page - 1}
        return {name: {"href": self.href(page)} for name, page in pages.items()}


def read(base: str, path: str, raw: str, most: int = PAGE_LIMIT) -> Ask:
    """The request behind a query string; a limit that is too high falls back to 50, as in the real service."""
    nested = form.decode(raw)
    order = nested.get("order")
    with_ = nested.get("with", "")
    names = with_ if isinstance(with_, list) else str(with_).split(",")
    limit = _number(nested.get("limit"), DEFAULT_LIMIT)
    return Ask(
        base=base,
        path=path,
        raw=raw,
        page=max(1, _number(nested.get("page"), 1)),
        limit=limit if 1 <= limit <= most else DEFAULT_LIMIT,
        with_=frozenset(str(name).strip() for name in names),
        filters=nested.get("filter"),
        order={str(key): str(value) for key, value in order.items()} if isinstance(order, Mapping) else {},
        text=str(nested.get("query") or ""),
    )


def _number(value: object, default: int) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else default  # noqa: PLR2004 - no page is that far
