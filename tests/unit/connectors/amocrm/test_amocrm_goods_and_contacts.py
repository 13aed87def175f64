"""Rows of lists, notes and events as our own, where amoCRM is odd about them."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.amocrm import contacts_made, goods, identities, mapping
from connectors.amocrm.mapping import Layout
from connectors.amocrm.values import tax_numbers
from integrator.domain import EntityKind, TaskKind

MOSCOW = ZoneInfo("Europe/Moscow")
LAYOUT = Layout(MOSCOW, portal="main")


def field(kind, *values, id_=1, code=None, name="Поле"):
    return {"field_id": id_, "field_name": name, "field_code": code, "field_type": kind, "values": list(values)}


def note(**more):
    return {
        "id": 1, "entity_id": 10, "note_type": "call_in", "params": {}, "created_by": 0, "responsible_user_id": 7,
        "created_at": 100, "updated_at": 200,
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ({"params": {"call_responsible": 504141}}, 504141),
        ({"params": {"call_responsible": "Василий"}}, 7),
        ({"params": {"call_responsible": ""}, "responsible_user_id": 0, "created_by": 9}, 9),
        ({"params": {}, "responsible_user_id": 0}, None),
        ({"params": []}, 7),
        ({"params": None}, 7),
    ],
)
def test_who_spoke(given, who):
    assert contacts_made.noted(EntityKind.DEAL)(note(**given), LAYOUT).responsible_id == who


@pytest.mark.parametrize("given", [{"note_type": "common"}, {"note_type": None}, {"entity_id": None}])
def test_what_is_no_contact(given):
    assert contacts_made.noted(EntityKind.DEAL)(note(**given), LAYOUT) is None


def test_a_contact_was_made_when_it_was_noted_and_not_when_the_note_was_changed():
    task = contacts_made.noted(EntityKind.COMPANY)(note(), LAYOUT)
    assert (task.completed_at.timestamp(), task.created_at.timestamp(), task.updated_at.timestamp()) == (100, 100, 200)


def test_an_event_has_one_number_on_every_machine():
    assert contacts_made.number("01pz58t6p04ymgsgfbmfyfy1mf") == 8041717590199340219
    numbers = {contacts_made.number(f"01pz58t6p04ymgsgfbmfy{n:05d}") for n in range(5000)}
    assert len(numbers) == 5000
    assert all(0 <= number < 2**63 for number in numbers)


@pytest.mark.parametrize(
    ("type_id", "kind"),
    [(1, TaskKind.CALL), (2, TaskKind.MEETING), (1234567, TaskKind.TASK), (None, TaskKind.TASK), (0, TaskKind.TASK)],
)
def test_kinds_of_tasks(type_id, kind):
    row = {"id": 1, "entity_type": "leads", "entity_id": 2, "task_type_id": type_id}
    assert mapping.task(row, LAYOUT).kind is kind


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        (field("text", {"value": "7701234567"}), ("7701234567",)),
        (field("text"), ()),
        (
            field("legal_entity", {"value": {"name": "А", "vat_id": "7701234567"}}, {"value": {"name": "Б"}}),
            ("7701234567",),
        ),
        (field("legal_entity", {"value": "без реквизитов"}), ()),
    ],
)
def test_tax_numbers(given, numbers):
    assert tax_numbers(given, MOSCOW) == numbers


def test_a_field_is_a_tax_number_by_id_or_by_code():
    row = {"custom_fields_values": [field("text", {"value": "7701234567"}, id_=4, code="INN")]}
    by_id, by_code = (identities.keys("main", row, name, MOSCOW) for name in ("4", "INN"))
    assert by_id == by_code != ()
    assert identities.keys("main", row, None, MOSCOW) == ()
    assert identities.keys("main", row, "5", MOSCOW) == ()


def test_one_number_written_twice_is_one_key():
    phones = field("multitext", {"value": "89001112233"}, {"value": "+7 900 111-22-33"}, {"value": None}, code="PHONE")
    assert len(identities.keys("main", {"custom_fields_values": [phones]}, None, MOSCOW)) == 1


@pytest.mark.parametrize(
    ("fields", "metadata", "amount"),
    [
        ([field("numeric", {"value": "12"}, code="PRICE")], {"quantity": 2}, 24),
        ([field("price", {"value": "5.5"}, id_=7)], {"quantity": "3"}, Decimal("16.5")),
        ([field("price", {"value": "5"}, id_=7), field("price", {"value": "4"}, id_=8)], {"quantity": 1}, 5),
        (
            [field("price", {"value": "5"}, id_=7), field("price", {"value": "4"}, id_=8)],
            {"quantity": 1, "price_id": 8},
            4,
        ),
        ([field("price", {"value": "5"}, id_=7)], {"quantity": 1, "price_id": 99}, 5),
        ([field("price", {"value": "5"}, id_=7), field("numeric", {"value": "6"}, code="PRICE")], {"quantity": 1}, 6),
        ([field("numeric", {"value": "12"})], {"quantity": 2}, None),
        ([field("numeric", {"value": "договорная"}, code="PRICE")], {"quantity": 2}, None),
        ([field("numeric", code="PRICE")], {"quantity": 2}, None),
        ([field("numeric", {"value": "12"}, code="PRICE")], {}, 0),
        (None, {"quantity": 2}, None),
    ],
)
def test_what_a_line_comes_to(fields, metadata, amount):
    item = goods.item({"id": 3, "name": "Насос", "custom_fields_values": fields}, 901, "Товары", MOSCOW)
    lead = {"id": 5, "_embedded": {"catalog_elements": [{"id": 3, "metadata": {"catalog_id": 901, **metadata}}]}}
    [line] = goods.basket(lead, {(901, 3): item}).lines
    assert (line.product_id, line.name, line.amount) == (3, "Насос", amount)


@pytest.mark.parametrize(
    ("fields", "group"),
    [
        ([field("category", {"value": "Свет", "enum_id": 7}, code="GROUP")], ("7", "Свет")),
        ([field("text", {"value": "Свет"}, name="Группа")], ("Свет", "Свет")),
        ([field("category", code="GROUP")], ("catalog:901", "Товары")),
        (None, ("catalog:901", "Товары")),
    ],
)
def test_groups(fields, group):
    product = goods.item({"id": 3, "name": "Насос", "custom_fields_values": fields}, 901, "Товары", MOSCOW).product
    assert (product.group_id, product.group) == group


@pytest.mark.parametrize("elements", [None, [], [{"id": 3}], [{"id": 3, "metadata": {"catalog_id": 902}}]])
def test_a_lead_that_sells_nothing_of_ours(elements):
    assert goods.basket({"id": 5, "_embedded": {"catalog_elements": elements}}, {}).lines == ()
