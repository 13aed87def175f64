"""How a portal is opened, and what its refusals mean (pure but for the header of an application's token).

Bitrix24 says what is wrong in `error`; the HTTP status differs between versions and is 400 for most (reference, 1.4).
`error` may be a text, empty, or a number.
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.http import Answer, Credentials, Refused
from integrator.errors import AuthError, ConnectorError, NotFoundError, PermanentError, RetryableError

if TYPE_CHECKING:
    from integrator.ports import PortalSettings

UNAUTHORISED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# When the CRM does not say for how long it refuses.
REST = 60.0
TEXT_LENGTH = 300

_WEBHOOK = re.compile(r"(?:https?://[^/]+)?/?(?:rest/)?(\d+)/([^/\s?]+)/?")

_NEW_WEBHOOK = "make a new incoming webhook in the portal and put it into the configuration"
_WHAT_TO_DO = {
    "NO_AUTH_FOUND": f"the portal does not recognise the webhook: check it, or {_NEW_WEBHOOK}",
    "INVALID_CREDENTIALS": f"the webhook's secret or user is wrong or the webhook was removed: {_NEW_WEBHOOK}",
    "EXPIRED_TOKEN": "the access token has expired or the webhook's term is over: renew it",
    "INVALID_TOKEN": "the access token is not one of this portal: link the application again",
    "AUTHORIZATION_ERROR": "the access token is not accepted: link the application again",
    "APPLICATION_NOT_FOUND": "the application is not installed on the portal any more: install it again",
    "PAYMENT_REQUIRED": "the portal's plan is not paid for",
    "METHOD_CONFIRM_WAITING": "an administrator of the portal has to confirm the use of this method",
    "METHOD_CONFIRM_DENIED": "an administrator of the portal has denied the use of this method",
    "USER_ACCESS_ERROR": "the user of the token has no access to the application",
    "WRONG_AUTH_TYPE": "this method needs an application, a webhook is not enough",
    "ALLOWED_ONLY_INTRANET_USER": "the user of the webhook has to be an employee",
    "PORTAL_DELETED": "the portal has been deleted",
    "INVALID_REQUEST": "the portal wants https: check base_url",
    "INVALID_CLIENT": "the application's client_id or client_secret is wrong",
    "INVALID_GRANT": "the application has to be linked again",
    "NOT_INSTALLED": "the application's installation on the portal is not finished",
}
_SCOPE_CODES = frozenset({"INSUFFICIENT_SCOPE", "INVALID_SCOPE"})
_NOT_FOUND_CODES = frozenset({"NOT_FOUND", "ERROR_NOT_FOUND", "OWNER_NOT_FOUND"})
_LIMIT_CODES = frozenset({"QUERY_LIMIT_EXCEEDED"})
_REST_CODES = frozenset({"OPERATION_TIME_LIMIT", "OVERLOAD_LIMIT", "OVERLOAD"})
_FAILURE_CODES = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})
_SCOPES = {"crm": "crm", "tasks": "task", "task": "task", "user": "user"}


class MissingScope(AuthError):
    """The webhook was made without a permission that is needed."""


class Denied(PermanentError):
    """The webhook's user may not read or write this; the rest of the portal is open to him."""


class Resting(RetryableError):
    """The CRM has had enough of a method, or of everything, for `retry_after` seconds; nothing was applied."""


def open_portal(settings: PortalSettings) -> tuple[str, Credentials, int | None]:
    """Return the address of the methods, what opens it, and the webhook's user; AuthError where nothing is configured.

    `secrets` hold `webhook`, `1/abc` or the whole address that the portal shows, or an application's `access_token`.
    """
    base = settings.base_url.rstrip("/")
    webhook = settings.secrets.get("webhook")
    if webhook:
        found = _WEBHOOK.fullmatch(webhook.strip())
        if found is None:
            raise AuthError(
                f"The webhook of portal {settings.name} is not of the form 1/abc123: "
                "the number of its user, a slash, its secret."
            )
        user, secret = found.groups()
        return f"{base}/rest/{user}/{secret}", Credentials(secrets=(f"{user}/{secret}",)), int(user)
    token = settings.secrets.get("access_token")
    if token:
        return f"{base}/rest", Credentials(secrets=(token,), apply=_Bearer(token)), None
    raise AuthError(
        f"Portal {settings.name} has neither a webhook nor an access token: set `auth` in the configuration."
    )


