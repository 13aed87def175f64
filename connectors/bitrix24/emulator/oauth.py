"""The authorisation server: one code and one refresh token to begin with, each good for one use."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from connectors.bitrix24.emulator.events import MEMBER_ID
from connectors.bitrix24.emulator.methods_common import SCOPES
from connectors.bitrix24.emulator.replies import RestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.bitrix24.emulator.state import State

LIFE = 3600
CODE_LIFE = 30
FIRST_CODE, FIRST_REFRESH = "CODE", "REFRESH"


@dataclass(slots=True)
class OAuth:
    """Gives out tokens and knows which of them are still good."""

    state: State
    secret: str | None
    user: int
    _codes: dict[str, float] = field(default_factory=lambda: {FIRST_CODE: float("inf")})
    _refresh: set[str] = field(default_factory=lambda: {FIRST_REFRESH})
    _access: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the token endpoint; RestError where it refuses."""
        kind = params.get("grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            raise RestError("invalid_request", "Unsupported grant_type")
        if not params.get("client_id") or (self.secret is not None and params.get("client_secret") != self.secret):
            raise RestError("invalid_client", "Client credentials are invalid")
        with self._lock:
            if not self._spent(str(kind), params):
                raise RestError("invalid_grant", "Invalid authorization code or refresh token")
            return self._issue()

    def check(self, token: str) -> None:
        """Nothing when the access token is good; RestError says why not."""
        expires = self._access.get(token)
        if expires is None:
            raise RestError("invalid_token", "Unable to get application by token", 401)
        if expires <= self._now():
            raise RestError("expired_token", "The access token provided has expired.", 401)

    def authorize(self, params: Mapping[str, Any], target: str) -> str:
        """The address the browser is sent back to, with a code that lives 30 seconds."""
        code = secrets.token_hex(16)
        with self._lock:
            self._codes[code] = self._now() + CODE_LIFE
        told = {"code": code, "state": params.get("state", ""), "domain": self._domain(), "member_id": MEMBER_ID}
        told |= {"scope": ",".join(SCOPES), "server_domain": self._domain()}
        return f"{target}{'&' if '?' in target else '?'}{urlencode(told)}"

    def app_tokens(self) -> dict[str, Any]:
        """What an event to a handler of the application carries besides the outgoing webhook's part."""
        with self._lock:
            issued = self._issue()
        return {name: str(issued[name]) for name in ("access_token", "expires_in", "scope", "status")}

    def expire(self) -> None:
        """Every access token given out is expired now: for tests of refreshing."""
        with self._lock:
            self._access = dict.fromkeys(self._access, 0.0)

    def _spent(self, kind: str, params: Mapping[str, Any]) -> bool:
        if kind == "refresh_token":
            token = str(params.get("refresh_token"))
            known = token in self._refresh
            self._refresh.discard(token)
            return known
        return self._codes.pop(str(params.get("code")), 0.0) > self._now()

    def _issue(self) -> dict[str, Any]:
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        expires = self._now() + LIFE
        self._access[access] = expires
        self._refresh.add(refresh)
        endpoint = f"{self.state.base_url}/rest/"
        return {
            "access_token": access,
            "client_endpoint": endpoint,
            "domain": self._domain(),
            "expires": int(expires),
            "expires_in": LIFE,
            "member_id": MEMBER_ID,
            "refresh_token": refresh,
            "scope": ",".join(SCOPES),
            "server_endpoint": endpoint,
            "status": "L",
            "user_id": self.user,
        }

    def _now(self) -> float:
        return self.state.clock.now().timestamp()

    def _domain(self) -> str:
        return urlsplit(self.state.base_url).netloc
