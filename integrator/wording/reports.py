"""Reports as tables for people: headings, columns and the sentences that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.reports.funnel import UNKNOWN
from integrator.wording.tabulating import DASH, Table, Teller, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from integrator.reports.window import Window

    Row = Mapping[str, Any]

TITLES = {
    "funnel": ("Воронка по сделкам, созданным в эти дни", "Funnel of the deals created in these days"),
    "reasons": ("Причины отказов", "Reasons of refusals"),
    "losses": ("Потерянные клиенты", "Clients lost"),
    "base": ("Клиентская база", "The client base"),
    "prospecting": ("Звонки и встречи", "Calls and meetings"),
    "time": ("Куда уходит время", "Where the time goes"),
    "rules": ("Помогают ли правила", "Do the rules help"),
}
STEPS = {
    "acquaintance": ("знакомство", "acquaintance"),
    "presentation": ("презентация", "presentation"),
    "contract": ("договор", "contract"),
    "payment": ("оплата", "payment"),
}
NATURES = {"objective": ("препятствие", "obstacle"), "sales_error": ("ошибка продавца", "seller's error")}
SIDES = {"client": ("клиент", "client"), "company": ("мы", "we"), "competitor": ("конкурент", "competitor")}
NO_STAGES = {
    "ru": "Воронка пуста: назовите стадии шагов в настройках, stages: {<воронка>: {acquaintance: ..., payment: ...}}.",
    "en": "The funnel is empty: name the stages of the steps, stages: {<pipeline>: {acquaintance: ..., payment: ...}}.",
}
UNNAMED = ("только текст, без причины", "a text without a reason")
LIKENESSES = 10  # of the likest features, as many as a table has room for


def heading(name: str, window: Window, language: str) -> str:
    """Return what the report is about and its days."""
    russian = language == "ru"
    title = TITLES[name][0 if russian else 1]
    return f"{title}: {' – '.join(_day(day, russian=russian) for day in (window.since, window.until))}"


def _day(day: date, *, russian: bool) -> str:
    return f"{day:%d.%m.%Y}" if russian else day.isoformat()


def tables(name: str, report: Any, language: str, currency: str) -> list[Table]:
    """Return the report's tables in the language, English for one that we do not write."""
    tell = Teller(language == "ru", report.managers, currency)
    return list(_TABLES[name](report.body, tell))


def _funnel(body: Row, tell: Teller) -> Iterable[Table]:
    plan = {step["name"]: step["plan_pct"] for step in body["steps"]}
    who = tell(("Менеджер", "Manager"))
    deals, open_share = tell(("Сделок", "Deals")), tell(("Ещё открыто", "Still open"))

    def row(name: str, one: Row) -> dict[str, Any]:
        steps = {
            f"{tell(STEPS[step])}, {tell(('план', 'plan'))} {tell.number(goal)} %": _rate(found, tell)
            for (step, goal), found in zip(plan.items(), one["steps"], strict=True)
        }
        return {who: name, deals: one["deals"], open_share: tell.percent(one["undecided_pct"]), **steps}

    rows = [row(tell.who(one["manager_id"]), one) for one in body["managers"]]
    rows.append(row(tell(("Все", "All")), body["total"]))
    yield Table("", tuple(rows[0]), rows, _taught(body["mentoring"], tell))
    yield shown(tell(("Кому что досталось", "What each was given")), (_given(one, tell) for one in body["mix"]), "")
    weeks = ({tell(("Неделя с", "Week of")): str(week["week"]), **row("", week)} for week in body.get("weeks", ()))
    by_week = [{key: value for key, value in week.items() if key != who} for week in weeks]
    if by_week:
        yield Table(tell(("По неделям", "By week")), tuple(by_week[0]), by_week)


def _given(one: Row, tell: Teller) -> Row:
    """Return a manager's deals by source and by the class of their clients: one may have had the harder list."""
    source, value = (
        ", ".join(f"{tell(word) if each == UNKNOWN else each} {count}" for each, count in one[name].items())
        for name, word in (("source", ("без источника", "no source")), ("abc", ("ещё не покупали", "have not bought")))
    )
    titles = (tell(("Откуда сделки", "Source of the deals")), tell(("Ценность клиентов", "Value of the clients")))
    return {tell(("Менеджер", "Manager")): tell.who(one["manager_id"]), titles[0]: source, titles[1]: value}


