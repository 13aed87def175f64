"""Refusals, as amoCRM words them: problem+json, and the HTML of the nginx before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from connectors.emulation.exchange import Answer

if TYPE_CHECKING:
    from connectors.amocrm.emulator.rows import Row

PROBLEM = "application/problem+json"

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}

BLOCKED_HTML = (
    b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n"
    b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
TOO_MANY = "You have sent too many requests in a given amount of time. Please try again later."


@dataclass
class Problem(Exception):
    """A request is refused with this status; nothing of it was applied."""

    status: int
    detail: str
    extra: Row = field(default_factory=dict)

    def body(self) -> Row:
        """The JSON of the refusal."""
        title = _TITLES.get(self.status, "Error")
        kind = f"https://httpstatus.es/{self.status}"
        tail = {key: value for key, value in self.extra.items() if key != "validation-errors"}
        head = {key: value for key, value in self.extra.items() if key == "validation-errors"}
        return {**head, "title": title, "type": kind, "status": self.status, "detail": self.detail, **tail}


def unauthorized() -> Problem:
    """The token is not known, or no longer."""
    return Problem(401, "Неверный логин или пароль")


def too_many() -> Problem:
    """Too quick. The documented answer says 300 seconds; here it is what the limit really needs, 1."""
    return Problem(429, TOO_MANY, {"retry_after": 1})


def invalid(entries: list[Row]) -> Problem:
    """Items of a batch did not pass; the entries name them."""
    return Problem(400, "Request validation failed", {"validation-errors": entries})


def empty() -> Problem:
    """A write came without anything to write."""
    return Problem(400, "Request data can not be empty")


def fault_answers() -> dict[str, Answer]:
    """How injected faults look on amoCRM; those not named here look like a plain proxy's."""
    error = {
        "title": "ErrInternalServer",
        "status": 500,
        "detail": "Our team are probably already working on the elimination of the problem",
        "trace_id": "8e9b1e47-0000-0000-a4f9-0031163e1de7",
    }
    return {
        "429": Answer(429, (("Content-Type", PROBLEM),), orjson.dumps(too_many().body())),
        "500": Answer(500, (("Content-Type", PROBLEM),), orjson.dumps(error)),
    }
