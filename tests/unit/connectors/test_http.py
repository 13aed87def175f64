import http.server
import logging
import socket
import threading
import traceback
from datetime import timedelta
from urllib.parse import quote

import orjson
import pytest
import requests
import responses
from responses.registries import OrderedRegistry

from connectors.http import READ_ATTEMPTS, Answer, Refused, Unreachable
from integrator.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknown,
    PermanentError,
    PortalBlocked,
    RetryableError,
)

SECRET = "s3/кр ет+x"
URL = "http://crm.test/api/x"
HTML = "<html><h1>403 Forbidden</h1>nginx</html>"


def answered(session, status, body="", *, write=False, kind="application/problem+json", **headers):
    """Return the error and how many requests were sent."""
    text = body if isinstance(body, str) else orjson.dumps(body)
    with responses.RequestsMock() as crm:
        crm.add("POST" if write else "GET", URL, body=text, status=status, content_type=kind, headers=headers)
        with pytest.raises(ConnectorError) as caught:
            _ = session.post("api/x", {"a": 1}) if write else session.get("api/x")
        return caught.value, len(crm.calls)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"title": "Unauthorized"}, AuthError),
        (402, {"title": "Payment Required"}, AuthError),
        (403, HTML, PortalBlocked),
        (403, {"title": "Forbidden"}, PermanentError),
        (404, {"title": "Not Found"}, NotFoundError),
        (404, HTML, PermanentError),
        (400, {"title": "Bad Request"}, PermanentError),
        (422, {"title": "Unprocessable Entity"}, PermanentError),
        (405, {"title": "Method Not Allowed"}, PermanentError),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_a_refusal_is_told_at_once(make_session, status, body, error, write):
    found, sent = answered(make_session(), status, body, write=write)
    assert type(found) is error
    assert sent == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {"title": "ErrInternalServer"}), (502, HTML), (504, HTML), (503, HTML), (200, HTML), (200, "")],
)
class TestNobodyKnows:
    def test_a_read_is_repeated_and_then_left_for_later(self, make_session, clock, status, body):
        error, sent = answered(make_session(), status, body)
        assert type(error) is RetryableError
        assert sent == READ_ATTEMPTS
        assert 3 < clock.passed < 40

    def test_a_write_is_never_repeated(self, make_session, status, body):
        error, sent = answered(make_session(), status, body, write=True)
        assert type(error) is OutcomeUnknown
        assert sent == 1


@pytest.mark.parametrize(
    "broken", [requests.ReadTimeout(), requests.ConnectionError("dropped"), requests.exceptions.ChunkedEncodingError()]
)
def test_a_broken_connection_leaves_a_write_unknown(make_session, broken):
    with responses.RequestsMock() as crm:
        crm.add("PATCH", URL, body=broken)
        with pytest.raises(OutcomeUnknown):
            make_session().patch("api/x", {})
        assert len(crm.calls) == 1


def test_a_read_survives_five_failures(make_session):
    with responses.RequestsMock(registry=OrderedRegistry) as crm:
        crm.add("GET", URL, status=500)
        crm.add("GET", URL, body=requests.ConnectionError())
        crm.add("GET", URL, body=HTML, status=502)
        crm.add("GET", URL, body=requests.ReadTimeout())
        crm.add("GET", URL, body='{"half":', status=200)
        crm.add("GET", URL, json={"whole": True})
        assert make_session().get("api/x") == {"whole": True}


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("status", "body", "headers", "pause"),
    [
        (429, {"title": "Too Many Requests", "retry_after": 7}, {}, 7),
        (429, "Too Many Requests", {}, 1),
        (429, "", {"Retry-After": "12"}, 12),
        (503, HTML, {"Retry-After": "3"}, 3),
    ],
)
def test_a_limit_is_obeyed_and_the_request_repeated(make_session, clock, *, write, status, body, headers, pause):
    method = "POST" if write else "GET"
    with responses.RequestsMock(registry=OrderedRegistry) as crm:
        crm.add(method, URL, body=body if isinstance(body, str) else orjson.dumps(body), status=status, headers=headers)
        crm.add(method, URL, json={"id": 1})
        session = make_session()
        assert (session.post("api/x", {}) if write else session.get("api/x")) == {"id": 1}
    assert clock.passed == pytest.approx(pause)