def _rate(step: Row, tell: Teller) -> str:
    if step["rate_pct"] is None:
        return DASH
    low, high = tell.number(round(step["low_pct"])), tell.number(round(step["high_pct"]))
    return f"{tell.percent(step['rate_pct'])} ({low}–{high}; {step['passed']}/{step['entered']})"


def _taught(mentoring: Sequence[Row], tell: Teller) -> list[str]:
    """Return a sentence for each step and teacher, what is proved apart from what may be luck."""
    groups: dict[tuple[str, str, bool], list[str]] = {}
    for one in mentoring:
        groups.setdefault((one["step"], one["teacher_id"], one["significant"]), []).append(tell.who(one["pupil_id"]))
    luck = tell(("; разница может быть случайной", "; it may be luck: no difference can be shown yet"))
    teaches, learn = tell(("учит", "teacher")), tell(("учатся", "learn"))
    return [
        f"{tell(STEPS[step]).capitalize()}: {teaches} {tell.who(teacher)}, {learn} {', '.join(pupils)}"
        f"{'' if significant else luck}."
        for (step, teacher, significant), pupils in groups.items()
    ]


def _reasons(body: Row, tell: Teller) -> Iterable[Table]:
    lost, without = body["lost_deals"], body["without_reason"]
    share = tell.percent(without * 100 / lost if lost else None)
    summary = (
        f"Отказов {lost}, было {body['previous_lost_deals']}; без причины {without} ({share}).",
        f"{lost} refusals, {body['previous_lost_deals']} before; {without} without a reason ({share}).",
    )
    empty = tell(("Отказов нет.", "No refusals."))
    yield shown("", (_reason(row, tell) for row in body["rows"]), empty, [tell(summary)])
    managers = (
        {
            tell(("Менеджер", "Manager")): tell.who(one["manager_id"]),
            tell(("Отказов", "Refusals")): one["lost_deals"],
            tell(("Без причины", "Without a reason")): one["without_reason"],
            tell(("Чаще всего", "Most often")): one["rows"][0]["name"] or tell(UNNAMED) if one["rows"] else DASH,
        }
        for one in body["by_manager"]
        if one["lost_deals"]
    )
    yield shown(tell(("По менеджерам", "By manager")), managers, empty, [_nature(body, tell)])
    yield from _told(body, tell)


def _told(body: Row, tell: Teller) -> Iterable[Table]:
    """Yield what people answered: sellers about their own part, clients about why they leave."""
    causes = [
        {
            tell(("Менеджер", "Manager")): tell.who(one["manager_id"]),
            tell(("Месяц", "Month")): one["month"],
            tell(("Что не получилось", "What went wrong")): one["name"],
            tell(("Раз", "Times")): one["count"],
        }
        for one in body["causes"]
        if one["theme"]
    ]
    if causes:
        yield Table(tell(("Темы для обучения", "Themes for training")), tuple(causes[0]), causes)
    answers = [
        {
            tell(("Почему уходят, по словам клиентов", "Why they leave, in their own words")): one["name"]
            or tell(("другими словами", "in other words")),
            tell(("Клиентов", "Clients")): one["clients"],
        }
        for one in body["answers"]
    ]
    if answers:
        yield Table("", tuple(answers[0]), answers)


def _reason(row: Row, tell: Teller) -> dict[str, Any]:
    own = row["name"] or tell(UNNAMED)
    unmapped = tell((" (не сопоставлена)", " (not mapped)")) if row["reason"] is None and row["name"] else ""
    return {
        tell(("Причина", "Reason")): own + unmapped,
        tell(("Что это", "Nature")): tell(NATURES.get(row["nature"] or "", (DASH, DASH))),
        tell(("Чья сторона", "Side")): tell(SIDES.get(row["side"] or "", (DASH, DASH))),
        tell(("Отказов", "Refusals")): row["count"],
        tell(("Доля", "Share")): tell.percent(row["share_pct"]),
        tell(("Было", "Before")): row["previous_count"],
    }