def classify(answer: Answer) -> ConnectorError | None:
    """Return what the answer means where it means something in this CRM; None leaves it to its status."""
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return _moved(answer.location)
    if not isinstance(answer.body, dict) or "error" not in answer.body:
        return None
    return refusal(answer.body, answer.status, seconds_until_reset(answer.body.get("time")))


def refusal(body: dict[str, Any], status: int = 200, reset_in: float | None = None) -> ConnectorError | None:
    """Return the error that `error` and `error_description` state; None where only the status can tell.

    An error inside a batch has no status of its own: it is taken for 200.
    """
    code = _code(body["error"])
    text = _text(code, body.get("error_description"))
    limit = _limit(code, text, reset_in)
    if limit is not None:
        return limit
    denied = _denied(code, text, status)
    if denied is not None:
        return denied
    if code in _NOT_FOUND_CODES or text.rstrip(".!").casefold() == "not found":
        return NotFoundError(f"Bitrix24 does not have it: {text}", text)
    if code in _FAILURE_CODES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RetryableError(f"Bitrix24 failed: {text}")
    # By its text: the older methods give no code (reference, 3.3).
    kind = Denied if "access denied" in text.casefold() else PermanentError
    return kind(f"Bitrix24 refuses: {text}", text)


def seconds_until_reset(time: Any) -> float | None:
    """Return for how long a method rests, by the answer's own clock; None where it does not say.

    Samples show `operating_reset_at` as a number and as a date: both are read (reference, 2.2).
    """
    if not isinstance(time, dict):
        return None
    reset, now = _seconds(time.get("operating_reset_at")), _seconds(time.get("finish") or time.get("start"))
    if not reset or not now:
        return None
    # A reset that has just passed still wants a breath before the next try.
    return max(reset - now, 1.0)


def missing_scope(method: str) -> MissingScope:
    """Return the error that says which permission to tick."""
    scope = _SCOPES.get(method.partition(".")[0].lower(), method.partition(".")[0])
    return MissingScope(
        f"The webhook lacks the permission `{scope}`, which {method} needs: "
        "tick it in the webhook's settings in the portal."
    )


class _Bearer:
    """Puts an application's token into the header; in the address it would end up in logs."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _limit(code: str, text: str, reset_in: float | None) -> ConnectorError | None:
    if code in _LIMIT_CODES:
        return Refused(f"Bitrix24 was asked too often: {text}")
    if code in _REST_CODES:
        return Resting(f"Bitrix24 wants a pause: {text}", reset_in or REST)
    return None


def _denied(code: str, text: str, status: int) -> AuthError | None:
    """Return what a person has to do; a refused right on one entity (status 400) is no reason to stop the portal."""
    if code in _SCOPE_CODES:
        return MissingScope("The webhook lacks a permission.")
    if code in _WHAT_TO_DO:
        return AuthError(f"Bitrix24 refuses us ({code}): {_WHAT_TO_DO[code]}.")
    if code == "ACCESS_DENIED" and ("commercial" in text.casefold() or status in UNAUTHORISED):
        return AuthError(f"Bitrix24 refuses us: {text} Check the portal's plan and the rights of the webhook's user.")
    if status in UNAUTHORISED:
        return AuthError(f"Bitrix24 refuses us: {text}")
    return None


def _moved(location: str | None) -> AuthError:
    host = urlsplit(location or "").netloc
    where = f"the portal is now at {host}: set base_url to https://{host}" if host else "check base_url"
    return AuthError(f"The portal's address redirects: {where}.")


def _code(error: Any) -> str:
    # An integer 0 and an empty text are codes here too; REST 3.0 has an object.
    return str(error.get("code", "")).upper() if isinstance(error, dict) else str(error).strip().upper()


def _text(code: str, description: Any) -> str:
    # Task errors end with a line break in HTML (reference, 4).
    words = re.sub(r"<br\s*/?>", " ", str(description or "")).strip()[:TEXT_LENGTH]
    return ": ".join(part for part in (code if code != "0" else "", words) if part) or "no reason given"


def _seconds(value: Any) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    for read in (float, lambda text: datetime.fromisoformat(text).timestamp()):
        try:
            return float(read(value))
        except ValueError:
            continue
    return None
