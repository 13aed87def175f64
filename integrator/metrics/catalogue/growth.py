"""What more a client could buy: turnover and range."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrator.domain.invariants import Invariant
    from integrator.metrics.catalogue.rows import Absence, Row

DEAL: tuple[Row, ...] = ()
CLIENT: tuple[Row, ...] = ()
MANAGER: tuple[Row, ...] = ()
INVARIANTS: tuple[Invariant, ...] = ()
ABSENT: dict[tuple[str, str], Absence] = {}
FIELDS: dict[str, str] = {}
PARAMS: dict[str, object] = {}
