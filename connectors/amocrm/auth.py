"""How amoCRM knows us: a bearer token, long-lived or of OAuth (reference, 1.1 and 1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.http import Credentials
from integrator.errors import AuthError

if TYPE_CHECKING:
    from integrator.ports import PortalSettings


class Bearer:
    """Puts the token into a request; shows it nowhere else."""

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        """Return the request with its Authorization header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "Bearer(***)"


def credentials(settings: PortalSettings) -> Credentials:
    """Return what opens the portal; AuthError when its token is not there yet."""
    token = settings.secrets.get("token", "")
    if not token:
        raise AuthError(f"Portal {settings.name} has no token: set auth.long_lived_token or link it by OAuth.")
    return Credentials(tuple(settings.secrets.values()), Bearer(token))
