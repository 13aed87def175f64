"""What comes about in both emulated CRMs after they were read for the first time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.amocrm import emulator as amocrm_emulator
from connectors.bitrix24 import emulator as bitrix24_emulator
from connectors.demo import later, vocabulary
from connectors.emulation.server import EmulatorOptions

if TYPE_CHECKING:
    from connectors.demo.model import Business
    from tests.unit.demo.conftest import Folder

CLOCK = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


def test_one_manager_leaves_and_the_same_clients_change_hands(whole: Business, amo: Folder, b24: Folder) -> None:
    options = [EmulatorOptions(data=folder.path, rate_limit=False, clock=CLOCK) for folder in (amo, b24)]
    with amocrm_emulator.create(options[0]) as amocrm, bitrix24_emulator.create(options[1]) as bitrix24:
        later.happen(amocrm, bitrix24)
        ours, theirs = amocrm.state, bitrix24.state
        gone = {row["id"] for row in ours.users.rows.values() if not row["rights"]["is_active"]}
        assert gone == {int(row["ID"]) for row in theirs["user"] if not row["ACTIVE"]}
        assert vocabulary.LEAVER in gone
        before = {company.id: company.responsible_id for company in whole.companies}
        given = {
            number: row["responsible_user_id"]
            for number, row in ours.companies.rows.items()
            if row["responsible_user_id"] != before[number]
        }
        assert {number: int(theirs["crm.company"].rows[number]["ASSIGNED_BY_ID"]) for number in given} == given
        assert len(given) == 3
        assert not gone & set(given.values())
        left_behind = [number for number, manager in before.items() if manager == vocabulary.LEAVER]
        assert len(set(left_behind) - given.keys()) == 4
