"""The emulator put together: the state, the gate, OAuth, the routes, and the server under them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from connectors.amocrm.emulator import answers, people, problems
from connectors.amocrm.emulator.gate import Gate
from connectors.amocrm.emulator.oauth import OAuth
from connectors.amocrm.emulator.problems import Problem
from connectors.amocrm.emulator.routes_auth import auth_routes
from connectors.amocrm.emulator.routes_catalogs import catalog_routes
from connectors.amocrm.emulator.routes_entities import entity_routes
from connectors.amocrm.emulator.routes_notes import note_routes
from connectors.amocrm.emulator.routes_settings import settings_routes
from connectors.amocrm.emulator.state import State
from connectors.emulation import page
from connectors.emulation.clock import EmulatorClock
from connectors.emulation.faults import Faults
from connectors.emulation.server import EmulatorOptions, Front, RunningServer, serve

FOR_PEOPLE = frozenset({"/", "/oauth"})


@dataclass(frozen=True, slots=True)
class _Emulator:
    app: Flask


def start(options: EmulatorOptions) -> RunningServer[State]:
    """The emulator listens until it is closed."""
    faults = Faults.parse(options.faults, options.seed)
    clock = EmulatorClock(options.clock, options.time_scale)
    if not options.data.is_dir():
        raise ValueError(f"There is no folder {options.data}.")
    state = State(options.data, options.user, clock)
    oauth = OAuth(clock, options.token, options.secret)
    app = build(state, oauth, Gate(clock, active=options.rate_limit))
    front = Front(faults, clock, problems.fault_answers(), lambda path: path in FOR_PEOPLE)
    server = serve(
        _Emulator(app), host=options.host, port=options.port, front=front, state=state, on_close=[state.hooks.close]
    )
    state.hooks.start(faults, options.event_handler, server.url)
    return server


def build(state: State, oauth: OAuth, gate: Gate) -> Flask:
    """The application alone, without a socket."""
    app = Flask("amocrm-emulator", static_folder=None)
    app.url_map.strict_slashes = False
    app.before_request(lambda: _pass(state, oauth, gate))
    app.after_request(answers.stamp)
    app.register_error_handler(Problem, answers.refused)
    app.register_error_handler(HTTPException, _http_error)
    app.add_url_rule("/", "people", lambda: page.render(people.sheet(state)))
    app.register_blueprint(auth_routes(state, oauth))
    app.register_blueprint(settings_routes(state))
    app.register_blueprint(catalog_routes(state))
    app.register_blueprint(entity_routes(state))
    app.register_blueprint(note_routes(state))
    return app


def _pass(state: State, oauth: OAuth, gate: Gate) -> Response | None:
    """None when the request may go on to its route."""
    if request.path in FOR_PEOPLE:
        return None
    if gate.blocked():
        return Response(problems.BLOCKED_HTML, 403, content_type="text/html")
    if not request.path.startswith("/api/"):
        return None
    if not gate.allow():
        if state.plain_429:
            return Response(b"Too Many Requests", 429, content_type="text/plain")
        raise problems.too_many()
    if not oauth.accepts(request.headers.get("Authorization", "")):
        raise problems.unauthorized()
    user = request.headers.get("X-Context-User-ID")
    if user is not None and (not user.isdecimal() or state.users.get(int(user)) is None):
        raise problems.unauthorized()
    return None


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        return answers.refused(Problem(405, "Method Not Allowed"))
    if error.code == 404:  # noqa: PLR2004
        return answers.refused(Problem(404, f"Cannot {request.method} {request.base_url}"))
    return answers.refused(Problem(error.code or 500, error.description or ""))
