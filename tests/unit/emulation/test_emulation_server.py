import contextlib
import http.client
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from flask import Flask, request

from connectors.emulation.clock import EmulatorClock
from connectors.emulation.faults import Faults
from connectors.emulation.server import Front, serve


@contextlib.contextmanager
def running(spec="", scale=100.0):
    app, applied = Flask("toy"), []

    @app.post("/thing")
    def thing():
        applied.append(request.get_data())
        return {"length": len(request.get_data())}

    @app.get("/")
    def people():
        return "for people"

    @app.get("/empty")
    def nothing():
        return "", 204

    @app.get("/full")
    def full():
        return "one too many", 503

    front = Front(Faults.parse(spec), EmulatorClock(scale=scale))
    with serve(SimpleNamespace(app=app), host="127.0.0.1", port=0, front=front, state=applied) as server:
        yield server


def post(server, body=b"x"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("POST", "/thing", body=body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def get(server, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_connection_serves_many_requests():
    with running() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.connect()
        sock = connection.sock
        for size in (0, 10, 100_000):
            connection.request("POST", "/thing", body=b"z" * size)
            answer = connection.getresponse()
            assert b'"length":%d' % size in answer.read()
            connection.request("GET", "/empty")
            answer = connection.getresponse()
            assert (answer.status, answer.read(), answer.headers.get("Content-Length")) == (204, b"", None)
        assert connection.sock is sock
        connection.close()


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("429", 429, b"Too Many"),
        ("500", 500, b"Internal"),
        ("502", 502, b"Bad Gateway"),
        ("504", 504, b"Gateway Time-out"),
        ("html", 502, b"<html>"),
    ],
)
def test_an_answered_fault_does_not_reach_the_application(fault, status, body):
    with running(f"{fault}:1") as server:
        found, text = post(server)
        assert found == status
        assert body in text
        assert server.state == []


@pytest.mark.parametrize(("fault", "applied"), [("reset", []), ("lost_reply", [b"x"]), ("late_apply", [])])
def test_a_dropped_connection_answers_nothing(fault, applied):
    with running(f"{fault}:1", scale=1.0) as server:
        with pytest.raises((http.client.HTTPException, OSError)):
            post(server)
        assert server.state == applied


def test_late_apply_is_applied_ten_seconds_later():
    with running("late_apply:1", scale=50.0) as server:
        started = time.monotonic()
        with pytest.raises((http.client.HTTPException, OSError)):
            post(server, b"late")
        while not server.state and time.monotonic() - started < 5:
            time.sleep(0.005)
        assert server.state == [b"late"]
        assert time.monotonic() - started > 0.19


def test_slow_answers_after_five_seconds():
    with running("slow:1", scale=50.0) as server:
        started = time.monotonic()
        assert post(server)[0] == 200
        assert time.monotonic() - started > 0.09


def test_the_page_for_people_is_spared():
    with running("500:1") as server:
        assert get(server, "/") == 200


def test_many_at_once():
    with running() as server:
        found = []
        threads = [threading.Thread(target=lambda: found.append(post(server)[0])) for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [200] * 60


def test_after_closing_nobody_listens():
    with running() as server:
        port = server.port
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_requests_are_counted_and_those_refused_among_them():
    with running() as server:
        post(server)
        get(server, "/")
        get(server, "/full")
    assert str(server.traffic) == "2 requests, 1 refused"
