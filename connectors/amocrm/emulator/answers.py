"""What a route returns, turned into HTTP: hal+json for successes, problem+json for refusals, absolute addresses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request

from connectors.amocrm.emulator import render, webform
from connectors.amocrm.emulator.problems import PROBLEM, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connectors.amocrm.emulator.collection import Collection
    from connectors.amocrm.emulator.query import Selection
    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State

HAL = "application/hal+json"
NOTHING = 204


def base() -> str:
    """The address of the account as the client asked for it; links must lead back there."""
    return f"{request.scheme}://{request.host}"


def hal(body: object, status: int = 200) -> Response:
    """A success."""
    return Response(orjson.dumps(body), status, content_type=HAL)


def refused(problem: Problem) -> Response:
    """A refusal; 204 is how amoCRM says that there is nothing."""
    if problem.status == NOTHING:
        return Response(b"", 204)
    return Response(orjson.dumps(problem.body()), problem.status, content_type=PROBLEM)


def stamp(response: Response) -> Response:
    """Every answer has an id of its own."""
    response.headers["X-Request-Id"] = uuid.uuid4().hex
    if response.status_code == NOTHING:
        del response.headers["Content-Type"]
    return response


def body() -> Any:
    """The JSON that was sent; None when there is none."""
    if not request.data.strip():
        return None
    try:
        return orjson.loads(request.data)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "Syntax error") from error


def user(state: State) -> int:
    """Who writes: the owner of the token, or the user on whose behalf it is used."""
    given = request.headers.get("X-Context-User-ID")
    return int(given) if given is not None else state.user


def ask(most: int = webform.PAGE_LIMIT) -> webform.Ask:
    """The list request at hand."""
    path = request.path.rstrip("/")
    return webform.read(base(), path, request.query_string.decode("utf-8", "replace"), most)


def order(selection: Selection, wanted: webform.Ask, allowed: Iterable[str]) -> None:
    """The selection is sorted by the first field that this kind can be sorted by."""
    for name, direction in wanted.order.items():
        if name in allowed:
            selection.order, selection.descending = name, direction.lower() == "desc"
            return


def page(
    state: State,
    wanted: webform.Ask,
    kind: str,
    rows: Collection,
    selection: Selection,
    show: render.Renderer | None = None,
) -> Response:
    """A page of a list; an empty one is 204."""
    if not selection.key:
        selection.key = f"{wanted.path} {wanted.filters} {wanted.text} {sorted(wanted.with_)}"
    with state.lock:
        found = selection.page(rows, (wanted.page - 1) * wanted.limit, wanted.limit + 1)
    if not found:
        raise Problem(204, "")
    shown = [(show or render.RENDERERS[kind])(state, row, wanted.base, wanted.with_) for row in found[: wanted.limit]]
    links = wanted.links(further=len(found) > wanted.limit)
    return hal({"_page": wanted.page, "_links": links, "_embedded": {kind: shown}})


def dictionary(state: State, wanted: webform.Ask, kind: str, rows: list[Row]) -> Response:
    """A page of a dictionary, which unlike other lists tells how many there are."""
    pages = -(-len(rows) // wanted.limit)
    start = (wanted.page - 1) * wanted.limit
    if not rows[start:]:
        raise Problem(204, "")
    shown = [
        render.RENDERERS[kind](state, row, wanted.base, wanted.with_) for row in rows[start : start + wanted.limit]
    ]
    links = wanted.links(further=wanted.page < pages)
    links["last"] = {"href": wanted.href(pages)}
    counts = {"_total_items": len(rows), "_page": wanted.page, "_page_count": pages}
    return hal({**counts, "_links": links, "_embedded": {kind: shown}})


def written(kind: str, rows: list[Row], extra: Callable[[int, Row], Row], path: str | None = None) -> Response:
    """The answer to a write on a collection: ids only."""
    path = path or f"/api/v4/{kind}"
    items = [
        {"id": row["id"], **extra(number, row), "_links": render.link(f"{base()}{path}/{row['id']}")}
        for number, row in enumerate(rows)
    ]
    return hal({"_links": render.link(f"{base()}{path}"), "_embedded": {kind: items}})
