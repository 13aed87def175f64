"""Regular expressions in linear time, whatever the pattern and the text: RE2's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST = 500


def matches(text: str, pattern: str) -> bool:
    """Return True when the pattern is found anywhere in the text; capital and small letters are the same."""
    return _compiled(pattern).search(_sound(text)) is not None


def wrong_pattern(pattern: str) -> str:
    """Return a sentence that says why the pattern cannot be used, or an empty text."""
    if len(pattern) > LONGEST:
        return f"the pattern is longer than {LONGEST} characters; split it"
    try:
        import re2
    except ImportError:
        return "patterns need the library google-re2, which is not installed for this Python; use `mentions`"
    try:
        _compiled(pattern)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        return f"the pattern cannot be read: {said} (look-around and back references do not exist here)"
    return ""


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(_sound(pattern), options)


def _sound(text: str) -> str:
    """Return the text without halves of characters, which the library cannot take."""
    return text.encode("utf-8", "replace").decode("utf-8")