def _nature(body: Row, tell: Teller) -> str:
    shares = {row["nature"]: row["share_pct"] for row in body["by_nature"]}
    errors, obstacles = (tell.percent(shares[name]) for name in ("sales_error", "objective"))
    return tell(
        (
            f"Ошибок продавцов {errors}, препятствий {obstacles}; обычно около 60 % и 40 %.",
            f"Sellers' errors {errors}, obstacles {obstacles}; commonly about 60 % and 40 %.",
        )
    )


def _losses(body: Sequence[Row], tell: Teller) -> Iterable[Table]:
    rows = (
        {
            tell(("Менеджер", "Manager")): tell.who(one["manager_id"]),
            tell(("Клиентов", "Clients")): one["clients_total"],
            tell(("Потеряно", "Lost")): one["clients_lost"],
            tell(("Доля", "Share")): tell.percent(one["lost_pct"]),
            tell(("Теряем в год", "Lost a year")): tell.money(one["money_lost_per_year"]),
        }
        for one in body
    )
    usual = ("Обычно за год теряют 9–11 % клиентов.", "9 to 11 % of clients are commonly lost in a year.")
    yield shown("", rows, tell(("Покупателей ещё нет.", "Nobody has bought yet.")), [tell(usual)])


def _base(body: Row, tell: Teller) -> Iterable[Table]:
    renewal = body["renewal"]
    summary = (
        (
            f"Карточек {renewal['records']}; за {renewal['days']} дн. заведено {renewal['created']}, проверено "
            f"{renewal['verified']}: обновлено {tell.percent(renewal['renewed_pct'])}. Обычно 20 % в год."
        ),
        (
            f"{renewal['records']} records; in {renewal['days']} days {renewal['created']} were created and "
            f"{renewal['verified']} verified: {tell.percent(renewal['renewed_pct'])} renewed. 20 % a year is usual."
        ),
    )
    pyramid = (
        {
            tell(("Класс", "Class")): one["name"],
            tell(("Клиентов", "Clients")): one["clients"],
            tell(("Доля", "Share")): tell.percent(one["share_pct"]),
            tell(("Выручка за год", "Revenue of a year")): tell.money(one["revenue_365"]),
        }
        for one in body["pyramid"]
    )
    no_pack = tell(("Нет набора правил pyramid.", "The pack pyramid is not in use."))
    yield shown(tell(("Пирамида клиентов", "The pyramid")), pyramid, no_pack, [tell(summary)])
    cells = {(one["abc"], one["xyz"]): one for one in body["win_back"]}
    matrix = [{"": abc, **{xyz: _cell(cells[abc, xyz], tell) for xyz in "XYZ"}} for abc in "ABC" if (abc, "X") in cells]
    no_pack = tell(("Нет набора правил win_back.", "The pack win_back is not in use."))
    yield shown(tell(("Потерянные: ABC × XYZ", "The lost: ABC × XYZ")), matrix, no_pack)
    if body["key_profile"]:
        yield _likeness(body["key_profile"], tell)
    if body["handovers"]:
        yield _handovers(body["handovers"], tell)


FEATURES = {
    "industry": ("отрасль", "industry"),
    "region": ("регион", "region"),
    "size": ("объём", "size"),
    "source": ("источник", "source"),
    "first_product": ("первая покупка", "first purchase"),
}


def _likeness(profile: Sequence[Row], tell: Teller) -> Table:
    what = tell(("Что общего", "What they share"))
    rows = [
        {
            what: f"{tell(FEATURES[one['feature']])}: {one['name']}",
            tell(
                ("Ключевых", "Key clients")
            ): f"{tell.percent(one['share'] * 100)} ({one['keys']}/{one['keys_known']})",
            tell(("Точно от", "At least")): tell.percent(one["low"] * 100),
            tell(("Во всей базе", "Of all")): tell.percent(one["base_share"] * 100),
        }
        for one in profile[:LIKENESSES]
    ]
    return Table(tell(("Чем похожи ключевые клиенты", "What key clients share")), tuple(rows[0]), rows)


