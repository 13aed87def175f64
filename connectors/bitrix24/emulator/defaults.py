"""What a fresh portal has: the general funnel, the stages of leads, working hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]
_Stage = tuple[str, str, str, bool]

_COLORS = {"process": "#39A8EF", "success": "#7BD500", "failure": "#FF5752", "apology": "#FF5752"}
_SEMANTICS = {"process": None, "success": "S", "failure": "F", "apology": "F"}
_DEAL_STAGES = (
    ("NEW", "Новая", "process", True),
    ("PREPARATION", "Подготовка документов", "process", False),
    ("PREPAYMENT_INVOICE", "Счёт на предоплату", "process", False),
    ("EXECUTING", "В работе", "process", False),
    ("FINAL_INVOICE", "Финальный счёт", "process", False),
    ("WON", "Сделка успешна", "success", True),
    ("LOSE", "Сделка провалена", "failure", True),
    ("APOLOGY", "Анализ причины провала", "apology", False),
)
_LEAD_STAGES = (
    ("NEW", "Не обработан", "process", True),
    ("IN_PROCESS", "В работе", "process", False),
    ("PROCESSED", "Обработан", "process", False),
    ("CONVERTED", "Качественный лид", "success", True),
    ("JUNK", "Некачественный лид", "failure", True),
)


def categories() -> list[Row]:
    """The general funnel alone, id 0."""
    return [{"id": 0, "name": "Общая", "sort": 300, "entityTypeId": 2, "isDefault": "Y"}]


def statuses(funnels: Iterable[int] = (0,)) -> list[Row]:
    """The stages of these funnels and of leads, in the order the portal insists on."""
    groups = [(funnel, _DEAL_STAGES) for funnel in funnels]
    rows: list[Row] = []
    for funnel, stages in (*groups, (None, _LEAD_STAGES)):
        for place, stage in enumerate(stages, 1):
            rows.append(_status(101 + 2 * len(rows), funnel, stage, place * 10))
    return rows


def _status(number: int, funnel: int | None, stage: _Stage, sort: int) -> Row:
    code, name, nature, system = stage
    entity = "STATUS" if funnel is None else f"DEAL_STAGE_{funnel}" if funnel else "DEAL_STAGE"
    return {
        "ID": str(number),
        "ENTITY_ID": entity,
        "STATUS_ID": f"C{funnel}:{code}" if funnel else code,
        "NAME": name,
        "NAME_INIT": name if system else "",
        "SORT": str(sort),
        "SYSTEM": "Y" if system else "N",
        "CATEGORY_ID": str(funnel) if funnel else None,
        "COLOR": _COLORS[nature],
        "SEMANTICS": _SEMANTICS[nature],
        "EXTRA": {"SEMANTICS": nature, "COLOR": _COLORS[nature]},
    }


def calendar() -> Row:
    """Working hours as a Russian portal has them before anybody changes them."""
    return {
        "work_time_start": "9",
        "work_time_end": "19",
        "year_holidays": "1.01,2.01,7.01,23.02,8.03,1.05,9.05,12.06,4.11",
        "year_workdays": "31.12",
        "week_holidays": ["SA", "SU"],
        "week_start": "MO",
    }
