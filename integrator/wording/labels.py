"""What metrics and their values are called in sentences; what is not listed is called by its own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Metric

LANGUAGES = ("ru", "en")
# Stands before what a deal's client is, in codes and in words: before a name, and before what is true of him or not.
OF_CLIENT = "client."
NOUN, FLAG = ("у клиента ", "the client's "), ("клиент ", "client ")
# A class whose title says whose it is needs no more.
WHO = {"ru": "клиент", "en": "client"}
# Their values are reasons of the one list.
CANONICAL = frozenset({"loss_reason", "last_refusal_reason", "leaving_reason"})

# Noun phrases that stand before a figure: "молчание: 123 дня", "silence: 123 days". What is counted says so: "число
# покупок: 4". What of a client is only true or not goes on after "клиент": "с открытой жалобой: да".
LABELS: Mapping[str, tuple[str, str]] = {
    "class.score": ("сумма баллов", "sum of points"),
    # How a deal stands, and its refusal.
    "entity": ("вид записи", "kind of record"),
    "outcome": ("исход сделки", "outcome"),
    "closed_at": ("закрытие сделки", "closing"),
    "created_at": ("создание сделки", "creation"),
    "amount": ("сумма сделки", "amount"),
    "loss_reason": ("причина отказа по единому списку", "canonical reason"),
    "loss_reason_name": ("причина отказа из списка портала", "reason from the portal's list"),
    "reason_text": ("пояснение к отказу", "explanation of the refusal"),
    "reason_is_label": ("вместо причины ярлык", "a label instead of a reason"),
    "refusal_seen_after_days": ("задержка известия об отказе", "delay until the refusal was seen"),
    "days_since_closed": ("со дня закрытия прошло", "since closing"),
    "reason_nature": ("чем была причина", "nature of the reason"),
    "reason_side": ("от кого зависела причина", "who caused the refusal"),
    "reason_is_vague": ("причина названа расплывчато", "a vague reason"),
    "sub_reason": ("чем лучше другой поставщик", "what the other supplier does better"),
    "is_latest_refusal": ("последний ли это отказ клиента", "the latest of the client's refusals"),
    "bought_since_refusal": ("покупка после отказа", "a purchase since the refusal"),
    "come_back_on": ("срок вернуться к клиенту", "day to come back"),
    "catalogue_item": ("что из названного есть в каталоге", "what the catalogue has of what was named"),
    "catalogue_match": ("сходство с названием в каталоге", "likeness to the catalogue's name"),
    "seller_cause": ("что не получилось у продавца", "what went wrong on the seller's side"),
    # The next step of a deal.
    "open_tasks": ("число открытых дел", "number of open to-dos"),
    "tasks_overdue": ("число просроченных дел", "number of overdue to-dos"),
    "next_step_at": ("следующий шаг", "next step"),
    "next_step_after_days": ("срок от создания сделки до шага", "time from the deal's creation to the step"),
    "last_step_at": ("конец последнего шага", "end of the last step"),
    "days_since_step": ("без шага прошло", "time without a step"),
    "age_days": ("возраст сделки", "age of the deal"),
    "cycle_days": ("обычная длина сделки", "usual length of a deal"),
    "engaged": ("шаг в пределах обычной длины сделки", "a step within the usual length"),
    "stage_name": ("стадия", "stage"),
    "stage_since": ("начало стадии", "start of the stage"),
    "stage_days": ("время на стадии", "time at the stage"),
    "stage_days_usual": ("обычное время на стадии", "usual time at the stage"),
    "last_word_at": ("последняя запись", "last note"),
    "soft_no_phrase": ("слова мягкого отказа", "words of a soft no"),
    "soft_no_at": ("день мягкого отказа", "day of the soft no"),
    "meeting_at": ("ближайшая встреча", "next meeting"),
    "days_to_meeting_call": ("срок до звонка накануне встречи", "time to the call before the meeting"),
    "engaged_deals": ("число сделок с назначенным шагом", "number of deals with a step agreed"),
    "presented_deals": ("число сделок с презентацией", "number of deals presented"),
    "next_contact_on": ("следующее дело", "next to-do"),
    # Purchases, losses and returns.
    "purchase_count": ("число покупок", "number of purchases"),
    "last_purchase_on": ("последняя покупка", "last purchase"),
    "last_purchase_amount": ("сумма последней покупки", "amount of the last purchase"),
    "days_silent": ("молчание", "silence"),
    "purchase_period_days": ("обычный промежуток между покупками", "usual interval between purchases"),
    "purchase_period_source": ("промежуток взят", "interval taken"),
    "lost_threshold_days": ("порог потери", "threshold of loss"),
    "lost_on": ("день потери", "day of the loss"),
    "lost_recently": ("потерян недавно", "lost recently"),
    "last_return_on": ("последнее возвращение", "latest return"),
    "days_since_return": ("после возвращения прошло", "since the return"),
    "return_window_days": ("срок заботы о вернувшемся", "time of care after a return"),
    "value_365": ("ценность за год до последней покупки", "value of the year to the last purchase"),
    "abc_share_above": ("более ценные клиенты приносят", "share of value ranked above"),
    "revenue_variation": ("колебание выручки по кварталам", "variation of revenue from quarter to quarter"),
    "revenue_total": ("выручка за всё время", "revenue of all time"),
    "revenue_365": ("выручка за последние 365 дней", "revenue of the last 365 days"),
    "average_purchase": ("средняя покупка", "mean purchase"),
    "open_deals": ("число открытых сделок", "number of open deals"),
    "blacklisted": ("в чёрном списке", "blacklisted"),
    "last_refusal_at": ("последний отказ", "latest refusal"),
    "last_refusal_reason": ("причина последнего отказа", "reason of the latest refusal"),
    "refusal_closes_door": ("закрыл дверь последним отказом", "closed the door with the latest refusal"),
    # What is known of a client, and whom he is like.
    "quarter_volume": ("закупки за квартал у всех поставщиков", "volume per quarter from all suppliers"),
    "revenue_91": ("выручка за последние 91 день", "revenue of the last 91 days"),
    "volume_91": ("объём за квартал", "volume per quarter"),
    "volume_wanted": ("нужный объём за квартал", "volume wanted per quarter"),
    "purchases_365": ("число покупок за 365 дней", "number of purchases in 365 days"),
    "need_date": ("день потребности в товаре", "date of the need"),
    "need_within_days": ("срок от начала работы до потребности", "time from the start of work to the need"),
    "industry": ("отрасль", "industry"),
    "region": ("регион", "region"),
    "industry_not_served": ("из отрасли, с которой не работаем", "of an industry not served"),
    "region_not_served": ("из региона, с которым не работаем", "of a region not served"),
    "partner": ("отмечен партнёром", "marked as a partner"),
    "referred_deals": ("число приведённых сделок", "number of deals referred"),
    "complaint": ("с отметкой о жалобе", "marked with a complaint"),
    "created_on": ("создание карточки", "creation of the card"),
    "verified_on": ("сверка карточки", "verification of the card"),
    "checked_on": ("создание или сверка карточки", "creation or verification of the card"),
    "days_since_verified": ("без сверки карточки прошло", "time since the card was verified"),
    "first_deal_on": ("первая сделка", "first deal"),
    "known_since": ("начало работы", "start of work"),
    "asked_recently": ("недавно спрашивал", "asked recently"),
    "profile_gaps": ("пробелы в карточке", "gaps in the card"),
    "profile_completeness": ("заполненность карточки", "completeness of the card"),
    "win_chance": ("шанс выиграть сделку", "chance to win a deal"),
    "expected_margin": ("ожидаемая маржа за год", "expected margin of a year"),
    "uneconomic": ("не окупается", "does not pay"),
    "closeness": ("сходство с ключевыми", "likeness to key clients"),
    "possible_duplicate": ("возможный двойник", "possible duplicate"),
    "duplicate_last_purchase_on": ("последняя покупка двойника", "last purchase of the duplicate"),
    # Turnover and range.
    "revenue_90": ("выручка за последние 90 дней", "revenue of the last 90 days"),
    "revenue_90_before": ("выручка за 90 дней до них", "revenue of the 90 days before"),
    "revenue_90_year_ago": ("выручка за те же 90 дней год назад", "revenue of the same 90 days a year ago"),
    "turnover_ratio": ("оборот к прежним 90 дням", "turnover against the 90 days before"),
    "turnover_ratio_year": ("оборот к тем же дням год назад", "turnover against the same days a year ago"),
    "quarter_on": ("начало квартала", "start of the quarter"),
    "groups_bought": ("какие группы товаров берёт", "groups of products bought"),
    "groups_missing": ("какие группы товаров не берёт", "groups of products not bought"),
    "gap_group": ("главная недостающая группа товаров", "largest group not bought"),
    "gap_share": ("доля похожих с этой группой", "share of those alike who buy it"),
    # Contacts, and what shows before a loss.
    "last_contact_at": ("последний контакт", "last contact"),
    "days_since_contact": ("с последнего контакта прошло", "time since the last contact"),
    "touches_unanswered": ("число звонков и сообщений без ответа", "number of calls and messages unanswered"),
    "contacts_90": ("число контактов за 90 дней", "number of contacts in 90 days"),
    "contact_awaited_since": ("последний контакт или создание карточки", "last contact or creation of the card"),
    "days_without_contact": ("без контакта прошло", "time without contact"),
    "responsible_changed": ("у нового менеджера", "with a new manager"),
    "responsible_since": ("смена менеджера", "change of manager"),
    "responsible_before": ("прежний менеджер", "manager before"),
    "responsible_inactive": ("у ушедшего менеджера", "with a manager who left"),
    "complaint_open": ("с открытой жалобой", "with a complaint open"),
    "complaint_since": ("начало жалобы", "start of the complaint"),
    "refused_since_lost": ("отказал уже потерянным", "refused when lost already"),
    "handed_over_at": ("уход менеджера", "leaving of the manager"),
    "handed_over_from": ("ушедший менеджер", "manager who left"),
    "successor_id": ("номер преемника", "id of the successor"),
    "successor": ("преемник", "successor"),
    "revenue_since_handover": ("выручка после ухода менеджера", "revenue since the manager left"),
    "survey_quarter_on": ("квартал опроса", "quarter of the survey"),
    "leaving_answer": ("ответ об уходе", "answer about leaving"),
    "leaving_answered_at": ("день ответа об уходе", "day of the answer about leaving"),
    "leaving_reason": ("причина из ответа об уходе", "reason in the answer about leaving"),
    # A manager's day.
    "works_today": ("сегодня рабочий день", "today is a working day"),
    "today": ("сегодня", "today"),
    "review_day": ("прошлый рабочий день", "last working day"),
    "call_quota": ("план звонков на день", "calls a day by the plan"),
    "planned_today": ("число звонков и встреч впереди", "number of calls and meetings to come"),
    "call_quota_left": ("нехватка звонков до плана", "calls left to the plan"),
    "call_list": ("список на звонок", "list to call"),
    "call_list_count": ("число клиентов в списке на звонок", "number of clients on the list to call"),
    "calls_yesterday": ("число звонков с прошлого рабочего дня", "number of calls since the last working day"),
    "calls_7": ("число звонков за 7 дней", "number of calls in 7 days"),
    "meetings_7": ("число встреч за 7 дней", "number of meetings in 7 days"),
    "activities_7": ("число действий за 7 дней", "number of activities in 7 days"),
    "new_contacts_7": ("число первых контактов за 7 дней", "number of first contacts in 7 days"),
    "fixation_7": ("доля действий на неотвечающих", "share of activities on those who never answer"),
    "contacts_yesterday": ("число контактов с прошлого рабочего дня", "number of contacts since the last working day"),
    "contacts_planned_yesterday": ("план контактов на день", "contacts a day by the plan"),
    "contact_gap_yesterday": ("нехватка контактов до плана", "contacts missing to the plan"),
    "lost_yesterday": (
        "число проигранных сделок с прошлого рабочего дня",
        "number of deals lost since the last working day",
    ),
    "lost_yesterday_list": ("проигранные сделки", "lost deals"),
}
# Their names run on into the figure: `после возвращения прошло 5 дней`.
RUN_ON = frozenset(
    {
        "days_since_closed", "days_since_return", "days_since_step", "days_since_verified", "days_since_contact",
        "days_without_contact", "abc_share_above",
    }
)  # fmt: skip
# Each day adds one to them, so the day on which a bound was reached is known.
GROWING = frozenset(
    {
        "days_silent", "days_since_return", "days_since_closed", "days_since_step", "age_days", "stage_days",
        "days_since_verified", "days_since_contact", "days_without_contact",
    }
)  # fmt: skip

# (one, few, many) in Russian, (one, many) in English.
UNITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "days": {"ru": ("день", "дня", "дней"), "en": ("day", "days")},
    "purchases": {"ru": ("покупка", "покупки", "покупок"), "en": ("purchase", "purchases")},
    "deals": {"ru": ("сделка", "сделки", "сделок"), "en": ("deal", "deals")},
    "clients": {"ru": ("клиент", "клиента", "клиентов"), "en": ("client", "clients")},
    "managers": {"ru": ("менеджер", "менеджера", "менеджеров"), "en": ("manager", "managers")},
    "tasks": {"ru": ("задача", "задачи", "задач"), "en": ("task", "tasks")},
    "points": {"ru": ("балл", "балла", "баллов"), "en": ("point", "points")},
}
# The names of these say what is counted: `число покупок: 4`.
COUNTS = frozenset({"purchases", "deals", "clients", "managers", "tasks"})

VALUES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("entity", "deal"): ("сделка", "a deal"),
    ("entity", "lead"): ("лид Битрикс24", "a lead of Bitrix24"),
    ("outcome", "open"): ("открыта", "open"),
    ("outcome", "won"): ("выиграна", "won"),
    ("outcome", "lost"): ("проиграна", "lost"),
    ("reason_nature", "objective"): ("препятствие", "an obstacle"),
    ("reason_nature", "sales_error"): ("ошибка продавца", "a seller's error"),
    ("reason_nature", "none"): ("неясно", "unclear"),
    ("reason_side", "client"): ("от клиента", "the client"),
    ("reason_side", "company"): ("от нас", "the company"),
    ("reason_side", "competitor"): ("от конкурента", "a competitor"),
    ("reason_side", "none"): ("неясно", "unclear"),
    ("sub_reason", "cheaper"): ("дешевле", "cheaper"),
    ("sub_reason", "better_quality"): ("лучше качество", "better quality"),
    ("sub_reason", "wider_range"): ("шире выбор", "a wider range"),
    ("sub_reason", "faster_delivery"): ("возит быстрее", "faster delivery"),
    ("purchase_period_source", "own"): ("по его собственным покупкам", "from his own purchases"),
    ("purchase_period_source", "abc_class"): ("по клиентам того же класса ABC", "from clients of the same ABC class"),
    ("purchase_period_source", "all_clients"): ("по всем клиентам", "from all clients"),
    ("purchase_period_source", "default"): (
        "из настроек: сравнить не с кем",
        "from the settings: nobody to compare with",
    ),
}
# Metrics whose values are the codes of a pack's list: its texts tell them.
LISTED = {"seller_cause": ("refusals", "seller_causes")}
FLAGS = {True: ("да", "yes"), False: ("нет", "no")}
SUBJECTS = {"client": ("клиент", "client"), "deal": ("сделка", "deal"), "manager": ("менеджер", "manager")}


def label(name: str, metric: Metric | None, language: str) -> str:
    """Return what the metric is called inside a sentence; a class by its title in small letters."""
    if name.startswith(OF_CLIENT):
        return _of_client(name.removeprefix(OF_CLIENT), metric, language)
    if name in LABELS:
        return LABELS[name][LANGUAGES.index(language)]
    if metric is None or not metric.doc:
        return name
    return _small(metric.doc[language].rstrip(".").strip())


def _of_client(name: str, metric: Metric | None, language: str) -> str:
    """Return what a deal's client is asked: `у клиента число открытых сделок`, `клиент в чёрном списке`."""
    own = label(name, metric, language)
    if name not in LABELS and name.startswith("class.") and WHO[language] in own.lower():
        return own
    kind = FLAG if metric is not None and metric.type == "boolean" else NOUN
    return kind[LANGUAGES.index(language)] + _small(own)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def word(name: str, value: str, language: str) -> str | None:
    """Return a value of the metric in words; None where it is the portal's own text."""
    name = name.removeprefix(OF_CLIENT)
    if (name, value) in VALUES:
        return VALUES[name, value][LANGUAGES.index(language)]
    if name in CANONICAL and value in BY_CODE:
        return f"«{BY_CODE[value].name(language)}»" if language == "ru" else f"“{BY_CODE[value].name(language)}”"
    return None
