"""Tokens: the endpoint for programs, and the consent page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import orjson
from flask import Blueprint, Response, redirect, request

from connectors.amocrm.emulator import answers
from connectors.amocrm.emulator.oauth import FIRST_CODE, OAuth, OAuthProblem
from connectors.amocrm.emulator.problems import PROBLEM, Problem, unauthorized

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from connectors.amocrm.emulator.rows import Row
    from connectors.amocrm.emulator.state import State


def auth_routes(state: State, oauth: OAuth) -> Blueprint:
    """The routes under /oauth and /oauth2."""
    routes = Blueprint("auth", __name__)

    @routes.post("/oauth2/access_token")
    def tokens() -> Response:
        try:
            return Response(orjson.dumps(oauth.exchange(_given(), _claims(state))), content_type="application/json")
        except OAuthProblem as problem:
            return Response(orjson.dumps(problem.body()), problem.status, content_type=PROBLEM)

    @routes.get("/oauth2/account/current/subdomain")
    def subdomain() -> Response:
        if not oauth.knows_refresh(request.headers.get("X-Refresh-Token", "")):
            raise unauthorized()
        name = state.account["subdomain"]
        return Response(
            orjson.dumps(
                {"id": state.account["id"], "subdomain": name, "domain": request.host, "top_level_domain": "ru"}
            ),
            content_type="application/json",
        )

    @routes.get("/oauth")
    def consent() -> AnyResponse:
        target = request.args.get("redirect_uri", "")
        query = {"code": FIRST_CODE, "referer": request.host, "state": request.args.get("state", ""),
                 "platform": "1", "client_id": request.args.get("client_id", "")}  # fmt: skip
        # The real service knows the redirect address of the integration; the emulator has to be told.
        if urlsplit(target).scheme not in ("http", "https"):
            return Response(f"Код авторизации: {FIRST_CODE}. Укажите redirect_uri, чтобы вернуться с ним.",
                            content_type="text/plain; charset=utf-8")  # fmt: skip
        return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(query)}")

    return routes


def _given() -> Row:
    if request.form:
        return dict(request.form)
    try:
        given: Any = answers.body()
    except Problem:
        given = None
    return given if isinstance(given, dict) else {}


def _claims(state: State) -> Row:
    return {
        "sub": str(state.user),
        "account_id": state.account["id"],
        "base_domain": "amocrm.ru",
        "api_domain": request.host,
        "scopes": ["crm", "notifications"],
    }
