"""Elements of the account's lists as products, and what is sold by a deal; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from connectors.amocrm.values import text
from integrator.domain import Basket, BasketLine, Product

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from connectors.amocrm.mapping import Json

# Lists of goods, and lists of whatever else people keep; the third type is invoices.
TYPES = frozenset({"regular", "products"})
# A list of goods has a field for the group; in others people make one themselves.
GROUP, GROUP_NAME = "GROUP", "группа"
PRICE, PRICE_TYPE, MAIN_PRICE = "PRICE", "price", 0


@dataclass(frozen=True, slots=True)
class Item:
    """A product with its prices by the id of the field in which each stands; MAIN_PRICE is where none is named."""

    product: Product
    prices: Mapping[int, Decimal]


def item(row: Json, catalog_id: int, catalog_name: str, timezone: ZoneInfo) -> Item:
    """Return the element of a list; its group is that of its own field, else the list."""
    group_id, group = _group(row, timezone) or (f"catalog:{catalog_id}", catalog_name)
    return Item(Product(row["id"], row.get("name") or "", group_id, group), dict(_prices(row)))


def elements(row: Json) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Yield the list, the element and its metadata of each line of a lead."""
    for each in (row.get("_embedded") or {}).get("catalog_elements") or ():
        metadata = each.get("metadata") or {}
        if metadata.get("catalog_id"):
            yield int(metadata["catalog_id"]), each["id"], metadata


def basket(row: Json, items: Mapping[tuple[int, int], Item | None]) -> Basket:
    """Return what is sold by the lead; `items` are those known by list and id, None where the element is gone."""
    lines = ((key, metadata) for *key, metadata in elements(row))
    return Basket(
        row["id"],
        tuple(_line(id_, items[list_, id_], metadata) for (list_, id_), metadata in lines if (list_, id_) in items),
    )


def _line(id_: int, known: Item | None, metadata: Mapping[str, Any]) -> BasketLine:
    quantity = _number(metadata.get("quantity")) or Decimal(0)
    if known is None:
        return BasketLine(id_, "", quantity)
    price = known.prices.get(metadata.get("price_id") or MAIN_PRICE, known.prices.get(MAIN_PRICE))
    return BasketLine(id_, known.product.name, quantity, None if price is None else price * quantity)


def _group(row: Json, timezone: ZoneInfo) -> tuple[str, str] | None:
    for each in row.get("custom_fields_values") or ():
        named = each.get("field_code") == GROUP or (each.get("field_name") or "").strip().casefold() == GROUP_NAME
        if named and (name := text(each, timezone)):
            option = (each.get("values") or [{}])[0].get("enum_id")
            return str(option or name), name
    return None


def _prices(row: Json) -> Iterator[tuple[int, Decimal]]:
    main: Decimal | None = None
    for each in row.get("custom_fields_values") or ():
        price = _number((each.get("values") or [{}])[0].get("value"))
        coded = each.get("field_code") == PRICE
        if price is None or not (coded or each.get("field_type") == PRICE_TYPE):
            continue
        yield each["field_id"], price
        main = price if coded or main is None else main
    if main is not None:
        yield MAIN_PRICE, main


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
