import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.emulation.clock import EmulatorClock
from connectors.emulation.faults import Faults
from connectors.emulation.hooks import HookSender, no_repeats


class Receiver:
    def __init__(self):
        self.status = 200
        self.bodies = []
        outer = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, count, seconds=5.0):
        deadline = time.monotonic() + seconds
        while len(self.bodies) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return len(self.bodies)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def sender(spec="", scale=1000.0, schedule=no_repeats, answered=None):
    return HookSender(EmulatorClock(scale=scale), Faults.parse(spec), schedule, answered=answered)


def test_hooks_arrive_in_order(receiver):
    hooks = sender()
    for number in range(20):
        hooks.send(receiver.url, b"%d" % number, {})
    assert hooks.drain()
    assert receiver.bodies == [b"%d" % number for number in range(20)]


def test_a_lost_hook_never_comes(receiver):
    hooks = sender("lost_hook:1")
    hooks.send(receiver.url, b"x", {})
    assert hooks.drain()
    time.sleep(0.05)
    assert receiver.bodies == []


def test_a_double_hook_comes_twice(receiver):
    hooks = sender("double_hook:1")
    hooks.send(receiver.url, b"x", {})
    assert receiver.wait(2) == 2
    assert receiver.bodies == [b"x", b"x"]


def test_a_late_hook_comes_ten_seconds_late(receiver):
    hooks = sender("late_hook:1", scale=50.0)
    started = time.monotonic()
    hooks.send(receiver.url, b"x", {})
    assert receiver.wait(1) == 1
    assert 0.19 < time.monotonic() - started < 2


def test_repeats_follow_the_schedule_and_end(receiver):
    receiver.status = 500
    told = []
    hooks = sender(
        schedule=lambda attempts, _status: 1.0 if attempts < 3 else None,
        answered=lambda url, status: told.append((url, status)),
    )
    hooks.send(receiver.url, b"x", {})
    assert receiver.wait(3) == 3
    time.sleep(0.05)
    assert receiver.bodies == [b"x"] * 3
    assert told == [(receiver.url, 500)] * 3


def test_nobody_listening_is_status_0():
    told = []
    hooks = sender(answered=lambda _url, status: told.append(status))
    hooks.send("http://127.0.0.1:1/", b"x", {})
    hooks.send("no address at all", b"x", {})
    assert hooks.drain()
    assert told == [0, 0]


def test_after_closing_nothing_is_sent(receiver):
    hooks = sender()
    hooks.close()
    hooks.send(receiver.url, b"x", {})
    time.sleep(0.05)
    assert receiver.bodies == []
