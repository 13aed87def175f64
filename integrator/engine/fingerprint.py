"""The hash of a rule set: the same wherever the same rules with the same parameters are loaded."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date, datetime
from typing import Any

# Where a rule stands in its file, and what it is tested with, does not change what it means.
_LEFT_OUT = frozenset({"source", "examples"})


def fingerprint(*parts: Any) -> str:
    """Return `sha256:` with the hash of what the parts (dataclasses and plain values) mean."""
    text = json.dumps([_meaning(part) for part in parts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _meaning(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        fields = [one.name for one in dataclasses.fields(value) if one.name not in _LEFT_OUT]
        return {"of": type(value).__name__, **{name: _meaning(getattr(value, name)) for name in fields}}
    if isinstance(value, dict):
        return {str(key): _meaning(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_meaning(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return {"at": value.isoformat()} if isinstance(value, date | datetime) else value
