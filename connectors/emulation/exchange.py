"""One HTTP/1.1 exchange over a socket: a request in, a WSGI call, an answer out or the connection dropped.

Werkzeug's own server closes every connection after one answer; a client that keeps connections must be met as the
real services meet it, so the exchange is our own.
"""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IDLE_SECONDS = 120
MAX_BODY = 64 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def call_app(app: Wsgi, environ: dict[str, Any]) -> Answer:
    """What the application answers, fully read."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda _chunk: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return Answer(int(status.split(" ", 1)[0]), tuple(headers), body)


class ExchangeHandler(BaseHTTPRequestHandler):
    """Serves the requests of one connection by `server.exchange`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS

    def version_string(self) -> str:
        """Both services stand behind nginx and say so."""
        return "nginx"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer is the CRM's own time, as its clients may rely on."""
        return super().date_time_string(self.server.exchange.now() if timestamp is None else timestamp)  # type: ignore[attr-defined]

    def respond(self) -> None:
        """One request has been answered, or its connection dropped."""
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._write(Answer(411, (("Content-Type", "text/plain"),), b"A Content-Length is needed."))
            return
        environ = self._environ(self.rfile.read(int(length)))
        answer = self.server.exchange(environ, call_app)  # type: ignore[attr-defined]
        if answer is None:
            self._drop()
        else:
            self._write(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = respond  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - a name of http.server
        """Nothing is logged."""

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port, *_ = self.connection.getsockname()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            # WSGI wants the bytes of the path as latin-1.
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        for name, value in answer.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _drop(self) -> None:
        """The peer sees the connection reset."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            # Linger 0 makes the coming close an RST, which a client cannot take for an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
