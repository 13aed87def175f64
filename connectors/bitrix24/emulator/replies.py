"""What a method answers, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PAGE = 50


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a method; lists have a total, all but the last page a next."""

    result: Any
    total: int | None = None
    next: int | None = None


class RestError(Exception):
    """A refusal: `code` may be text, empty text or a number, the status is 400 where nothing else is documented."""

    def __init__(self, code: str | int, description: str, status: int = 400, **extra: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON of the refusal."""
        return {"error": self.code, "error_description": self.description, **self.extra}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a method ran."""

    start: float
    finish: float
    operating: float = 0.0
    operating_reset_at: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)