def test_a_long_pause_is_left_to_who_calls(make_session, clock):
    error, sent = answered(make_session(), 429, {"retry_after": 300}, write=True)
    assert sent == 1
    assert isinstance(error, RetryableError)
    assert not isinstance(error, OutcomeUnknown)
    assert error.retry_after == pytest.approx(300)
    assert clock.passed == 0


def test_endless_refusals_end(make_session, clock):
    error, sent = answered(make_session(), 429, "no", write=True)
    assert type(error) is Refused
    assert 5 <= sent <= 20
    assert clock.passed > 30


def test_a_blocked_address_is_left_alone(make_session, clock):
    session = make_session()
    error, _sent = answered(session, 403, HTML)
    assert timedelta(minutes=1) < error.until - clock.now() < timedelta(minutes=2)
    with responses.RequestsMock() as crm:
        with pytest.raises(RetryableError):
            session.get("api/x")
        assert not crm.calls


def test_a_redirect_is_not_followed(make_session):
    error, sent = answered(make_session(), 301, Location="http://elsewhere.test/")
    assert type(error) is AuthError
    assert "base_url" in str(error)
    assert sent == 1


def test_nothing_is_an_answer(make_session):
    with responses.RequestsMock() as crm:
        crm.add("GET", URL, status=204)
        assert make_session().get("api/x") is None


def test_a_crm_may_mean_more_than_its_status(make_session):
    def classify(answer: Answer) -> ConnectorError | None:
        return Refused(answer.body["error"]) if isinstance(answer.body, dict) and "error" in answer.body else None

    with responses.RequestsMock(registry=OrderedRegistry) as crm:
        crm.add("POST", URL, json={"error": "QUERY_LIMIT_EXCEEDED"}, status=503)
        crm.add("POST", URL, json={"error": "QUERY_LIMIT_EXCEEDED"}, status=200)
        crm.add("POST", URL, json={"result": 5})
        assert make_session(classify=classify).post("api/x") == {"result": 5}


def test_a_post_that_reads_is_repeated(make_session):
    with responses.RequestsMock(registry=OrderedRegistry) as crm:
        crm.add("POST", URL, status=500)
        crm.add("POST", URL, json={"result": []})
        assert make_session().post("api/x", {}, write=False) == {"result": []}


def test_an_unreachable_host_is_one_sentence(make_session):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}/rest/1/{quote(SECRET, safe='')}"
        with pytest.raises(
            Unreachable, match=r"^127\.0\.0\.1:\d+ cannot be reached \(connection refused\): check base_url"
        ):
            make_session(base).post("x", {})


def test_no_such_host_is_one_sentence(make_session, monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match=r"^nowhere\.test cannot be reached \(no such host\)"):
        make_session("http://nowhere.test").get("x")


class _Echo(http.server.BaseHTTPRequestHandler):
    """Says back whatever it was told, secrets too, and drops what comes to /drop."""

    def do_GET(self) -> None:
        if self.path.endswith("/drop"):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = orjson.dumps({"error": f"no {self.path} for {SECRET}"})
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def echo():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/rest/1/{quote(SECRET, safe='')}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["told", "drop"])
def test_a_secret_leaves_by_no_way(make_session, echo, path, caplog):
    caplog.set_level(logging.DEBUG)
    session = make_session(echo)
    with pytest.raises(ConnectorError) as caught:
        session.get(path)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = [*map(repr, (session, error, error.args)), getattr(error, "answer", ""), caplog.text]
    shown += traceback.format_exception(error)
    assert path == "drop" or "GET /rest/1/***/" in caplog.text  # the library's own log, masked
    for text in shown:
        for secret in (SECRET, quote(SECRET), quote(SECRET, safe="")):
            assert secret.lower() not in text.lower()


def test_one_request_at_a_time(make_session):
    inside, most = 0, 0
    lock = threading.Lock()

    def slowly(_request):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.01)
        with lock:
            inside -= 1
        return (200, {}, "{}")

    session = make_session()
    with responses.RequestsMock() as crm:
        crm.add_callback("GET", URL, slowly)
        threads = [threading.Thread(target=session.get, args=("api/x",)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1
