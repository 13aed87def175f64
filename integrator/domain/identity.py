"""By what two cards are known for one client: kept as digests, so that no number and no address is stored."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

_LOCAL_DIGITS = 10  # of a phone number that say who it is; before them stand 8, +7 or another country's code
_SHORTEST_PHONE, _TAX_NUMBERS = 7, (10, 12)
_SIZE = 12  # bytes


class Identity(StrEnum):
    """What a key is made of."""

    PHONE = "phone"
    EMAIL = "email"
    TAX_NUMBER = "tax"


def identity(portal: str, kind: Identity, value: str) -> str | None:
    """Return the key of a phone number, an address or a tax number; None where the value is none.

    The same value gives other keys in another portal.
    """
    written = _WRITTEN[kind](value)
    if not written:
        return None
    return hashlib.blake2b(f"{kind}:{written}".encode(), digest_size=_SIZE, key=portal.encode()[:64]).hexdigest()


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return digits[-_LOCAL_DIGITS:] if len(digits) >= _SHORTEST_PHONE else ""


def _email(value: str) -> str:
    address = value.strip().casefold()
    return address if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address) else ""


def _tax_number(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return digits if len(digits) in _TAX_NUMBERS else ""


_WRITTEN = {Identity.PHONE: _phone, Identity.EMAIL: _email, Identity.TAX_NUMBER: _tax_number}
