"""The account and its dictionaries: users, pipelines, loss reasons, fields, event types, webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response

from connectors.amocrm.emulator import answers, checks, render
from connectors.amocrm.emulator.eventtypes import EVENT_TYPES
from connectors.amocrm.emulator.problems import Problem, invalid
from connectors.amocrm.emulator.webhooks import MOST_SUBSCRIPTIONS, SETTINGS

if TYPE_CHECKING:
    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State

_FIELD_KINDS = "<any(leads,contacts,companies,customers):kind>"


def settings_routes(state: State) -> Blueprint:
    """The routes of what an admin sets up."""
    routes = Blueprint("settings", __name__, url_prefix="/api/v4")
    _account(routes, state)
    _pipelines(routes, state)
    _statuses(routes, state)
    _reasons(routes, state)
    _fields(routes, state)
    _webhooks(routes, state)
    return routes


def _account(routes: Blueprint, state: State) -> None:
    @routes.get("/account")
    def account() -> Response:
        return answers.hal(render.account(state, answers.base(), answers.ask().with_))

    @routes.get("/users")
    def users() -> Response:
        return answers.dictionary(state, answers.ask(), "users", list(state.users.rows.values()))

    @routes.get("/users/<int:row_id>")
    def user(row_id: int) -> Response:
        return answers.hal(render.one("users", state, state.users.get(row_id), answers.base(), answers.ask().with_))

    @routes.get("/events/types")
    def event_types() -> Response:
        types = [{"key": key, "type": number, "lang": text} for number, (key, text) in enumerate(EVENT_TYPES, 1)]
        links = render.link(f"{answers.base()}/api/v4/events/types")
        return answers.hal({"_total_items": len(types), "_links": links, "_embedded": {"events_types": types}})


def _pipelines(routes: Blueprint, state: State) -> None:
    @routes.get("/leads/pipelines")
    def pipelines() -> Response:
        rows = sorted(state.pipelines.rows.values(), key=lambda row: row.get("sort") or 0)
        if not rows:
            raise Problem(204, "")
        shown = [render.pipeline(state, row, answers.base(), frozenset()) for row in rows]
        links = render.link(f"{answers.base()}/api/v4/leads/pipelines")
        return answers.hal({"_total_items": len(shown), "_links": links, "_embedded": {"pipelines": shown}})

    @routes.get("/leads/pipelines/<int:row_id>")
    def pipeline(row_id: int) -> Response:
        return answers.hal(render.pipeline(state, _pipeline(state, row_id), answers.base(), frozenset()))


def _pipeline(state: State, row_id: int) -> Row:
    row = state.pipelines.get(row_id)
    if row is None:
        raise Problem(204, "")
    return row


def _statuses(routes: Blueprint, state: State) -> None:
    @routes.get("/leads/pipelines/<int:row_id>/statuses")
    def statuses(row_id: int) -> Response:
        ask = answers.ask()
        shown = [
            render.status(state, row, ask.base, ask.with_, row_id) for row in render.statuses(_pipeline(state, row_id))
        ]
        return answers.hal({"_total_items": len(shown), "_embedded": {"statuses": shown}})

    @routes.get("/leads/pipelines/<int:row_id>/statuses/<int:status_id>")
    def status(row_id: int, status_id: int) -> Response:
        row = state.status(_pipeline(state, row_id)["id"], status_id)
        if row is None:
            raise Problem(204, "")
        return answers.hal(render.status(state, row, answers.base(), answers.ask().with_, row_id))


def _reasons(routes: Blueprint, state: State) -> None:
    @routes.get("/leads/loss_reasons")
    def reasons() -> Response:
        rows = sorted(state.loss_reasons.rows.values(), key=lambda row: row.get("sort") or 0)
        return answers.dictionary(state, answers.ask(), "loss_reasons", rows)

    @routes.get("/leads/loss_reasons/<int:row_id>")
    def reason(row_id: int) -> Response:
        row = state.loss_reasons.get(row_id)
        return answers.hal(render.one("loss_reasons", state, row, answers.base(), frozenset()))


def _fields(routes: Blueprint, state: State) -> None:
    @routes.get(f"/{_FIELD_KINDS}/custom_fields")
    def custom_fields(kind: str) -> Response:
        ids = state.custom_fields.group("entity_type", kind)
        rows = sorted((state.custom_fields.rows[one] for one in ids), key=lambda row: (row.get("sort") or 0, row["id"]))
        return answers.dictionary(state, answers.ask(), "custom_fields", rows)

    @routes.get(f"/{_FIELD_KINDS}/custom_fields/<int:row_id>")
    def custom_field(kind: str, row_id: int) -> Response:
        row = state.custom_fields.get(row_id)
        row = row if row is not None and row.get("entity_type") == kind else None
        return answers.hal(render.one("custom_fields", state, row, answers.base(), frozenset()))


def _webhooks(routes: Blueprint, state: State) -> None:
    @routes.get("/webhooks")
    def subscriptions() -> Response:
        wanted: Any = answers.ask().filters
        destination = wanted.get("destination") if isinstance(wanted, dict) else None
        rows = [row for row in state.hooks.rows() if destination in (None, row["destination"])]
        if not rows:
            raise Problem(204, "")
        return answers.hal({"_total_items": len(rows), "_embedded": {"webhooks": rows}})

    @routes.post("/webhooks")
    def subscribe() -> Response:
        item = checks.single(answers.body())
        _subscription_holds(item)
        known = {row["destination"] for row in state.hooks.rows()}
        if item["destination"] not in known and len(known) >= MOST_SUBSCRIPTIONS:
            raise Problem(422, f"Limit of {MOST_SUBSCRIPTIONS} webhooks is reached")
        row = state.hooks.subscribe(item["destination"], item["settings"], int(item.get("sort") or 1), state.user)
        return answers.hal(row, 201)

    @routes.delete("/webhooks")
    def unsubscribe() -> Response:
        item = checks.single(answers.body())
        if not state.hooks.unsubscribe(str(item.get("destination"))):
            raise Problem(404, "Webhook not found")
        return Response(b"", 204)


def _subscription_holds(item: Row) -> None:
    """Raises the 400 of a wrong subscription. The emulator takes http and 127.0.0.1 too, the real service does not."""
    errors = []
    parts = urlsplit(str(item.get("destination") or ""))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        errors.append({"code": "InvalidType", "path": "destination", "detail": "This value is not a valid URL."})
    settings = item.get("settings")
    if not isinstance(settings, list) or not settings:
        errors.append({"code": "FieldMissing", "path": "settings", "detail": "This field is missing."})
        settings = []
    errors += [
        {
            "code": "NotSupportedChoice",
            "path": f"settings.{number}",
            "detail": "The value you selected is not a valid choice.",
        }
        for number, name in enumerate(settings)
        if name not in SETTINGS
    ]
    if errors:
        raise invalid([{"request_id": "0", "errors": errors}])
