import json
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pytest

from connectors.bitrix24.auth import Denied
from connectors.bitrix24.batch import PAGE, Listing, chain, command, read_batch, read_chain
from connectors.bitrix24.sources import DEALS, HISTORY, TASKS
from integrator.errors import AuthError, NotFoundError, PermanentError, RetryableError

SAMPLES = Path(__file__).parents[3] / "contract" / "samples" / "bitrix24"
DEAL = Listing("crm.deal.list", ("ID",))


def rows(*numbers):
    return [{"ID": str(number)} for number in numbers]


def full(after):
    return rows(*range(after + 1, after + PAGE + 1))


def answer(results, errors=(), **more):
    body = {"result": {"result": results, "result_error": errors or [], "result_total": [], **more}, "time": {}}
    return read_batch(body, dict.fromkeys(results, "crm.deal.list?x=1"))


def test_a_command_is_encoded_once_and_with_brackets():
    text = command("crm.deal.list", {"filter": {">ID": 5, "@CATEGORY_ID": (1, 2)}, "select": ("ID",), "on": True})
    assert unquote(text) == (
        "crm.deal.list?filter[>ID]=5&filter[@CATEGORY_ID][0]=1&filter[@CATEGORY_ID][1]=2&select[0]=ID&on=1"
    )
    assert ">" not in text
    assert command("profile", {}) == "profile"


@pytest.mark.parametrize(
    ("listing", "reference"),
    [(DEALS, "$result[w00][49][ID]"), (HISTORY, "$result[w00][items][49][ID]"), (TASKS, "$result[w00][tasks][49][id]")],
)
def test_each_page_begins_where_the_one_before_ends(listing, reference):
    commands = chain(listing, 70, 3, {"@X": (1,)})
    assert list(commands) == ["w00", "w01", "w02"]
    first, second = (parse_qs(text.partition("?")[2]) for text in list(commands.values())[:2])
    assert first["filter[>ID]"] == ["70"]
    assert second["filter[>ID]"] == [reference]
    assert first["order[ID]"] == ["ASC"]
    assert "*" not in first.values()


def test_counting_is_spared_only_where_that_is_known_to_work():
    assert "start=-1" in chain(DEALS, 0, 1, {})["w00"]
    assert "start" not in chain(TASKS, 0, 1, {})["w00"]


def test_a_chain_ends_at_its_first_short_page():
    results = {"w00": full(0), "w01": rows(51, 52), "w02": full(0)}
    found = read_chain(answer(results), list(results), DEAL, 0)
    assert (len(found.rows), found.last, found.done, found.error) == (52, 52, True, None)


def test_a_page_that_begins_anew_is_not_believed():
    results = {"w00": full(0), "w01": full(50), "w02": full(0)}
    found = read_chain(answer(results), list(results), DEAL, 0)
    assert (len(found.rows), found.last, found.done) == (100, 100, False)


def test_a_whole_chain_of_full_pages_is_not_the_end():
    results = {"w00": full(0), "w01": full(50)}
    found = read_chain(answer(results), list(results), DEAL, 0)
    assert (found.last, found.done) == (100, False)


def test_an_order_that_is_not_kept_is_an_error_and_no_loss():
    with pytest.raises(PermanentError, match="order of their ids"):
        read_chain(answer({"w00": rows(9, 8)}), ["w00"], DEAL, 0)
    with pytest.raises(PermanentError, match="above 70"):
        read_chain(answer({"w00": full(0)}), ["w00"], DEAL, 70)


def test_rows_before_an_error_are_kept():
    errors = {"w01": {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked"}}
    found = read_chain(answer({"w00": full(0)}, errors), ["w00", "w01"], DEAL, 0)
    assert (found.last, found.done) == (50, False)
    assert isinstance(found.error, RetryableError)
    assert found.error.retry_after == 60


def test_a_pause_lasts_until_the_portals_own_reset():
    errors = {"w01": {"error": "OPERATION_TIME_LIMIT"}}
    times = {"w00": {"start": 1000.0, "finish": 1001.0, "operating_reset_at": "1031"}}
    error = answer({"w00": full(0)}, errors, result_time=times).error("w01")
    assert isinstance(error, RetryableError)
    assert error.retry_after == 30


def test_empty_parts_come_as_lists_and_numbers_as_keys_too():
    told = answer({"w00": []})
    assert (told.results, told.errors, told.total("w00")) == ({"w00": []}, {}, None)
    listed = read_batch({"result": {"result": [rows(1)], "result_total": [7]}}, {"0": "x"})
    assert (listed.result("0"), listed.total("0")) == (rows(1), 7)


@pytest.mark.parametrize("body", [None, [], {"result": []}, {"result": {"ID": "1"}}])
def test_an_answer_that_is_no_batch_is_tried_again(body):
    with pytest.raises(RetryableError):
        read_batch(body, {})


def test_the_documented_failures_say_which_permission_is_missing():
    body = json.loads((SAMPLES / "batch.error.halt0.response.json").read_text())
    told = read_batch(body, {"get_user": "user.current", "get_department": "department.get"})
    error = told.error("get_user")
    assert isinstance(error, AuthError)
    assert "`user`" in str(error)
    assert "user.current" in str(error)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("", "Not found", NotFoundError),
        ("", "Access denied.", Denied),
        (0, "Wrong task id", PermanentError),
        (100, "Could not find value", PermanentError),
        ("INTERNAL_SERVER_ERROR", "x", RetryableError),
        ("expired_token", "x", AuthError),
    ],
)
def test_an_error_of_one_command(code, text, kind):
    error = answer({"w00": []}, {"w01": {"error": code, "error_description": text}}).error("w01")
    assert type(error) is kind


def test_rows_are_found_whatever_php_makes_of_an_array():
    assert TASKS.rows({"tasks": rows(1)}) == rows(1)
    assert TASKS.rows({"tasks": {"0": {"id": "1"}}}) == [{"id": "1"}]
    assert TASKS.rows([]) == []
    assert DEALS.rows(None) == []
    assert DEALS.rows(["x", {"ID": "1"}]) == [{"ID": "1"}]
