"""What a manager would see of the portal, for the page at `/`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.dates import instant
from connectors.emulation import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connectors.bitrix24.emulator.state import State

Row = dict[str, Any]
_CLIENTS = (("crm.company", "CO", "компания"), ("crm.contact", "C", "контакт"))
_DONE = ("5", "4")
_ABOUT_THEN = timedelta(minutes=10)


def show(state: State) -> str:
    """The page as HTML: rows with tasks first, some others after them."""
    tasks = _tasks(state)
    seen = {task.id: task for own in tasks.values() for task in own}
    sheet = page.Sheet(
        crm="Битрикс24",
        account="Портал Битрикс24",
        now=state.clock.now(),
        deals=list(_deals(state, tasks)),
        clients=list(_clients(state, tasks)),
        deals_total=len(state["crm.deal"]),
        clients_total=len(state["crm.company"]) + len(state["crm.contact"]),
        tasks_open=sum(not task.done for task in seen.values()),
        tasks_done=sum(task.done for task in seen.values()),
    )
    return page.render(sheet)


def _tasks(state: State) -> dict[str, list[page.TaskRow]]:
    """The tasks and to-dos by what they stand on, as `D_12`."""
    found: dict[str, list[page.TaskRow]] = {}
    notes = _comments(state)
    for row in state["tasks.task"]:
        done = str(row.get("status")) in _DONE
        for owner in row.get("ufCrmTask") or ():
            told = str(row.get("lastComment") or (_told(state, row, notes.get(owner, ())) if done else ""))
            text = "\n".join(filter(None, (row.get("title"), row.get("description"))))
            person = _person(state, row.get("responsibleId"))
            task = page.TaskRow(str(row["id"]), text, _moment(state, row.get("deadline")), person, done, told)
            found.setdefault(str(owner), []).append(task)
    letters = {"1": "L", "2": "D", "3": "C", "4": "CO"}
    for row in state["crm.activity"]:
        owner = f"{letters.get(str(row.get('OWNER_TYPE_ID')), '')}_{row.get('OWNER_ID')}"
        text = "\n".join(filter(None, (row.get("SUBJECT"), row.get("DESCRIPTION"))))
        due, person = _moment(state, row.get("DEADLINE")), _person(state, row.get("RESPONSIBLE_ID"))
        found.setdefault(owner, []).append(
            page.TaskRow(f"дело {row['ID']}", text, due, person, row.get("COMPLETED") == "Y")
        )
    return found


def _comments(state: State) -> dict[str, list[Row]]:
    """The comments in the timeline of each owner."""
    letters = {"lead": "L", "deal": "D", "contact": "C", "company": "CO"}
    found: dict[str, list[Row]] = {}
    for row in state["crm.timeline.comment"]:
        owner = f"{letters.get(str(row.get('ENTITY_TYPE')), '')}_{row.get('ENTITY_ID')}"
        found.setdefault(owner, []).append(row)
    return found


def _told(state: State, task: Row, comments: Iterable[Row]) -> str:
    """What came of a task: the comment in the owner's timeline written when it was closed."""
    closed = _moment(state, task.get("closedDate"))
    for row in comments:
        written = _moment(state, row.get("CREATED"))
        if closed and written and abs(written - closed) <= _ABOUT_THEN:
            return str(row.get("COMMENT") or "")
    return ""


def _deals(state: State, tasks: dict[str, list[page.TaskRow]]) -> Iterator[page.DealRow]:
    names = {str(row["STATUS_ID"]): str(row["NAME"]) for row in state["crm.status"]}
    for row in _first(state, "crm.deal", "D", tasks):
        stage = str(row.get("STAGE_ID") or "")
        name = names.get(stage, stage)
        yield page.DealRow(
            str(row["ID"]),
            str(row.get("TITLE") or ""),
            _client(state, row),
            name,
            page.amount(row.get("OPPORTUNITY")),
            _person(state, row.get("ASSIGNED_BY_ID")),
            _loss_reason(state, row),
            tasks.get(f"D_{row['ID']}", ()),
        )


def _clients(state: State, tasks: dict[str, list[page.TaskRow]]) -> Iterator[page.ClientRow]:
    for name, letter, word in _CLIENTS:
        for row in _first(state, name, letter, tasks):
            own = tasks.get(f"{letter}_{row['ID']}", ())
            yield page.ClientRow(str(row["ID"]), word, _title(row), _person(state, row.get("ASSIGNED_BY_ID")), own)


def _first(state: State, name: str, letter: str, tasks: Iterable[str]) -> Iterator[Row]:
    """Those with tasks, then others up to the page's cap: nobody reads a million rows."""
    numbers = [int(owner.partition("_")[2]) for owner in tasks if owner.startswith(f"{letter}_")]
    busy = {number: row for number in numbers if (row := state[name].get(number)) is not None}
    yield from islice(busy.values(), 5 * page.CAP)
    yield from islice((row for number, row in state[name].rows.items() if number not in busy), page.CAP)


def _loss_reason(state: State, row: Row) -> str:
    """The texts of the list fields that a lost deal carries: a portal keeps its reasons in one of them."""
    if row.get("STAGE_SEMANTIC_ID") != "F":
        return ""
    found = []
    for field in state["crm.deal.userfield"]:
        chosen = row.get(field["FIELD_NAME"])
        wanted = {str(one) for one in (chosen if isinstance(chosen, list) else [chosen])}
        found += [str(one["VALUE"]) for one in field.get("LIST") or () if str(one["ID"]) in wanted]
    return ", ".join(found)


def _client(state: State, row: Row) -> str:
    for name, link in (("crm.company", "COMPANY_ID"), ("crm.contact", "CONTACT_ID")):
        found = state[name].get(int(row.get(link) or 0))
        if found is not None:
            return _title(found)
    return ""


def _title(row: Row) -> str:
    person = " ".join(filter(None, (row.get("LAST_NAME"), row.get("NAME"), row.get("SECOND_NAME"))))
    return str(row.get("TITLE") or person)


def _person(state: State, number: Any) -> str:
    row = state["user"].get(int(number or 0))
    return _title(row) if row else f"№ {number}" if number else ""


def _moment(state: State, text: Any) -> datetime | None:
    seconds = instant(text, state.zone) if isinstance(text, str) and text else None
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