def _handovers(handovers: Sequence[Row], tell: Teller) -> Table:
    rows = [
        {
            tell(("Ушёл", "Left")): one["manager"],
            tell(("Клиентов", "Clients")): one["clients"],
            tell(("Есть преемник", "With a successor")): one["with_successor"],
            tell(("Связались", "Contacted")): one["contacted"],
            tell(("Купили", "Bought")): one["bought"],
            tell(("Куплено", "Revenue")): tell.money(one["revenue"]),
        }
        for one in handovers
    ]
    return Table(tell(("Клиенты тех, кто ушёл", "Clients of those who left")), tuple(rows[0]), rows)


def _cell(one: Row, tell: Teller) -> str:
    return f"{one['clients']} · {tell.money(one['value_365'])}" if one["clients"] else DASH


def _prospecting(body: Sequence[Row], tell: Teller) -> Iterable[Table]:
    rows = (
        {
            tell(("Менеджер", "Manager")): tell.who(one["manager_id"]),
            tell(("Звонков", "Calls")): one["calls"],
            tell(("Норма", "Quota")): one["calls_quota"],
            tell(("Выполнено", "Done")): tell.percent(one["quota_pct"]),
            tell(("Встреч", "Meetings")): one["meetings"],
            tell(("Звонков на встречу", "Calls a meeting")): tell.number(one["calls_per_meeting"]),
            tell(("Новых", "New")): one["new_contacts"],
            tell(("На молчащих", "On the silent")): tell.percent(one["fixation_pct"]),
        }
        for one in body
    )
    usual = ("Обычно встреча выходит из 15–20 звонков.", "15 to 20 calls commonly bring a meeting.")
    yield shown("", rows, tell(("Контактов не было.", "No contacts were made.")), [tell(usual)])


def _time(body: Row, tell: Teller) -> Iterable[Table]:
    managers = (
        {
            tell(("Менеджер", "Manager")): tell.who(one["manager_id"]),
            tell(("Контактов", "Contacts")): one["contacts"],
            tell(("На мелких клиентов", "On small clients")): tell.percent(one["share_pct"]),
            tell(("На тех, кто не покупает", "On who does not buy")): tell.percent(one["prospects_pct"]),
        }
        for one in body["managers"]
    )
    small = (
        "Мелкие клиенты — те, кто вместе приносит меньше 15 % маржи года.",
        "Small clients are those who together bring under 15 % of the year's margin.",
    )
    yield shown("", managers, tell(("Контактов не было.", "No contacts were made.")), [tell(small)])
    stages = (
        {
            tell(("Стадия", "Stage")): one["name"],
            tell(("Прошло сделок", "Stays")): one["stays"],
            tell(("Обычно дней", "Median days")): tell.number(one["median_days"]),
        }
        for one in body["stages"]
    )
    none = tell(("Ни одна сделка не перешла на другую стадию.", "No deal left a stage."))
    yield shown(tell(("Сколько сделки стоят на стадиях", "Days on each stage")), stages, none)


def _rules(body: Sequence[Row], tell: Teller) -> Iterable[Table]:
    rows = (
        {
            tell(("Правило", "Rule")): one["title"],
            tell(("Находок", "Found")): one["fired"],
            tell(("Снято", "Cleared")): one["cleared"],
            tell(("Задач", "Tasks")): one["tasks"],
            tell(("Сделано", "Done")): one["done_by_managers"],
            tell(("Закрылись сами", "Closed by themselves")): one["closed_by_itself"],
            tell(("Купили после", "Bought after")): one["clients_bought_after"],
            tell(("Куплено после", "Won after")): tell.money(one["money_won_after"]),
        }
        for one in body
    )
    after = (
        "«После» не значит «благодаря»: часть клиентов купила бы и без задачи.",
        "“After” is not “because of”: some would have bought without a task.",
    )
    yield shown("", rows, tell(("Правила ещё ничего не нашли.", "The rules have found nothing yet.")), [tell(after)])


_TABLES: dict[str, Callable[[Any, Teller], Iterable[Table]]] = {
    "funnel": _funnel,
    "reasons": _reasons,
    "losses": _losses,
    "base": _base,
    "prospecting": _prospecting,
    "time": _time,
    "rules": _rules,
}
