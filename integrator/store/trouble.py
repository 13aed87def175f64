"""What a database's refusal means to the person who runs the product."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from integrator.errors import StoreError
from integrator.store.engines import shown

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.exc import DBAPIError

# What the driver says → what it means and what to do; `{address}` never holds the password.
SENTENCES: dict[str, str] = {
    r"unable to open database file": (
        "{address} cannot be opened; check that the folder exists and that this user may write there,"
        " or set another `database` in the configuration"
    ),
    r"readonly database|read-only": (
        "{address} may only be read; give this user the right to write the file and its folder,"
        " or set another `database` in the configuration"
    ),
    r"not a database|malformed": (
        "{address} is not a database, or is damaged; put a backup in its place,"
        " or set another `database` in the configuration"
    ),
    r"database is locked|database table is locked": (
        "{address} is locked by another program for more than half a minute; end that program and try again"
    ),
    r"disk I/O error|disk is full|No space left": (
        "{address} cannot be written; make room on its disk, look at the disk's health, and try again"
    ),
    r"password authentication failed|no password supplied|role .* does not exist": (
        "{address} refuses the user or the password; correct `database` in the configuration"
    ),
    r'database ".*" does not exist': (
        "{address} does not exist on the server; create it (createdb), or correct `database` in the configuration"
    ),
    r"permission denied": ("{address} refuses this user; grant him the right to create and write tables there"),
    r"no such table|relation .* does not exist": (
        "{address} has no tables of this version yet; run `integrator sync` first"
    ),
}
AWAY = "{address} cannot be reached; start the server, check host, port and network, or correct `database`"


def translate(error: DBAPIError, address: URL) -> Exception:
    """Return a StoreError in words; a mistake of our own (a broken constraint, wrong SQL) is returned as it is."""
    told = str(error.orig)
    named = f"the database {shown(address)}"
    for pattern, sentence in SENTENCES.items():
        if re.search(pattern, told):
            return StoreError(sentence.format(address=named))
    if type(error).__name__ in {"OperationalError", "InterfaceError"}:
        return StoreError(f"{AWAY.format(address=named)}{_last_words(told, address)}")
    return error


def _last_words(told: str, address: URL) -> str:
    """Return the driver's first line, in brackets, where it is sure to hold no password."""
    line = told.strip().splitlines()[0] if told.strip() else ""
    passwords = {str(address.password), *map(str, address.query.values())} - {"None", ""}
    if not line or any(password in line for password in passwords):
        return ""
    return f" ({line})"
