"""The portal over HTTP: parameters however they come, limits, the page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Request, Response, redirect, request

from connectors.bitrix24.emulator.people_page import show
from connectors.bitrix24.emulator.replies import RestError
from connectors.emulation.form import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Response as WsgiResponse

    from connectors.bitrix24.emulator.gateway import Gateway

_HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
TOO_MANY = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}


class Bitrix24App:
    """Answers as a portal does; `allow` says whether one more request of this address passes the limit."""

    def __init__(self, gateway: Gateway, allow: Callable[[str], bool]) -> None:
        self.app = Flask("bitrix24-emulator")
        self._gateway = gateway
        self._allow = allow
        self.app.add_url_rule("/", "page", self._page)
        self.app.add_url_rule("/rest/<path:path>", "rest", self._rest, methods=["GET", "POST"])
        self.app.add_url_rule("/oauth/token/", "token", self._token, methods=["GET", "POST"])
        self.app.add_url_rule("/oauth/authorize/", "authorize", self._authorize)

    def _page(self) -> str:
        with self._gateway.state.lock:
            return show(self._gateway.state)

    def _rest(self, path: str) -> Response:
        if not self._allow(request.remote_addr or ""):
            return _json(TOO_MANY, 503)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = token if scheme.lower() == "bearer" else ""
        status, body = self._gateway.answer(path, parameters(request), bearer)
        return _json(body, status)

    def _token(self) -> Response:
        try:
            return _json(self._gateway.oauth.token(parameters(request)), 200)
        except RestError as refusal:
            return _json(refusal.body(), refusal.status)

    def _authorize(self) -> WsgiResponse:
        params = parameters(request)
        target = str(params.get("redirect_uri") or "")
        if not target:
            return Response(self._gateway.oauth.authorize(params, ""), mimetype="text/plain")
        return redirect(self._gateway.oauth.authorize(params, target))


def parameters(asked: Request) -> dict[str, Any]:
    """The parameters of the address and of the body together, the body's winning."""
    return {**decode(asked.query_string), **_body(asked)}


def _body(asked: Request) -> Mapping[str, Any]:
    kind = asked.mimetype
    if kind == "multipart/form-data":
        return decode(urlencode(list(asked.form.items(multi=True))))
    raw = asked.get_data(cache=False)
    if kind == "application/x-www-form-urlencoded":
        return decode(raw)
    if not raw:
        return {}
    # What is no JSON is no parameters, and no error [on-premise source of the rest module].
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {} if kind == "application/json" else decode(raw)
    if isinstance(found, list):
        return {str(number): item for number, item in enumerate(found)}
    return found if isinstance(found, dict) else {}


def _json(body: Mapping[str, Any], status: int) -> Response:
    text = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    return Response(text, status, _HEADERS, content_type="application/json; charset=utf-8")
