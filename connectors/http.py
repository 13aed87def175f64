"""The one HTTP session of a connector: time-outs, limits, repeats, and errors by what the caller should do next."""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from connectors.redaction import RedactingFilter, Redactor
from integrator.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknown,
    PermanentError,
    PortalBlocked,
    RetryableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.limits import Budget
    from integrator.ports import Clock

    Parameter = str | int | Sequence[str | int]

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0
READ_ATTEMPTS = 6
# A host that cannot be reached at all is tried less often: a person waits for the sentence that says so.
CONNECT_ATTEMPTS = 3
MOST_REFUSALS = 10
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
ANSWER_LENGTH = 500
# Bytes of an answer at once: in the library's own pieces of 10 KB, a batch of Bitrix24 wakes this thread 150 times.
READ_AT_ONCE = 1 << 20
# How long a blocked portal is left alone at first; who keeps the portal's state makes it longer when it stays blocked.
BLOCK = timedelta(seconds=65)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Refused(RetryableError):
    """The CRM refused a request for being one too many: it was not applied, a write may be repeated."""


class Unreachable(RetryableError):
    """No connection came about: nothing was sent, a write may be repeated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the CRM answered; `body` is the parsed JSON, None where there is none or it does not parse.

    `location` is where a redirect points to, which is never followed.
    """

    status: int
    is_json: bool
    body: Any
    text: str = field(repr=False)
    retry_after: float | None = None
    location: str | None = None


def no_dialect(_answer: Answer) -> ConnectorError | None:
    """The CRM's HTTP statuses say everything."""
    return None


@dataclass(frozen=True, slots=True)
class Request:
    """One call; `write` tells whether repeating it could do something twice."""

    method: str
    path: str
    params: Mapping[str, Parameter] | None
    json: Any
    write: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the portal: `apply` puts it into a request (None: the address holds it), `secrets` are masked."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    apply: Callable[[Any], Any] | None = field(default=None, repr=False)


