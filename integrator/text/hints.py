"""Words that often stand in portals' own reasons, by the canonical reason they hint at: data, read by `reasons`.

Lemmas parted by spaces must all occur, in any order; the entry with most words wins, then the earlier one.
"""

from __future__ import annotations

HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "no_budget",
        ("бюджет", "нет деньга", "нет деньги", "финансирование", "средство", "budget", "no money", "funding"),
    ),
    ("has_supplier", ("поставщик", "другой компания", "работать другой", "supplier", "vendor")),
    ("price_high", ("дорого", "дорогой", "цена", "стоимость", "price", "expensive", "cost")),
    ("purchase_not_planned", ("отложить", "не планировать", "перенести", "позже", "postponed", "not planned", "later")),
    ("product_mismatch", ("ассортимент", "не подходить", "нет наличие", "нет товар", "range", "stock", "not fit")),
    (
        "not_interested",
        ("неинтересно", "не интересно", "не интересный", "неактуально", "не актуально", "not interested"),
    ),
    ("delivery_terms", ("доставка", "поставка", "срок", "срок поставка", "delivery", "lead time")),
    ("not_decision_maker", ("лпр", "не решать", "нет полномочие", "decision maker")),
    ("territory", ("регион", "территория", "география", "далеко", "region", "territory")),
    ("legal", ("юридический", "закон", "договор", "санкция", "legal", "law")),
    ("no_trust", ("доверие", "не доверять", "недоверие", "trust")),
    ("value_not_shown", ("ценность", "выгода", "не увидеть выгода", "value", "benefit")),
    ("no_urgency", ("срочность", "не срочно", "не срочный", "urgency")),
    ("offer_too_early", ("рано", "преждевременно", "too early")),
    ("discount_not_agreed", ("скидка", "discount")),
    ("poor_service", ("сервис", "обслуживание", "хамство", "грубость", "service")),
    ("quality", ("качество", "брак", "quality", "defect")),
    ("roi_not_shown", ("окупаемость", "не окупиться", "roi", "payback")),
    ("internal_politics", ("политика", "внутренний решение", "politics")),
    ("apathy", ("безразличие", "апатия", "apathy")),
    ("manager_left", ("уволиться", "менеджер уйти", "смена менеджер", "manager left")),
    ("project_failed", ("сорвать", "провал", "сорвать срок", "project failed")),
    ("neglect", ("забыть", "не перезвонить", "не ответить вовремя", "neglect", "forgot")),
    ("needs_changed", ("потребность", "измениться", "отпасть", "needs changed", "need changed")),
    ("competitor_offer", ("конкурент", "выбрать другой", "competitor")),
    ("closed_business", ("закрыться", "ликвидация", "банкротство", "банкрот", "bankrupt", "closed", "liquidation")),
    ("moved_away", ("переезд", "переехать", "moved")),
    ("other", ("другой", "иной", "прочее", "прочий", "other", "misc")),
)
