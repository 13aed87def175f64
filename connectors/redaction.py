"""Keeps tokens and secrets out of whatever people may read."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
# A secret shorter than this hides nothing, and masking it would make every text unreadable.
SHORTEST = 3


class Redactor:
    """Masks the given secrets, raw and percent-encoded, wherever they stand in a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for part in _parts(secret) for form in _encodings(part)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None

    def __call__(self, text: str) -> str:
        """Return the text without a secret in it."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def __repr__(self) -> str:
        return "Redactor()"


class RedactingFilter(logging.Filter):
    """Masks secrets in records of a library that logs addresses (urllib3 does, path included)."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, masked."""
        record.msg, record.args = self._redact(record.getMessage()), ()
        return True


def _parts(secret: str) -> Iterable[str]:
    # Bitrix24's webhook is configured as `user/secret`: the secret is one without the user too.
    return (part for part in {secret, secret.rpartition("/")[2]} if len(part) >= SHORTEST)


def _encodings(secret: str) -> Iterable[str]:
    return (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
