"""The quirks of batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix24.emulator import batch
from connectors.bitrix24.emulator.replies import Reply, RestError

if TYPE_CHECKING:
    from collections.abc import Mapping


def answer(method: str, params: Mapping[str, Any]) -> batch.Answered:
    if method == "fail":
        raise RestError("", "Not found")
    if method == "list":
        return Reply([{"ID": str(number)} for number in range(3)], 120, 50), {"duration": 0.0}
    return Reply(dict(params)), {"duration": 0.0}


def run(commands: Any, *, halt: bool = False) -> dict[str, Any]:
    return batch.run(commands, answer, halt=halt)


def test_references_keep_their_type_alone_and_become_text_inside_others() -> None:
    found = run({"a": "list", "b": "echo?x[>ID]=$result[a][2][ID]&y=id-$result[a][0][ID]&z=$total[a]&n=$NEXT[a]"})
    assert found["result"]["b"] == {"x": {">ID": "2"}, "y": "id-0", "z": 120, "n": 50}
    assert found["result_total"] == {"a": 120}
    assert found["result_next"] == {"a": 50}


def test_a_step_that_leads_nowhere_leaves_the_deepest_value() -> None:
    found = run({"a": "list", "b": "echo?x=$result[a][49][ID]"})
    assert found["result"]["b"]["x"] == [{"ID": "0"}, {"ID": "1"}, {"ID": "2"}]


def test_every_map_is_a_list_when_empty_or_counted_from_nought() -> None:
    found = run(["list", "echo?x=1"])
    assert isinstance(found["result"], list)
    assert found["result_error"] == []
    gap = run(["list", "fail", "echo?x=1"])
    assert list(gap["result"]) == ["0", "2"]
    assert gap["result_error"] == {"1": {"error": "", "error_description": "Not found"}}


@pytest.mark.parametrize(("halt", "answered"), [(False, ["a", "c"]), (True, ["a"])])
def test_halt_stops_after_the_first_error(halt: bool, answered: list[str]) -> None:
    assert list(run({"a": "list", "b": "fail", "c": "list"}, halt=halt)["result"]) == answered


def test_more_than_fifty_are_refused_one_by_one() -> None:
    found = run({f"k{number}": "list" for number in range(52)})
    assert len(found["result"]) == 50
    assert {error["error"] for error in found["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}


def test_a_batch_in_a_batch_is_refused_and_what_is_no_text_skipped() -> None:
    found = run({"a": "BATCH?cmd[x]=list", "b": 5, "c": "list"})
    assert found["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"
    assert list(found["result"]) == ["c"]
