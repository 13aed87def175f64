"""OAuth of the emulated account: a code and a refresh token to begin with, both good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from connectors.amocrm.emulator.rows import Row
    from connectors.emulation.clock import EmulatorClock

FIRST_CODE = "CODE"
FIRST_REFRESH = "REFRESH"
ACCESS_SECONDS = 86_400


class OAuthProblem(Exception):
    """The token endpoint refuses; its bodies carry a `hint`, unlike all others."""

    def __init__(self, status: int, hint: str) -> None:
        super().__init__(hint)
        self.status = status
        self.hint = hint

    def body(self) -> Row:
        """The JSON as seen with a refresh token that was used before."""
        return {
            "hint": self.hint,
            "title": "Некорректный запрос",
            "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
            "status": self.status,
            "detail": "В запросе отсутствует ряд параметров или параметры невалидны",
        }


class OAuth:
    """Which tokens are good. `token` is accepted whatever its form; without it only issued ones are."""

    def __init__(self, clock: EmulatorClock, token: str | None, secret: str | None) -> None:
        self._clock = clock
        self._token = token
        self._secret = secret
        self._lock = threading.Lock()
        self._codes = {FIRST_CODE}
        self._refresh = {FIRST_REFRESH}
        self._access: dict[str, int] = {}

    def accepts(self, authorization: str) -> bool:
        """Whether the header carries a token that is good now."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            return False
        # Bytes, because compare_digest refuses texts beyond ASCII.
        if self._token is not None and hmac.compare_digest(token.strip().encode(), self._token.encode()):
            return True
        with self._lock:
            expires = self._access.get(token.strip())
        return expires is not None and self._clock.timestamp() < expires

    def knows_refresh(self, token: str) -> bool:
        """Whether this refresh token is unused."""
        with self._lock:
            return token in self._refresh

    def exchange(self, body: Row, claims: Row) -> Row:
        """A new pair of tokens for a code or a refresh token, which is used up by that."""
        names = ("client_id", "client_secret", "grant_type", "redirect_uri")
        if any(not isinstance(body.get(name), str) for name in names):
            raise OAuthProblem(400, "Check the parameters of the request")
        if self._secret is not None and not hmac.compare_digest(body["client_secret"].encode(), self._secret.encode()):
            raise OAuthProblem(401, "Client authentication failed")
        self._use_up(body)
        now = self._clock.timestamp()
        expires = now + ACCESS_SECONDS
        times = {"iat": now, "nbf": now, "exp": expires}
        access = self._jwt({"aud": body["client_id"], "jti": secrets.token_hex(16), **times, "sub": "", **claims})
        refresh = secrets.token_hex(48)
        with self._lock:
            self._access[access] = expires
            self._refresh.add(refresh)
        return {"token_type": "Bearer", "expires_in": ACCESS_SECONDS, "access_token": access, "refresh_token": refresh}

    def _use_up(self, body: Row) -> None:
        key, good, status = {
            "authorization_code": ("code", self._codes, 400),
            "refresh_token": ("refresh_token", self._refresh, 401),
        }.get(body["grant_type"], ("", set(), 400))
        if not key:
            raise OAuthProblem(400, "The grant type is not supported")
        with self._lock:
            if body.get(key) not in good:
                hint = "Token has been revoked" if key == "refresh_token" else "Authorization code has been revoked"
                raise OAuthProblem(status, hint)
            good.discard(body[key])

    def _jwt(self, claims: Row) -> str:
        head = _base64({"typ": "JWT", "alg": "HS256"})
        text = f"{head}.{_base64(claims)}"
        signature = hmac.new((self._secret or "emulator").encode(), text.encode(), hashlib.sha256).digest()
        return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _base64(value: Row) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()
