"""Wrong options of `integrator emulate`: one sentence and status 2, before anything listens."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from integrator.cli.emulate import emulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--clock", "yesterday"], '"yesterday" is no instant'),
        (["--clock", "9999-12-31"], "outside the years"),
        (["--time-scale", "nan"], "no finite number"),
        (["--time-scale", "inf"], "no finite number"),
        (["--event-handler", "example"], '"example" is no address'),
        (["--faults", "nope:0.1"], "There is no fault 'nope'"),
    ],
)
@pytest.mark.parametrize("crm", ["amocrm", "bitrix24"])
def test_wrong_options_are_told(tmp_path: Path, crm: str, options: list[str], said: str) -> None:
    result = CliRunner().invoke(emulate, [crm, "--port", "0", "--data", str(tmp_path), *options])
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("crm", ["amocrm", "bitrix24"])
def test_a_taken_port_is_told_by_its_number(tmp_path: Path, crm: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(emulate, [crm, "--port", str(port), "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert f"Port {port} is taken" in result.output


def test_a_broken_file_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "crm.deal.json").write_text('[{"TITLE": "no id"}]')
    result = CliRunner().invoke(emulate, ["bitrix24", "--port", "0", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "crm.deal.json must hold an array of objects" in result.output
