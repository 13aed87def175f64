"""Every error the product raises, in one tree ordered by what the caller should do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file an admin wrote; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class IntegratorError(Exception):
    """Something the product refuses or cannot do; its text is for people and holds no secret."""

    exit_status = 1


class ConfigError(IntegratorError):
    """A file has to be edited; `problems` lists every mistake with its place."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(sorted(problems))
        text = problems if isinstance(problems, str) else "\n".join(str(problem) for problem in self.problems)
        super().__init__(text)


class RuleErrors(ConfigError):
    """One or more rule packs have to be edited."""


class StoreError(IntegratorError):
    """The database cannot be used; the text says what to do."""

    exit_status = 3


class EngineError(IntegratorError):
    """The inference engine failed where the rules are sound; the text says on what."""


class ConnectorError(IntegratorError):
    """A CRM did not do what was asked."""

    exit_status = 3


class RetryableError(ConnectorError):
    """The same request may succeed later: a limit, an outage, a time-out."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(RetryableError):
    """A write may have happened or not: look it up in the CRM before repeating it."""


class PermanentError(ConnectorError):
    """The request will never succeed as it is; `answer` is the CRM's own, redacted."""

    def __init__(self, message: str, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer


class NotFoundError(PermanentError):
    """The CRM does not have (or no longer has) the entity asked for."""


class AuthError(ConnectorError):
    """The portal refuses us: nothing more is sent to it until a person acts."""


class PortalBlocked(AuthError):
    """The CRM blocks our address: the portal is probed again at `until` and not before."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class HookRejected(IntegratorError):
    """A hook is refused with an HTTP status and counted; it is never stored."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
