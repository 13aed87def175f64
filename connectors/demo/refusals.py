"""The lost deals of the demo: which reasons and words, how many of each, how long ago."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from connectors.demo.model import Deal


@dataclass(frozen=True, slots=True)
class Refusals:
    """`count` lost deals between `since` and `until` days ago with this reason; texts and sub-reasons in turn.

    `fresh` asks for a client who has nothing else, so that the time to come back is told by this refusal.
    """

    count: int
    since: int
    until: int
    reason: str | None
    texts: tuple[str, ...] = ("",)
    sub_reasons: tuple[str, ...] = ("",)
    fresh: bool = False


_LABELS = ("нецелевой", "Не целевая", "просто посмотреть", "Клиент: ничего не нужно, сам сказал", "Нецелевых")

RECENT = (
    # Nothing given: what the manager is asked about first.
    Refusals(1, 1, 1, None),
    Refusals(5, 2, 27, None, ("", "   ", "")),
    Refusals(2, 2, 27, "other"),
    # A label instead of a reason: in the reason's name, beside "other", or in the text alone.
    Refusals(1, 1, 1, "off_target"),
    Refusals(2, 3, 27, "off_target"),
    Refusals(1, 3, 27, "looking"),
    Refusals(2, 3, 27, None, _LABELS),
    Refusals(1, 3, 27, "other", ("Просто посмотреть",)),
    # As it should be.
    Refusals(3, 1, 1, "price", ("Сравнили с прайсом соседей, у нас выше на 12 %", "")),
    Refusals(4, 2, 27, "price", ("", "Просили скидку 20 % на первый заказ")),
    Refusals(3, 2, 27, "supplier", ("Возят из Подмосковья, менять не хотят",), ("", "дешевле", "быстрее возят")),
    Refusals(2, 2, 27, "urgency"),
    Refusals(2, 2, 27, "value", ("Не поняли, чем лучше того, что есть",)),
    Refusals(2, 2, 27, "forgotten"),
    Refusals(2, 2, 27, "frozen", ("Ждут решения собственника до весны",)),
    Refusals(1, 2, 27, "other", ("Сменился арендатор, новый торгует автозапчастями",)),
    # What was said to be lacking is in the catalogue.
    Refusals(1, 4, 20, "range", ("Искали плед вязаный, сказали, что такого не возим",)),
    # A label, but not the only reason: the rest of the words is one.
    Refusals(1, 2, 27, None, ("Просто посмотреть зашли, нужен склад в Казани, а его нет",)),
    Refusals(1, 2, 27, "price", ("Целевой, но не потянули",)),
)
# Around the days on which the table of reasons says to come back.
RETURNING = (
    Refusals(3, 58, 64, "budget", fresh=True),
    Refusals(2, 91, 96, "budget", fresh=True),
    Refusals(3, 59, 66, "price", ("Дороже на 8 %",), fresh=True),
    Refusals(2, 59, 66, "supplier", sub_reasons=("дешевле", ""), fresh=True),
    Refusals(2, 30, 36, "urgency", fresh=True),
    Refusals(1, 30, 36, "value", fresh=True),
    Refusals(2, 90, 97, "range", ("Нужен был плед вязаный, сказали, что такого не возим", ""), fresh=True),
    Refusals(2, 60, 66, "frozen", fresh=True),
    Refusals(1, 14, 17, "decider", fresh=True),
    Refusals(2, 40, 90, "unplanned", ("Запланируют в следующем сезоне",), fresh=True),
    Refusals(1, 100, 200, "closed", fresh=True),
    Refusals(1, 60, 120, "law", fresh=True),
)
OLD = (
    Refusals(9, 31, 360, None),
    Refusals(3, 31, 360, "other", ("", "  ")),
    Refusals(4, 31, 360, "off_target", ("", "сам сказал")),
    Refusals(2, 31, 360, "looking"),
    Refusals(4, 31, 360, None, _LABELS),
    Refusals(
        5, 31, 360, "other", ("Переносят склад, вернутся к вопросу после переезда", "Выиграл тендер завод-изготовитель")
    ),
    Refusals(5, 31, 360, None, ("Цена выше рынка на 15 %", "Выбрали поставщика с отсрочкой 60 дней")),
    Refusals(12, 31, 360, "price", ("", "Сравнили с прайсом соседей", "Нет скидки на объём")),
    Refusals(7, 31, 360, "budget"),
    Refusals(10, 31, 360, "supplier", ("",), ("", "дешевле", "лучше качество", "шире ассортимент", "")),
    Refusals(4, 31, 360, "unplanned"),
    Refusals(5, 31, 360, "range", ("Нет нужного размера", "Искали бра латунное, у нас такого не нашли", "")),
    Refusals(5, 31, 360, "interest"),
    Refusals(5, 31, 360, "terms", ("Нужно за три дня, мы возим за семь",)),
    Refusals(3, 31, 360, "decider"),
    Refusals(3, 31, 360, "trust"),
    Refusals(4, 31, 360, "value"),
    Refusals(3, 31, 360, "urgency"),
    Refusals(3, 31, 360, "service", ("Две недели ждали счёт",)),
    Refusals(3, 31, 360, "forgotten"),
    Refusals(4, 31, 360, "competitor", ("Ушли туда, где дают отсрочку",)),
    Refusals(2, 31, 360, "quality", ("В прошлой поставке было много боя",)),
    Refusals(2, 31, 360, "frozen"),
)
ALL = RECENT + RETURNING + OLD
# Every so many of the old ones was moved from one failed stage to another some days later.
SORTED_OUT_EVERY = 23
RECENT_DAYS = 30


def given(deal: Deal, line: Refusals, place: int, planned_on: date | None) -> Deal:
    """The deal with the reason of that line; texts and sub-reasons go in turn."""
    return replace(
        deal,
        reason=line.reason,
        reason_text=line.texts[place % len(line.texts)],
        sub_reason=line.sub_reasons[place % len(line.sub_reasons)],
        planned_on=planned_on,
    )
