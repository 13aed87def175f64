import re
from urllib.parse import unquote

import pytest

from connectors.bitrix24 import walk as walking
from connectors.bitrix24.auth import Denied
from connectors.bitrix24.batch import Listing, read_batch
from connectors.bitrix24.portal import Portal, Wanted
from connectors.bitrix24.walk import MOST_FAILURES, walk
from integrator.errors import AuthError, PermanentError, RetryableError

DEAL = Listing("crm.deal.list", ("ID",))


class Table:
    """A portal with one table, asked by batches alone; `spoil` may change what a command gives."""

    def __init__(self, clock, count, *, duration=0.02, spoil=None):
        self.clock, self.count, self.duration, self.spoil = clock, count, duration, spoil
        self.asked = []

    def batch(self, commands, *, halt=False):
        results, totals, errors = {}, {}, {}
        self.asked.append(len(commands))
        for key, text in commands.items():
            plain = unquote(text)
            bound = re.search(r"filter\[>ID\]=([^&]+)", plain)[1]
            if (referred := re.match(r"\$result\[(\w+)\]", bound)) is not None:
                page = results.get(referred[1], [])
                bound = page[49]["ID"] if len(page) == 50 else "0"
            rows = [{"ID": str(n)} for n in range(int(bound) + 1, self.count + 1)]
            results[key], totals[key] = rows[:50], len(rows)
            if self.spoil is not None and (error := self.spoil(len(self.asked), key)) is not None:
                errors[key] = error
                del results[key]
                if halt:
                    break
        time = {"duration": self.duration * len(commands), "date_start": "2026-11-22T12:00:00+03:00"}
        return read_batch(
            {"result": {"result": results, "result_error": errors, "result_total": totals}, "time": time}, commands
        )

    def wait_out(self, error):
        Portal(None, self.clock).wait_out(error)


def ids(stretches):
    return [int(row["ID"]) for stretch in stretches for row in stretch.rows]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 2499, 2500, 2501, 7777])
def test_every_row_comes_once_whatever_the_number(clock, count):
    table = Table(clock, count)
    found = list(walk(table, DEAL, {}, many=True))
    assert ids(found) == list(range(1, count + 1))
    assert [stretch.done for stretch in found] == [False] * (len(found) - 1) + [True]
    assert found[0].total == count
    assert len(table.asked) <= 2 + count // 2500


def test_a_walk_of_few_begins_with_one_page(clock):
    table = Table(clock, 7)
    assert ids(walk(table, DEAL, {}, after=3, many=False)) == [4, 5, 6, 7]
    assert table.asked == [1]


def test_a_slow_portal_is_asked_for_less(clock):
    table = Table(clock, 5000, duration=2.0)
    assert len(ids(walk(table, DEAL, {}, many=True))) == 5000
    assert max(table.asked[1:]) <= 12


def test_no_more_is_asked_for_than_is_left(clock):
    table = Table(clock, 1000)
    list(walk(table, DEAL, {}, many=True))
    assert table.asked == [walking.FIRST_PAGES + 1, 11]


def test_a_failure_on_the_way_is_waited_out_and_loses_nothing(clock):
    def spoil(asked, key):
        return {"error": "QUERY_LIMIT_EXCEEDED"} if (asked, key) in ((1, "w03"), (2, "w00")) else None

    assert ids(walk(Table(clock, 3000, spoil=spoil), DEAL, {}, many=True)) == list(range(1, 3001))
    assert clock.passed > 0


def test_a_failure_that_stays_is_raised(clock):
    table = Table(clock, 3000, spoil=lambda _asked, key: {"error": "INTERNAL_SERVER_ERROR"} if key == "w00" else None)
    with pytest.raises(RetryableError):
        list(walk(table, DEAL, {}, many=True))
    assert len(table.asked) == MOST_FAILURES


def test_a_refusal_is_raised_after_what_came_before_it(clock):
    table = Table(clock, 3000, spoil=lambda _asked, key: {"error": "expired_token"} if key == "w02" else None)
    coming = walk(table, DEAL, {}, many=True)
    assert ids([next(coming)]) == list(range(1, 101))
    with pytest.raises(AuthError):
        next(coming)


class Pages:
    """A session whose one method gives `total` rows in pages of 50."""

    def __init__(self, total, error=None):
        self.total, self.error, self.asked = total, error, []

    def post(self, _method, body, *, write):
        assert not write
        self.asked.append(len(body["cmd"]))
        results, totals, nexts = {}, {}, {}
        for key, text in body["cmd"].items():
            start = int((re.search(r"start=(\d+)", text) or ["", "0"])[1])
            results[key] = [{"ID": str(n)} for n in range(start + 1, min(start + 50, self.total) + 1)]
            totals[key] = self.total
            if start + 50 < self.total:
                nexts[key] = start + 50
        told = {"result": results, "result_total": totals, "result_next": nexts}
        return {"result": {**told, "result_error": dict.fromkeys(results, self.error) if self.error else []}}


@pytest.mark.parametrize(("total", "requests"), [(0, [1]), (50, [1]), (51, [1, 1]), (5000, [1, 50, 49])])
def test_a_whole_list_is_read_in_few_requests(clock, total, requests):
    session = Pages(total)
    found = Portal(session, clock).whole({"users": Wanted("user.get")})
    assert [int(row["ID"]) for row in found["users"]] == list(range(1, total + 1))
    assert session.asked == requests


def test_only_an_optional_list_may_fail(clock):
    portal = Portal(Pages(1, {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}), clock)
    assert portal.whole({"a": Wanted("crm.company.userfield.list", optional=True)}) == {"a": []}
    with pytest.raises(PermanentError):
        portal.whole({"a": Wanted("crm.company.userfield.list")})


def test_a_count_that_fails_is_no_empty_portal(clock):
    def spoil(asked, key):
        return {"error": "QUERY_LIMIT_EXCEEDED"} if (asked, key) == (1, "total") else None

    found = list(walk(Table(clock, 60, spoil=spoil), DEAL, {}, many=True))
    assert ids(found) == list(range(1, 61))
    assert found[0].total == 60


def test_a_count_that_is_refused_for_good_is_raised(clock):
    table = Table(clock, 60, spoil=lambda _asked, _key: {"error": "", "error_description": "Access denied."})
    with pytest.raises(Denied):
        list(walk(table, DEAL, {}, many=True))
