"""Files of --data that are not what they should be are named, never a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.bitrix24.emulator.state import State
from connectors.emulation.clock import EmulatorClock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["crm.deal", "crm.stagehistory", "crm.category", "tasks.task", "user"])
@pytest.mark.parametrize("text", ["{bad", "{}", "7", "[7]", '[{"TITLE":"a"}]', '[{"ID":"x","id":"x"}]', "[null]", ""])
def test_a_file_that_is_no_array_of_rows_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(ValueError, match=rf"^{name}\.json (is not JSON|must hold an array)"):
        State(tmp_path, EmulatorClock())


@pytest.mark.parametrize(("name", "wanted"), [("calendar.settings", "one object"), ("crm.currency", "an array")])
def test_the_other_files_are_named_too(tmp_path: Path, name: str, wanted: str) -> None:
    (tmp_path / f"{name}.json").write_text("7")
    with pytest.raises(ValueError, match=rf"^{name}\.json must hold {wanted}"):
        State(tmp_path, EmulatorClock())


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "crm.deal.json").mkdir()
    with pytest.raises(ValueError, match=r"^crm\.deal\.json cannot be read"):
        State(tmp_path, EmulatorClock())