class Session:
    """Speaks JSON with one portal, one request at a time; every error is one of `integrator.errors`, without a secret.

    `classify` turns answers that mean more in this CRM than their status says into errors; it sees every answer first.
    """

    def __init__(
        self,
        base_url: str,
        budget: Budget,
        clock: Clock,
        credentials: Credentials,
        *,
        classify: Callable[[Answer], ConnectorError | None] = no_dialect,
        timeout: float = 60.0,
    ) -> None:
        parts = urlsplit(base_url)
        self.host = parts.netloc.rpartition("@")[2] or "the CRM"
        self.redact = Redactor(credentials.secrets)
        # What the CRM's own clock showed at its last answer, in Unix seconds; its Date header says so.
        self.told_at: int | None = None
        self._base_url = base_url.rstrip("/")
        self._budget = budget
        self._clock = clock
        self._classify = classify
        self._timeouts = (CONNECT_TIMEOUT, timeout)
        self._lock = threading.Lock()
        self._requests = requests.Session()
        # Proxies of the environment are for the world outside; an emulator on this machine is not there.
        self._requests.trust_env = parts.hostname not in LOOPBACK
        self._requests.auth = credentials.apply
        self._requests.headers.update({"Accept": "application/json", "User-Agent": "integrator"})
        self._filter = RedactingFilter(self.redact)
        logging.getLogger("urllib3.connectionpool").addFilter(self._filter)

    def __repr__(self) -> str:
        return f"Session({self.host})"

    def get(self, path: str, params: Mapping[str, Parameter] | None = None) -> Any:
        """Return the parsed answer; None where the CRM has nothing to say (204)."""
        return self.request(Request("GET", path, params, None, write=False))

    def post(
        self, path: str, json: Any = None, *, params: Mapping[str, Parameter] | None = None, write: bool = True
    ) -> Any:
        """Return the parsed answer; `write=False` where a POST only reads and may be repeated."""
        return self.request(Request("POST", path, params, json, write=write))

    def patch(self, path: str, json: Any) -> Any:
        """Return the parsed answer to a change."""
        return self.request(Request("PATCH", path, None, json, write=True))

    def delete(self, path: str, json: Any = None) -> Any:
        """Return the parsed answer to a removal."""
        return self.request(Request("DELETE", path, None, json, write=True))

    def request(self, request: Request) -> Any:
        """Return the parsed answer, or raise what kept it from coming after all repeats that are safe."""
        with self._lock:
            refusals = failures = 0
            while True:
                self._budget.wait()
                result = self._attempt(request)
                if isinstance(result, Answer):
                    self._budget.answered()
                    return result.body
                if isinstance(result, Refused):
                    refusals += 1
                    self._budget.refused(result.retry_after)
                else:
                    failures += 1
                    self._budget.answered()
                if not _repeatable(result, request, refusals, failures):
                    self._hold_if_blocked(result)
                    raise result
                log.info("%s; attempt %d", result, refusals + failures)
                self._pause(result, failures)

    def close(self) -> None:
        """The connections are closed."""
        with self._lock:
            self._requests.close()
        logging.getLogger("urllib3.connectionpool").removeFilter(self._filter)

    def _attempt(self, request: Request) -> Answer | ConnectorError:
        """Return the answer of one try, or the error that it means.

        The library's exceptions end here and are not chained: they carry the address, and Bitrix24's holds its secret.
        """
        answer = self._send(request)
        if isinstance(answer, ConnectorError):
            return answer
        error = self._classify(answer) or self._judge(answer, request)
        if error is None:
            return answer
        return self._masked(self._unsure(error, request))

    def _masked(self, error: ConnectorError) -> ConnectorError:
        error.args = tuple(self.redact(str(part)) for part in error.args)
        if isinstance(error, PermanentError):
            error.answer = self.redact(error.answer)
        return error

    def _send(self, request: Request) -> Answer | ConnectorError:
        body = None if request.json is None else orjson.dumps(request.json)
        try:
            reply = self._requests.request(
                request.method,
                f"{self._base_url}/{request.path.lstrip('/')}",
                params=request.params,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            )
            self.told_at = _told_at(reply)
            return _read(reply, b"".join(reply.iter_content(READ_AT_ONCE)))
        except (requests.ConnectionError, requests.Timeout) as broken:
            unreached = _why_unreached(broken)
            timed_out = isinstance(broken, requests.Timeout)
        except (requests.RequestException, HTTPError) as broken:
            return self._unsure(RetryableError(self._say(request, f"broke off ({type(broken).__name__})")), request)
        if unreached is not None:
            return Unreachable(
                f"{self.host} cannot be reached ({unreached}): check base_url, the network and whether the CRM is up."
            )
        how = f"was not answered in {self._timeouts[1]:.0f} s" if timed_out else "lost its connection"
        return self._unsure(RetryableError(self._say(request, how)), request)

    def _judge(self, answer: Answer, request: Request) -> ConnectorError | None:
        """Return what the status means by itself, None where it is a success."""
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            if answer.is_json or status == HTTPStatus.NO_CONTENT:
                return None
            return RetryableError(self._say(request, f"was answered {status}, but not with JSON"))
        told = self._told(answer)
        if status == HTTPStatus.TOO_MANY_REQUESTS or (
            status == HTTPStatus.SERVICE_UNAVAILABLE and answer.retry_after is not None
        ):
            return Refused(self._say(request, f"is one too many: {told}"), answer.retry_after)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return RetryableError(self._say(request, f"failed: {told}"), answer.retry_after)
        return self._refusal(answer, request, told)

    def _refusal(self, answer: Answer, request: Request, told: str) -> ConnectorError:
        """Return what a 3xx or 4xx that is no limit means: somebody has to act, or this request never succeeds."""
        status = answer.status
        if status < HTTPStatus.BAD_REQUEST:
            # A renamed account redirects. Following would carry the token to wherever the answer says.
            return AuthError(
                self._say(request, f"is redirected ({status}): check base_url, the account may have moved")
            )
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED):
            return AuthError(self._say(request, f"is refused: {told}"))
        if status == HTTPStatus.FORBIDDEN and not answer.is_json:
            # nginx in front of the CRM, not the CRM: the address we send from is blocked.
            until = self._clock.now() + (timedelta(seconds=answer.retry_after) if answer.retry_after else BLOCK)
            return PortalBlocked(f"{self.host} blocks our address (403, not from the CRM itself).", until)
        if status == HTTPStatus.NOT_FOUND and (answer.is_json or not answer.text):
            return NotFoundError(self._say(request, f"found nothing: {told}"), self._excerpt(answer))
        return PermanentError(self._say(request, f"is refused: {told}"), self._excerpt(answer))

    def _unsure(self, error: ConnectorError, request: Request) -> ConnectorError:
        """Return the error, as OutcomeUnknown where a write may have been applied all the same."""
        if request.write and type(error) is RetryableError:
            return OutcomeUnknown(f"{error} It may have been applied.", error.retry_after)
        return error

    def _hold_if_blocked(self, error: ConnectorError) -> None:
        if isinstance(error, PortalBlocked) and error.until is not None:
            self._budget.hold((error.until - self._clock.now()).total_seconds())

    def _pause(self, error: ConnectorError, failures: int) -> None:
        if isinstance(error, Refused):
            return  # The budget holds everybody back, us too.
        longest = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
        self._clock.sleep(longest * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing

    def _say(self, request: Request, what: str) -> str:
        return self.redact(f"{request} on {self.host} {what}.")

    def _told(self, answer: Answer) -> str:
        parts = (f"{answer.status}", *_words(answer.body)) if answer.is_json else (f"{answer.status}",)
        return self.redact(", ".join(parts))

    def _excerpt(self, answer: Answer) -> str:
        return self.redact(answer.text)[:ANSWER_LENGTH]


def _repeatable(error: ConnectorError, request: Request, refusals: int, failures: int) -> bool:
    if isinstance(error, Refused):
        return refusals < MOST_REFUSALS
    if isinstance(error, Unreachable):
        return failures < CONNECT_ATTEMPTS
    return type(error) is RetryableError and not request.write and failures < READ_ATTEMPTS


def _read(reply: requests.Response, content: bytes) -> Answer:
    try:
        body, is_json = orjson.loads(content), True
    except orjson.JSONDecodeError:
        body, is_json = None, False
    text = "" if reply.ok and is_json else content[: 4 * ANSWER_LENGTH].decode("utf-8", "replace")
    return Answer(
        reply.status_code, is_json, body, text, _retry_after(reply, body), location=reply.headers.get("Location")
    )


def _told_at(reply: requests.Response) -> int | None:
    try:
        return int(parsedate_to_datetime(reply.headers["Date"]).timestamp())
    except (KeyError, ValueError):
        return None


def _retry_after(reply: requests.Response, body: Any) -> float | None:
    """Return the seconds the CRM asks for: in the header (any proxy), or in Kommo's body (reference, 1.5)."""
    for told in (reply.headers.get("Retry-After"), body.get("retry_after") if isinstance(body, dict) else None):
        try:
            seconds = float(told)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def _words(body: Any) -> list[str]:
    """Return the sentences of an error body, whichever CRM's."""
    if not isinstance(body, dict):
        return []
    keys = ("title", "detail", "hint", "error", "error_description")
    return [str(body[key])[:200] for key in keys if body.get(key)]


def _why_unreached(error: requests.RequestException) -> str | None:
    """Return in a few words why no connection came about; None where one did, so that something may have been sent."""
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let us through"
    if isinstance(error, requests.exceptions.SSLError):
        # Other TLS errors may come after the request was sent.
        return "its certificate is not accepted" if "certificate" in str(error).lower() else None
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    # In urllib3 the refused connection is a kind of the timed-out one.
    if isinstance(reason, NewConnectionError):
        return "no such host" if "resolve" in str(reason).lower() else "connection refused"
    return "time-out" if isinstance(reason, ConnectTimeoutError) else None
