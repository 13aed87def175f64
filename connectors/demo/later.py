"""What comes about in both CRMs after they were read for the first time: neither tells such changes of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.amocrm.emulator import writing
from connectors.demo import vocabulary as words
from connectors.demo.clients import COMPANY_IDS, LEFT_BEHIND, PASSED_ON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.amocrm.emulator.state import State as AmocrmState
    from connectors.bitrix24.emulator.state import State as Bitrix24State
    from connectors.emulation.server import RunningServer

_TAKERS = (12, 13)


def happen(amocrm: RunningServer[Any], bitrix24: RunningServer[Any]) -> None:
    """A manager is gone, one of his clients and some of others have been given to those who stay."""
    _in_amocrm(amocrm.state)
    _in_bitrix24(bitrix24.state)


def _given() -> Mapping[int, tuple[int, ...]]:
    """Who may be given each company: the second where the first has it already."""
    numbers = (LEFT_BEHIND[-1], *PASSED_ON)
    return {COMPANY_IDS + number: _TAKERS[:: 1 if place % 2 else -1] for place, number in enumerate(numbers)}


def _in_amocrm(state: AmocrmState) -> None:
    given = _given()
    rows = {company: state.companies.get(company) for company in given}
    changes = [
        {"id": company, "responsible_user_id": _other(given[company], row["responsible_user_id"])}
        for company, row in rows.items()
        if row is not None
    ]
    writing.edit(state, "companies", changes, words.HEAD)
    with state.lock:
        leaver = state.users.rows[words.LEAVER]
        state.users.put({**leaver, "rights": {**leaver["rights"], "is_active": False}})


def _in_bitrix24(state: Bitrix24State) -> None:
    for company, takers in _given().items():
        row = state["crm.company"].get(company)
        if row is not None:
            taker = _other(takers, int(row["ASSIGNED_BY_ID"]))
            state.update("crm.company", company, {"ASSIGNED_BY_ID": str(taker)}, user=words.HEAD)
    state.update("user", words.LEAVER, {"ACTIVE": False}, user=words.HEAD)


def _other(takers: tuple[int, ...], now: int) -> int:
    return next(taker for taker in takers if taker != now)
