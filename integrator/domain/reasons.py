"""The canonical reasons of refusals: one list on which every portal's own words are mapped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Nature(StrEnum):
    """Whether a refusal was an obstacle or an error of the seller."""

    OBJECTIVE = "objective"
    SALES_ERROR = "sales_error"
    NONE = "none"


class Side(StrEnum):
    """Who caused a refusal."""

    CLIENT = "client"
    COMPANY = "company"
    COMPETITOR = "competitor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """One canonical reason; `come_back_days` is None where the door is closed for good."""

    code: str
    nature: Nature
    side: Side
    come_back_days: int | None
    ru: str
    en: str

    @property
    def closes_door(self) -> bool:
        """True when nobody should come back to such a refusal."""
        return self.come_back_days is None

    def name(self, language: str) -> str:
        """Return the name for people; English for a language we do not write."""
        return self.ru if language == "ru" else self.en


_OBJECTIVE, _ERROR = Nature.OBJECTIVE, Nature.SALES_ERROR
_CLIENT, _COMPANY, _COMPETITOR = Side.CLIENT, Side.COMPANY, Side.COMPETITOR

OTHER = "other"
CORE = 7  # the first so many are the reasons every portal should offer

REASONS: tuple[Reason, ...] = (
    Reason("no_budget", _OBJECTIVE, _CLIENT, 60, "Нет бюджета", "No budget"),
    Reason("has_supplier", _OBJECTIVE, _COMPETITOR, 60, "Есть поставщик", "Has a supplier"),
    Reason("price_high", _ERROR, _COMPANY, 60, "Высокая цена", "Price too high"),
    Reason("purchase_not_planned", _OBJECTIVE, _CLIENT, 90, "Покупка не запланирована", "Purchase not planned"),
    Reason("product_mismatch", _OBJECTIVE, _COMPANY, 90, "Не подходит ассортимент", "Product does not fit"),
    Reason("not_interested", _OBJECTIVE, _CLIENT, 60, "Не интересно", "Not interested"),
    Reason("delivery_terms", _OBJECTIVE, _COMPANY, 60, "Не подходят условия поставки", "Delivery terms do not fit"),
    Reason("not_decision_maker", _OBJECTIVE, _CLIENT, 14, "Решает не он", "Not the decision maker"),
    Reason("territory", _OBJECTIVE, _CLIENT, 180, "Не наша территория", "Outside our territory"),
    Reason("legal", _OBJECTIVE, _CLIENT, 180, "Юридические ограничения", "Legal restrictions"),
    Reason("no_trust", _ERROR, _COMPANY, 60, "Нет доверия", "No trust"),
    Reason("value_not_shown", _ERROR, _COMPANY, 30, "Не показана выгода", "Value not shown"),
    Reason("no_urgency", _ERROR, _COMPANY, 30, "Нет повода решать сейчас", "No urgency"),
    Reason("offer_too_early", _ERROR, _COMPANY, 30, "Предложение сделано рано", "Offer made too early"),
    Reason("discount_not_agreed", _ERROR, _COMPANY, 30, "Не договорились о скидке", "Discount not agreed"),
    Reason("poor_service", _ERROR, _COMPANY, 30, "Плохое обслуживание", "Poor service"),
    Reason("quality", _OBJECTIVE, _COMPANY, 90, "Не устроило качество", "Quality"),
    Reason("roi_not_shown", _ERROR, _COMPANY, 30, "Не показана окупаемость", "Return on investment not shown"),
    Reason("internal_politics", _OBJECTIVE, _CLIENT, 60, "Внутренняя политика клиента", "Internal politics"),
    Reason("apathy", _ERROR, _COMPANY, 30, "Безразличие клиента", "Apathy"),
    Reason("manager_left", _ERROR, _COMPANY, 7, "Ушёл наш менеджер", "Our manager left"),
    Reason("project_failed", _ERROR, _COMPANY, 30, "Провал проекта", "Project failed"),
    Reason("neglect", _ERROR, _COMPANY, 7, "Клиента забыли", "Client neglected"),
    Reason("needs_changed", _OBJECTIVE, _CLIENT, 60, "Изменились потребности", "Needs changed"),
    Reason("competitor_offer", _OBJECTIVE, _COMPETITOR, 60, "Предложение конкурента", "Competitor's offer"),
    Reason("closed_business", _OBJECTIVE, _CLIENT, None, "Бизнес закрыт", "Business closed"),
    Reason("moved_away", _OBJECTIVE, _CLIENT, None, "Клиент переехал", "Moved away"),
    Reason(OTHER, Nature.NONE, Side.NONE, 60, "Другое", "Other"),
)

BY_CODE: dict[str, Reason] = {reason.code: reason for reason in REASONS}

SUB_REASONS: tuple[str, ...] = ("cheaper", "better_quality", "wider_range", "faster_delivery")
